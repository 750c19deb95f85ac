from django.apps import AppConfig


class MigratingConfig(AppConfig):
    name = "tests.config.migrating"
    label = "migrating"
    default_auto_field = "django.db.models.BigAutoField"
