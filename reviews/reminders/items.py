"""Which items are due, and which wait for a signature?"""

from datetime import timedelta
from functools import partial

from django.utils import timezone

from evidence.validity import in_words
from reviews import standings
from reviews.choices import About, State
from reviews.models import Item
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted

TO_DO = frozenset({State.NOT_STARTED, State.IN_PROGRESS, State.INHERITED, State.UNOWNED})


def _due(today, ids=None, ahead=0):
    """Open items of reviews at work, and what was opened again of an approval: of whoever holds them or got them back,
    of the lead while nobody holds them."""
    last = today + timedelta(days=max(steps.USUAL) + ahead)
    near = standings.all_of_them().with_due_day().filter(state__in=TO_DO, due_on__lte=last)
    fields = ("item_id", "holder_id", "returned_to_id", "review__lead_id", "due_on", "review__deployment__vendor_id")
    for pk, holder, returned_to, lead, due_on, vendor_id in restricted(near, "item_id", ids).values_list(*fields):
        course = partial(steps.current, due_on)
        yield Thing(pk, due_on.isoformat(), (holder or lead, returned_to), course, due_on, vendor_id)


def _say_due(ids, today):
    return {
        item.pk: Line(
            f"Statement {item.number} of {item.review.deployment.name}, {item.review.title}",
            item.get_absolute_url(),
            item.due_on,
            item.review.vendor.name,
            f"{item.review_id} {item.due_on}",
            f"{{n}} items of {item.review.deployment.name}, {item.review.title}",
            item.review.get_absolute_url(),
            str(item.number),
        )
        for item in _named(ids)
    }


def _waiting(today, ids=None, ahead=0):
    """Items that wait for their holder's signature and count: in an approval, too, or under one that rests on them."""
    waiting = standings.all_of_them().counting().filter(state=State.AWAITING, holder__isnull=False)
    fields = (
        "item_id", "holder_id", "item__submission", "item__submitted_at", "due_on", "review__deployment__vendor_id",
    )  # fmt: skip
    for pk, holder, submission, at, due_on, vendor_id in restricted(waiting, "item_id", ids).values_list(*fields):
        course = partial(steps.waiting, timezone.localdate(at))
        yield Thing(pk, str(submission), (holder,), course, due_on, vendor_id)


def _say_waiting(ids, today):
    return {
        item.pk: Line(
            f"Statement {item.number} of {item.review.deployment.name}, {item.review.title}: "
            f"waits since {in_words(timezone.localdate(item.submitted_at))}",
            item.get_absolute_url(),
            item.due_on,
            item.review.vendor.name,
            f"{item.review_id}",
            f"{{n}} items of {item.review.deployment.name}, {item.review.title}",
            item.review.get_absolute_url(),
            str(item.number),
        )
        for item in _named(ids)
    }


def _named(ids):
    return Item.objects.filter(pk__in=ids).select_related("statement", "review__deployment__vendor").without_guidance()


SOURCES = (
    Source(About.ITEM, "Items due", _due, _say_due),
    Source(About.SIGNOFF, "Waiting for your signature", _waiting, _say_waiting),
)
