"""Which Celery application do worker, scheduler and web share, and which request does a task belong to?"""

import gc
import os

import kombu
from celery import Celery, signals
from celery.app.amqp import AMQP

from audit import context
from config import reporting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

REQUEST_ID = "request_id"


class PatientConnection(kombu.Connection):
    """Worker and scheduler wait for Redis for ever, but look again every few seconds instead of every thirty."""

    def ensure_connection(self, errback=None, max_retries=None, *, interval_start=1, interval_max=4, **options):
        options |= {"interval_start": interval_start, "interval_max": interval_max}
        return super().ensure_connection(errback, max_retries, **options)

    def _do_close_transport(self):
        """Forget the transport, but let it keep knowing where Redis is.

        kombu makes it forget that as well; a worker that holds a message when Redis goes away then ends with an
        AttributeError, because the channel is closed a second time and the message acknowledged later.
        """
        self._transport = None


class Queues(AMQP):
    Connection = PatientConnection


app = Celery("countersign", amqp=Queues)
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


@signals.celeryd_init.connect
@signals.beat_init.connect
def report_errors(**kwargs):
    reporting.report_errors()


@signals.worker_process_init.connect
def collect_rarely(**kwargs):
    """A task that loads thousands of rows would spend a quarter of its time on looking for rows that nobody needs.

    What was loaded before the first task is never looked at. An import of 5,000 rows takes 20 MB more for it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@signals.worker_process_init.connect
def trace(**kwargs):
    """In each child, because the thread that sends does not survive the fork."""
    reporting.trace("worker")
