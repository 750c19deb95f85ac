"""Where do people reach this site? Mails that no request asked for need its address."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def address() -> str:
    """The first origin people use that is a plain address, else the first host; without a slash at its end.

    Raises ImproperlyConfigured when neither setting names one.
    """
    if settings.EMBEDDED:
        return f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    hosts = (f"https://{host}" for host in settings.ALLOWED_HOSTS if not host.startswith("."))
    for origin in (*settings.CSRF_TRUSTED_ORIGINS, *hosts):
        if "*" not in origin:
            return origin.rstrip("/")
    raise ImproperlyConfigured(
        "Neither CSRF_TRUSTED_ORIGINS nor ALLOWED_HOSTS names one address of this site: name one."
    )


def link(path) -> str:
    """The whole address of a page, for a mail."""
    return address() + path
