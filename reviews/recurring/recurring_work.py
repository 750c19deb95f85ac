"""Of what recurs, what waits for this person: dates to see to or to sign, proposals to accept?"""

from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from accounts import grants
from accounts.choices import CONTRIBUTE, Access
from reviews import mywork, permissions
from reviews.choices import OccurrenceState
from reviews.models import Obligation, Occurrence
from reviews.recurring import completions

SOON = timedelta(days=14)
SHOWN = 10


def dates(user):
    """Dates this person, or an absent one they act for, owns and that are overdue or soon due, and what they may sign.

    The first of them, most urgent first, each with a `remark` and `for_whom`. A constant number of queries.
    """
    acting = mywork.in_place_of(user)
    able = Q(obligation__owner__in=acting, obligation__vendor__in=grants.vendor_ids_with(user, CONTRIBUTE))
    mine = Q(obligation__owner=user) | able
    to_sign = _to_sign(user, acting)
    due = mine & Q(state=OccurrenceState.OPEN, due_on__lte=timezone.localdate() + SOON)
    found = Occurrence.objects.visible_to(user).open().filter(due | Q(pk__in=to_sign))
    found = list(found.with_names().select_related("review").order_by("due_on", "pk")[:SHOWN])
    for occurrence in found:
        owner = occurrence.obligation.owner
        in_place = occurrence.state == OccurrenceState.OPEN or to_sign[occurrence.pk] == owner.pk
        occurrence.for_whom = acting.get(owner.pk, "") if in_place else ""
        occurrence.remark = "" if owner == user else f"owned by {owner.name}"
    return found


def _to_sign(user, acting):
    """`{id of a date: in whose place}` this person signs what was recorded, their own included."""
    rows = Occurrence.objects.visible_to(user).open().filter(state=OccurrenceState.AWAITING).order_by()
    newest, found = list(completions.newest(rows.values("pk"))), {}
    if not newest:
        return {}
    access = grants.everyone({completion.occurrence.obligation.vendor_id for completion in newest})
    for completion in newest:
        accesses = access.get(completion.occurrence.obligation.vendor_id, {})
        signers = permissions.countersigners(completion, accesses)
        if user.pk in signers:
            found[completion.occurrence_id] = user.pk
            continue
        owner_id = completion.occurrence.obligation.owner_id
        has_a_hand = user.pk in completion.uploaders | {completion.by_id}
        if owner_id in signers & acting.keys() and accesses.get(user.pk, frozenset()) & CONTRIBUTE and not has_a_hand:
            found[completion.occurrence_id] = owner_id
    return found


def proposals(user):
    """`[{vendor__pk, vendor__name, number}]` of proposals at the vendors whose reviews this person leads. One query."""
    led = grants.vendor_ids_with(user, {Access.LEAD})
    proposed = Obligation.objects.proposed().filter(vendor__in=led).order_by("vendor__name", "vendor__pk")
    return list(proposed.values("vendor__pk", "vendor__name").annotate(number=Count("pk")))
