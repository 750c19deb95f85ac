"""Which imports has everybody lost sight of, and what becomes of them?

The scheduler asks once a minute. The row is the record: a queue that was emptied or a worker that died costs time, never
an import. Safe to run twice at once, as with two schedulers.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from reviews.choices import ImportKind, ImportState
from reviews.imports import applying, journal, reading
from reviews.models import Import

logger = logging.getLogger(__name__)

# By now a worker should have it, or have said that it is alive; a message too many finds nothing to do.
SILENT_AFTER = timedelta(minutes=1)
# One that takes its worker down each time must not do so for ever; somebody who asks again may.
MOST_ATTEMPTS = 3
STOPPED = f"Nothing was changed: the worker stopped without a word, {MOST_ATTEMPTS} times. Try again."


def look_after():
    """Send again what a dead worker left or never got, and give up with a sentence what is hopeless."""
    since = Coalesce("worked_at", "created_at")
    silent = Import.objects.filter(kind=ImportKind.SHEET).unfinished().annotate(since=since)
    for pk in silent.filter(since__lt=timezone.now() - SILENT_AFTER).order_by("pk").values_list("pk", flat=True):
        _look_after(pk)


@transaction.atomic
def _look_after(pk):
    """Whoever applies holds the row until they are done: while it is locked, they live."""
    found = Import.objects.without_content().select_for_update(skip_locked=True, of=("self",))
    imported = found.unfinished().filter(pk=pk).first()
    if imported is None:
        return
    applies = imported.state == ImportState.APPLYING
    if imported.attempt >= MOST_ATTEMPTS:
        (applying.give_back if applies else _refuse)(imported.pk, STOPPED)
        return
    imported.state = ImportState.APPLYING if applies else ImportState.WAITING
    imported.worked_at = timezone.now()
    imported.save(update_fields=["state", "worked_at"])
    logger.info("import %s is sent again", imported.pk)
    (applying if applies else reading).send_later(imported)


def _refuse(pk, why):
    imported = Import.objects.without_content().get(pk=pk)
    imported.state, imported.problem = ImportState.REFUSED, why
    imported.save(update_fields=["state", "problem"])
    journal.record("import.not_read", imported, by=imported.created_by, reason=why)
