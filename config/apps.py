"""Why is `config` an installed app? So that Django finds the commands of an installation; it has no models."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Countersign"
