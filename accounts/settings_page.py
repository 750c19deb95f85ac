"""Which settings are in force, and which environment variable sets each? Read-only: the environment decides."""

import platform
from importlib.metadata import version

import django
from django.conf import settings
from django.db import connection

MEGABYTE = 1_000_000


def groups():
    """`[(heading, [(label, value, variable), ...]), ...]`; never a secret."""
    return [
        ("Organisation", _organisation()),
        ("Limits", _limits()),
        ("Installation", _installation()),
    ]


def _organisation():
    return [
        ("Name", settings.ORGANISATION_NAME, "ORGANISATION_NAME"),
        ("Time zone", settings.TIME_ZONE, "TIME_ZONE"),
        ("Mail comes from", settings.DEFAULT_FROM_EMAIL, "DEFAULT_FROM_EMAIL"),
    ]


def _limits():
    minutes, seconds = divmod(settings.ACCOUNT_REAUTHENTICATION_TIMEOUT, 60)
    window = f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    return [
        ("Largest upload", f"{settings.UPLOAD_LIMIT_BYTES // MEGABYTE} MB", "UPLOAD_LIMIT_MB"),
        ("A confirmed password covers signatures for", window, "REAUTHENTICATION_SECONDS"),
        ("A session ends after", f"{settings.SESSION_COOKIE_AGE // 3600} h", "SESSION_HOURS"),
        ("Proxies believed about the caller's address", settings.TRUSTED_PROXY_COUNT, "TRUSTED_PROXY_COUNT"),
    ]


def _installation():
    return [
        ("Mode", "Embedded, with made-up data" if settings.EMBEDDED else "Production", "COUNTERSIGN_MODE"),
        ("Database", connection.display_name, "DATABASE_URL"),
        ("Python", platform.python_version(), ""),
        ("Django", django.get_version(), ""),
        ("Sign-in (django-allauth)", version("django-allauth"), ""),
        ("Dossiers (WeasyPrint)", version("weasyprint"), ""),
    ]
