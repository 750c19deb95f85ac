"""Of what recurs, what waits for this person: dates to see to or to sign, proposals to accept?"""

from datetime import timedelta

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone

from accounts import absences, grants
from accounts.choices import Access
from reviews.choices import OccurrenceState
from reviews.models import Completion, Obligation, Occurrence

SOON = timedelta(days=14)
SHOWN = 10


def dates(user):
    """Dates this person, or an absent one they act for, owns and that are overdue or soon due, and what they may sign.

    The first of them, most urgent first, each with a `remark`. One query.
    """
    people = [user.pk, *(absence.person_id for absence in absences.acting_for(user))]
    newest = Completion.objects.filter(occurrence=OuterRef("pk")).order_by("-number")
    mine = Q(obligation__owner__in=people)
    due = mine & Q(state=OccurrenceState.OPEN, due_on__lte=timezone.localdate() + SOON)
    signers = Q(obligation__escalate_to=user) | Q(obligation__vendor_id__in=grants.vendor_ids_with(user, {Access.SIGN}))
    for_others = signers & Q(recorder=F("obligation__owner"))
    to_sign = Q(state=OccurrenceState.AWAITING) & (mine | for_others) & ~Q(recorder=user.pk)
    found = Occurrence.objects.visible_to(user).open().annotate(recorder=Subquery(newest.values("by")[:1]))
    found = list(found.filter(due | to_sign).with_names().select_related("review").order_by("due_on", "pk")[:SHOWN])
    for occurrence in found:
        owner = occurrence.obligation.owner
        occurrence.remark = "" if owner == user else f"owned by {owner.name}"
    return found


def proposals(user):
    """`[{vendor__pk, vendor__name, number}]` of proposals at the vendors whose reviews this person leads. One query."""
    led = grants.vendor_ids_with(user, {Access.LEAD})
    proposed = Obligation.objects.proposed().filter(vendor__in=led).order_by("vendor__name", "vendor__pk")
    return list(proposed.values("vendor__pk", "vendor__name").annotate(number=Count("pk")))
