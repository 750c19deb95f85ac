"""Who asked for a dossier, and is one being made already?"""

import logging

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused
from dossiers.choices import State
from dossiers.models import Dossier
from reviews import events
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
    note("dossier.requested", dossier, by=by)
    _send_later(dossier)
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
    note("dossier.requested", dossier, by=by, after={"attempt": dossier.attempt + 1})
    _send_later(dossier)
    return dossier


def fail(dossier, why):
    """Mark an unfinished dossier as failed with a sentence, unless another hand was faster. Returns whether it did.

    Only the attempt that `dossier` was read at is failed: what someone has asked for again is left alone.
    """
    with transaction.atomic():
        changed = (
            Dossier.objects.filter(pk=dossier.pk, attempt=dossier.attempt, state=dossier.state)
            .unfinished()
            .update(state=State.FAILED, error=why, step="", finished_at=timezone.now())
        )
        if changed:
            note("dossier.failed", dossier, by=dossier.requested_by, reason=why)
    return bool(changed)


def note(event_type, dossier, *, by, **extra):
    """One event about a dossier, with what every event about its review says."""
    events.record(event_type, dossier, review=dossier.review, by=by, **extra)


def send(dossier):
    """Tell a worker. Raises kombu's OperationalError when the queue does not answer."""
    from dossiers.tasks import render_dossier

    render_dossier.delay(dossier.pk)


def _send_later(dossier):
    transaction.on_commit(lambda: _send(dossier))


def _send(dossier):
    from kombu.exceptions import OperationalError

    try:
        send(dossier)
    except OperationalError:
        logger.warning("dossier %s waits: the queue does not answer", dossier.pk)
        # Only words: `lost` sends again what waits.
        Dossier.objects.filter(pk=dossier.pk, state=State.QUEUED).update(step=NOT_SENT)
