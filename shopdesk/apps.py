from typing import Any

from django.apps import AppConfig


class ShopdeskConfig(AppConfig):
    """The composition root. Its one receiver guards the append-only tables after every migration."""

    name = "shopdesk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.apps import apps
        from django.db.models.signals import post_migrate

        from shopdesk import celery  # noqa: F401  # the app that `wake` sends by
        from shopdesk.base import triggers

        def guard(*, using: str, **_: Any) -> None:
            triggers.make_all(using)

        # Django announces only apps that have models; every table is there by then, whichever app is named.
        post_migrate.connect(guard, sender=apps.get_app_config("people"), weak=False, dispatch_uid="append-only")
