"""The product's own application, with its minutes made seconds: for worker and scheduler of the reminder test alone."""

from datetime import timedelta

import django
from django.conf import settings

from config.celery import app

django.setup()

from reviews.reminders import delivery, messages  # noqa: E402 - models need `setup`

SECOND = timedelta(seconds=1)

app.conf.beat_schedule["remind"]["schedule"] = 1.0
settings.EMAIL_TIMEOUT = 1
# In the same order as in the product: an answer after the mail's end is waited for less long than a lease lasts.
delivery.AFTER_DATA = 4
messages.LEASE = 8 * SECOND
messages.DELAYS = [SECOND, 2 * SECOND, 4 * SECOND]
messages.SECONDS = 5

__all__ = ["app"]
