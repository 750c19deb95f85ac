"""Which actions of syncs are due?"""

from collections import defaultdict
from datetime import timedelta
from functools import partial

from accounts import grants
from reviews.choices import About
from reviews.models import Action, Sync
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted

# Agreed from one week to the next, so people hear the day before and on the day.
STEPS = (1, 0)


def _due(today, ids=None, ahead=0):
    """Open actions, of their owner; of one about several vendors, as long as the owner may see all of them."""
    near = Action.objects.open().filter(due_on__lte=today + timedelta(days=max(STEPS) + ahead)).order_by()
    fields = ("pk", "due_on", "owner_id", "sync_id", "sync__opened_by_id", "review__deployment__vendor_id")
    rows = list(restricted(near, "pk", ids).values_list(*fields))
    able = _able({sync_id for *_, sync_id, _, vendor_id in rows if vendor_id is None})
    for pk, due_on, owner, sync_id, opened_by, vendor_id in rows:
        course = partial(steps.current, due_on, steps=STEPS)
        people = [owner]
        if vendor_id is None:
            people = [person for person in (owner, opened_by) if person in able[sync_id]][:1]
        yield Thing(pk, due_on.isoformat(), people, course, due_on, vendor_id)


def _able(sync_ids):
    """`{sync's id: ids of those who may see all it is about}`."""
    access = grants.everyone() if sync_ids else {}
    vendors = defaultdict(set)
    rows = Sync.reviews.through.objects.filter(sync__in=sync_ids).values_list(
        "sync_id", "review__deployment__vendor_id"
    )
    for sync_id, vendor_id in rows:
        vendors[sync_id].add(vendor_id)
    return {sync_id: set.intersection(*(set(access.get(each, ())) for each in ids)) for sync_id, ids in vendors.items()}


def _say(ids, today):
    return {
        action.pk: Line(
            f"Action of {_about(action)}",
            action.get_absolute_url(),
            action.due_on,
            action.review.vendor.name if action.review else "",
        )
        for action in Action.objects.filter(pk__in=ids).with_names()
    }


def _about(action):
    if action.review is None:
        return f"sync {action.sync.number} about all reviews"
    return f"sync {action.sync.number}: {action.review.deployment.name}, {action.review.title}"


SOURCES = (Source(About.ACTION, "Actions of syncs", _due, _say),)
