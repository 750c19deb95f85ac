"""How does a worker make a dossier, a paper or a package: claim it, make the file, store it, then say that it is ready?"""

import hashlib
import io
import logging
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from django.core.files import File
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.permissions import Refused
from dossiers import render, snapshot
from dossiers.choices import State
from dossiers.models import Dossier
from dossiers.render import CannotRender
from dossiers.requests import fail
from evidence import storage
from reviews.models import Review

logger = logging.getLogger(__name__)

# How often a worker says that it is alive; `lost` counts on it.
TELL_EVERY = timedelta(seconds=1)

NO_ACCESS = "You no longer have access to this review, so its dossier was not made."
UNEXPECTED = "Something unexpected went wrong while it was made; the worker's log says what. Try again."


class Superseded(Exception):
    """This attempt was given up: the dossier was marked as failed, or someone asked for it again."""


def make(dossier_id):
    """Make a queued dossier, as `run` does."""
    run(Dossier, dossier_id, _dossier)


def run(rows, pk, laid_out, *, finish=lambda row, made: {}):
    """Make the queued row of this model. Does nothing when it is not queued any more, so that a message may come twice.

    `laid_out(row, tell)` is a context manager that yields what was made (its `path` and `pages`) and the instant it
    shows. `finish(row, made)` writes what belongs to it in the transaction that makes the row ready, and returns what
    else the row then says. Leaves the row ready, or failed with a sentence; each is an event in the requester's name.
    """
    row = _claim(rows, pk)
    if row is None:
        return
    try:
        _make(row, laid_out, finish)
    except Superseded:
        logger.info("%s was given up meanwhile", row)
    except (CannotRender, Refused) as reason:
        fail(row, str(reason))
    except OperationalError:
        raise
    except Exception:
        logger.exception("%s failed", row)
        fail(row, UNEXPECTED)


def _claim(rows, pk):
    """Take the queued row for this attempt; of two workers one gets it, and the other None."""
    now = timezone.now()
    claimed = rows.objects.filter(pk=pk, state=State.QUEUED).update(
        state=State.RENDERING, attempt=F("attempt") + 1, worked_at=now, step="Collecting", percent=2
    )
    return rows.objects.with_all().get(pk=pk) if claimed else None


def _make(row, laid_out, finish=lambda row, made: {}):
    tell = Teller(row)
    with laid_out(row, tell) as (made, taken_at):
        tell(96, "Storing", now=True)
        _store(row, made, taken_at, finish, partial(tell, 96, "Storing"))


@contextmanager
def _dossier(dossier, tell):
    if not Review.objects.visible_to(dossier.requested_by).filter(pk=dossier.review_id).exists():
        raise CannotRender(NO_ACCESS)
    pages, manifest = snapshot.take(dossier.review_id)
    with render.rendered(pages, manifest, tell=tell) as made:
        yield made, datetime.fromisoformat(pages["taken_at"])


class Teller:
    """Writes percent and step into the row, at most once a second. Raises Superseded when the attempt was given up."""

    def __init__(self, row):
        self.row, self.last = row, None

    def __call__(self, percent, step, *, now=False):
        at = timezone.now()
        if self.last and at - self.last < TELL_EVERY and not now:
            return
        self.last = at
        if not _own_row(self.row).update(percent=percent, step=step, worked_at=at):
            raise Superseded


def _own_row(row):
    return type(row).objects.filter(pk=row.pk, state=State.RENDERING, attempt=row.attempt)


def _store(row, made, taken_at, finish=lambda row, made: {}, alive=lambda: None):
    """The file first, then the row that names it: a row without its file cannot come about."""
    with stored(row, made.path, alive) as (name, sha256), transaction.atomic():
        _finish(row, made, name=name, sha256=sha256, taken_at=taken_at, **finish(row, made))


@contextmanager
def stored(row, path, alive=lambda: None):
    """Store the file for this row; yields its name and SHA-256, and takes the file away when the block fails. `alive()` is called as it goes."""
    with io.BufferedReader(Told(path, alive)) as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with storage.kept(row.file.field.generate_filename(row, ""), File(file), sha256=sha256) as name:
            yield name, sha256


class Told(io.FileIO):
    """A file whose reader gives signs of life: storing a large one takes longer than a silent worker is believed in."""

    def __init__(self, path, alive):
        super().__init__(path)
        self.alive = alive

    def readinto(self, buffer):
        self.alive()
        return super().readinto(buffer)


def _finish(row, made, *, name, sha256, taken_at, **values):
    ready = _own_row(row).update(
        state=State.READY,
        step="",
        percent=100,
        file=name,
        sha256=sha256,
        size=made.path.stat().st_size,
        pages=made.pages,
        snapshot_at=taken_at,
        finished_at=timezone.now(),
        error="",
        **values,
    )
    if not ready:
        raise Superseded
    row.record(
        "made",
        by=row.requested_by,
        content_hash=f"sha256:{sha256}",
        after={"pages": made.pages, "snapshot_at": taken_at, "attempt": row.attempt},
    )
