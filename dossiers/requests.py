"""Who asked for a dossier, a paper or a package, is one being made already, and how does a worker hear of it?"""

import logging

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.permissions import Refused
from dossiers.choices import State
from dossiers.models import Dossier, Package, Paper
from reviews.models import Review

logger = logging.getLogger(__name__)

NOT_SENT = "The queue does not answer; this is sent again by itself"


@transaction.atomic
def request_dossier(review, *, by):
    """Ask for a dossier of a review the person sees, and return it: the unfinished one when there is one.

    The worker is told when the transaction is committed; when it cannot be told, the waiting dossier says so and is
    sent again (`dossiers/lost.py`).
    """
    Review.objects.select_for_update().get(pk=review.pk)
    if unfinished := review.dossiers.unfinished().first():
        return unfinished
    dossier = Dossier.objects.create(review=review, requested_by=by)
    dossier.record("requested", by=by)
    send_later(dossier)
    return dossier


@transaction.atomic
def try_again(dossier, *, by, requester=None):
    """Make a failed dossier again, for the person who now asks or for `requester`. Raises Refused unless it has failed.

    The worker makes it with the requester's access, whoever asked.
    """
    Review.objects.select_for_update().get(pk=dossier.review_id)
    dossier = Dossier.objects.select_for_update().select_related("review__deployment__vendor").get(pk=dossier.pk)
    if dossier.state != State.FAILED:
        raise Refused(f"This dossier is not failed but {dossier.get_state_display().lower()}; look at it again.")
    if dossier.review.dossiers.unfinished().exists():
        raise Refused("Another dossier of this review is being made. Wait for that one.")
    dossier.state, dossier.step, dossier.percent, dossier.error = State.QUEUED, "", 0, ""
    dossier.requested_by, dossier.requested_at = requester or by, timezone.now()
    dossier.asked_at_attempt = dossier.attempt
    dossier.worked_at = dossier.finished_at = None
    dossier.save()
    dossier.record("requested", by=by, after={"attempt": dossier.attempt + 1})
    send_later(dossier)
    return dossier


def ask_once(rows, asked, **values):
    """The unfinished row of this person and thing, or a new one that a worker hears of once the transaction is committed.

    `asked` is what the database lets be made one at a time, with `requested_by` in it.
    """
    if unfinished := rows.objects.filter(**asked).unfinished().first():
        return unfinished
    try:
        with transaction.atomic():
            row = rows.objects.create(**asked, **values)
            row.record("requested", by=row.requested_by)
            send_later(row)
    except IntegrityError:
        # Pressed twice at once.
        return rows.objects.filter(**asked).latest("pk")
    return row


def fail(row, why):
    """Mark an unfinished dossier, paper or package as failed with a sentence, unless another hand was faster. Returns whether it did.

    Only the attempt that `row` was read at is failed: what someone has asked for again is left alone.
    """
    with transaction.atomic():
        changed = (
            type(row)
            .objects.filter(pk=row.pk, attempt=row.attempt, state=row.state)
            .unfinished()
            .update(state=State.FAILED, error=why, step="", finished_at=timezone.now())
        )
        if changed:
            row.record("failed", by=row.requested_by, reason=why)
    return bool(changed)


def send(row):
    """Tell a worker. Raises kombu's OperationalError when the queue does not answer."""
    from dossiers import tasks

    task = {Dossier: tasks.render_dossier, Paper: tasks.make_paper, Package: tasks.make_package}[type(row)]
    task.delay(row.pk)


def send_later(row):
    """Tell a worker once the transaction is committed. When that fails the row says so, and is sent again."""
    transaction.on_commit(lambda: _send(row))


def _send(row):
    from kombu.exceptions import OperationalError

    try:
        send(row)
    except OperationalError:
        logger.warning("%s waits: the queue does not answer", row)
        # Only words: `lost` sends again what waits.
        type(row).objects.filter(pk=row.pk, state=State.QUEUED).update(step=NOT_SENT)
