"""The web application with pages that fail; `gunicorn tests.config.failing_wsgi` serves it."""

from django.conf import settings

from config.wsgi import application  # noqa: F401

settings.ROOT_URLCONF = "tests.config.failing_urls"
