"""`manage.py catalogues`: compile the translations."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from shopdesk.catalogues import compile_all


class Command(BaseCommand):
    """Compile the translations that changed."""

    help = "Compile the translations."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Compile, and say how many there were."""
        self.stdout.write(f"{compile_all(settings.LOCALE_PATHS)} catalogues compiled.")
