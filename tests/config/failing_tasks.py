"""Tasks that fail in every way a task can fail; `celery -A tests.config.failing_tasks worker` knows them."""

import os
import signal
import time

from django.conf import settings

from config.celery import app

# As in production, but without waiting between the attempts.
app.conf.task_annotations = {"*": settings.CELERY_TASK_ANNOTATIONS["*"] | {"default_retry_delay": 0}}


@app.task
def succeeds(number):
    return number


@app.task
def raises(number):
    raise ValueError(f"The finding {number} is: confidential words.")


@app.task
def raises_with(words):
    raise LookupError(words)


@app.task(time_limit=1, soft_time_limit=1)
def hangs(number):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])  # deaf to the soft limit
    time.sleep(60)


@app.task
def kills_its_process(path):
    _die(path)


@app.task
def kills_its_process_once(path):
    if not os.path.exists(path):
        _die(path)
    with open(path, "a") as attempts:
        attempts.write("done")


def _die(path):
    with open(path, "a") as attempts:
        attempts.write("x")
    os.kill(os.getpid(), signal.SIGKILL)
