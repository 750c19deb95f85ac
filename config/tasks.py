"""What does the scheduler ask of the workers themselves?"""

from celery import shared_task

from audit import heartbeats


@shared_task
def poke(name):
    """Note that a message of the scheduler has come through to a worker. Safe to run twice."""
    heartbeats.beat(name)
