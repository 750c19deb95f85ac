"""Which reviews from another installation wait to be let in?"""

from functools import partial

from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import User
from reviews.choices import About, ArrivalState
from reviews.models import Arrival
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted


def _waiting(today, ids=None, ahead=0):
    """Of every CISO who may let it in, as `permissions.can_let_in` says."""
    rows = list(restricted(Arrival.objects.filter(state=ArrivalState.READY), "pk", ids))
    officers = set(User.objects.active().filter(role=Role.CISO).values_list("pk", flat=True)) if rows else set()
    access = grants.everyone({arrival.vendor_id for arrival in rows})
    for arrival in rows:
        held = access.get(arrival.vendor_id, {})
        people = {pk for pk in officers & held.keys() if Access.SIGN in held[pk]} - {arrival.created_by_id}
        course = partial(steps.waiting, timezone.localdate(arrival.worked_at))
        yield Thing(arrival.pk, "", people, course, None, arrival.vendor_id)


def _say(ids, today):
    rows = Arrival.objects.filter(pk__in=ids).select_related("vendor", "created_by")
    return {
        each.pk: Line(
            f"A review from elsewhere, brought by {each.created_by.name}: look at it and let it in",
            each.get_absolute_url(),
            None,
            each.vendor.name,
        )
        for each in rows
    }


SOURCES = (Source(About.ARRIVAL, "Reviews from elsewhere", _waiting, _say),)
