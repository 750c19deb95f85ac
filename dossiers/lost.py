"""Which dossiers, papers and packages has everybody lost sight of, and what becomes of them?

The scheduler asks once a minute. The row is the record: a queue that was emptied or a worker that died costs time,
never a dossier. Safe to run twice at once, as with two schedulers.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from kombu.exceptions import OperationalError

from dossiers import requests
from dossiers.choices import State
from dossiers.models import Dossier, Package, Paper

logger = logging.getLogger(__name__)

# A worker says every second or so that it is alive; after this long without a word it is taken for dead.
STALLED_AFTER = timedelta(minutes=1)
# One that takes its worker down each time must not do so for ever; somebody who asks again may.
MOST_ATTEMPTS = 3
# By now a worker should have it; the message may be lost. A message too many finds nothing to do.
SENT_AGAIN_AFTER = timedelta(seconds=30)
# A request nobody picks up although it is sent again and again: no worker runs.
UNCLAIMED_AFTER = timedelta(minutes=15)

STALLED = f"The worker that made it stopped without a word, {MOST_ATTEMPTS} times. Try again."
UNCLAIMED = "No worker picked it up within 15 minutes. Is the worker running? Try again when it is."


def look_after():
    """Queue again what a dead worker left, send again what waits, and fail with a sentence what is hopeless."""
    for rows in (Dossier, Paper, Package):
        _look_after(rows.objects.with_all(), timezone.now())


def _look_after(rows, now):
    for row in rows.filter(state=State.RENDERING, worked_at__lt=now - STALLED_AFTER):
        if row.attempts_since_asked < MOST_ATTEMPTS:
            _queue_again(row, now)
        else:
            requests.fail(row, STALLED)
    since = Coalesce("worked_at", "requested_at")
    # Who has waited longest comes first.
    waiting = rows.filter(state=State.QUEUED).annotate(since=since).order_by("requested_at")
    for row in waiting.filter(since__lt=now - UNCLAIMED_AFTER):
        requests.fail(row, UNCLAIMED)
    for row in waiting.filter(since__lt=now - SENT_AGAIN_AFTER):
        _send(row)


@transaction.atomic
def _queue_again(row, now):
    """Take the row back from a worker that is gone; should it still live, it finds its attempt superseded."""
    same = type(row).objects.filter(pk=row.pk, state=State.RENDERING, attempt=row.attempt, worked_at=row.worked_at)
    if same.update(state=State.QUEUED, step="", percent=0, worked_at=now):
        row.record(
            "queued_again",
            by=row.requested_by,
            reason="The worker that made it stopped without a word.",
            after={"attempt": row.attempt + 1},
        )
        transaction.on_commit(lambda: _send(row))


def _send(row):
    """Not sent is not lost: the next look sends it again."""
    try:
        requests.send(row)
    except OperationalError:
        logger.exception("%s could not be sent again: the queue does not answer", row)
    else:
        logger.info("%s is sent again", row)
