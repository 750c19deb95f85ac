"""Settings, start-up and routes; no models and no rules.

Importing the Celery application here binds ``shared_task`` to it.
"""

from config.celery import app as celery_app

__all__ = ["celery_app"]
