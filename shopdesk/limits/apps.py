from django.apps import AppConfig


class LimitsConfig(AppConfig):
    """How far the owner lets each role, or one person, go."""

    name = "shopdesk.limits"
    label = "limits"
    default_auto_field = "django.db.models.BigAutoField"
