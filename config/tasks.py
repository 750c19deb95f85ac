"""What does the scheduler ask of the workers themselves?"""

from contextlib import suppress

from celery import shared_task

from audit import heartbeats, marks


@shared_task
def poke(name):
    """Note that a message of the scheduler has come through to a worker, and which event is the newest. Safe to run twice."""
    heartbeats.beat(name)
    # The storage's own check speaks up when it fails; this is not lost, a later poke leaves the mark.
    with suppress(OSError):
        marks.write()
