"""Tasks that say on disk when they begin and end; a worker of a test takes them with `--include tests.waiting_tasks`."""

import os
import time
from pathlib import Path

from config.celery import app


@app.task(name="tests.wait", shared=False)
def wait(path, seconds):
    """Write `began` and its process, wait, write `ended`."""
    _say(path, f"began {os.getpid()}")
    time.sleep(seconds)
    _say(path, "ended")


@app.task(name="tests.hold", shared=False)
def hold(path, until):
    """Write `began` and its process, go on when the file `until` is there, write `ended`."""
    _say(path, f"began {os.getpid()}")
    while not Path(until).exists():
        time.sleep(0.05)
    _say(path, "ended")


def _say(path, words):
    with Path(path).open("a") as file:
        file.write(f"{words}\n")
