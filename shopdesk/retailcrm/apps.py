from django.apps import AppConfig


class RetailcrmConfig(AppConfig):
    name = "shopdesk.retailcrm"
    label = "retailcrm"
    default_auto_field = "django.db.models.BigAutoField"
