"""Which Celery application do worker, scheduler and web share, and which request does a task belong to?"""

import os

from celery import Celery, signals

from audit import context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

REQUEST_ID = "request_id"

app = Celery("countersign")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.before_task_publish.connect
def send_request_id(headers, **kwargs):
    """A task goes by the id of the request or task that asked for it; what the scheduler asks for gets one of its own."""
    headers[REQUEST_ID] = context.current().request_id or context.request_id()


@signals.task_prerun.connect
def enter_request(task, **kwargs):
    """Whatever the task logs and records carries the id it was sent with."""
    entered = context.acting(request_id=context.request_id(getattr(task.request, REQUEST_ID, "")))
    entered.__enter__()
    task.request.entered = entered


@signals.task_postrun.connect
def leave_request(task, **kwargs):
    # Missing when another receiver failed before this one.
    if entered := getattr(task.request, "entered", None):
        entered.__exit__(None, None, None)


@signals.setup_logging.connect
def keep_logging(**kwargs):
    """That somebody listens keeps Celery from setting up logs of its own beside `LOGGING`."""
