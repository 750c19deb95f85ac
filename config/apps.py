from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """No models: an app only so that Django finds the management commands of an installation."""

    name = "config"
    verbose_name = "Countersign"
