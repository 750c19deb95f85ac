"""Which conditions are due, and which approvals no longer hold?"""

from datetime import timedelta
from functools import partial

from django.db.models import Q

from accounts.choices import Role
from reviews import gate, standings
from reviews.choices import APPROVING, About, Outcome
from reviews.models import Condition, Decision, Review
from reviews.querysets import holder_of
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted


def _conditions(today, ids=None, ahead=0):
    """Open conditions: of their owner; once overdue, of the review's CISO as well."""
    last = today + timedelta(days=max(steps.USUAL) + ahead)
    rows = Condition.objects.in_force().open().filter(due_on__lte=last, decision__outcome=Outcome.CONDITIONAL)
    rows = rows.annotate(ciso=holder_of(Role.CISO, "decision__review"))
    fields = ("pk", "due_on", "owner_id", "ciso", "decision__review__deployment__vendor_id")
    for pk, due_on, owner, ciso, vendor_id in restricted(rows, "pk", ids).values_list(*fields):
        yield Thing(pk, due_on.isoformat(), (owner,), partial(steps.current, due_on), due_on, vendor_id)
        if ciso != owner and due_on < today + timedelta(days=ahead):
            course = partial(steps.waiting, due_on, first=(1,))
            yield Thing(pk, due_on.isoformat(), (ciso,), course, due_on, vendor_id)


def _say_conditions(ids, today):
    found = Condition.objects.filter(pk__in=ids).select_related("owner", "decision__review__deployment__vendor")
    return {
        each.pk: Line(
            f"A condition of the approval of {each.decision.review.deployment.name}, {each.owner.name} meets it",
            f"{each.decision.review.get_absolute_url()}decision/",
            each.due_on,
            each.decision.review.vendor.name,
        )
        for each in found
    }


def _on_hold(today, ids=None, ahead=0):
    """Approvals that no longer hold, or will not within `ahead` days: of the CISO and the lead, once a decision."""
    decisions = list(_approving(ids))
    fell = {}
    for day in _days_of_change(decisions, today, ahead):
        standing = [each for each in decisions if each.pk not in fell]
        fell |= {each.pk: day for each in _fallen(standing, day)}
    for decision in decisions:
        if day := fell.get(decision.pk):
            review = decision.review
            people = (decision.ciso, review.lead_id)
            yield Thing(decision.pk, "", people, partial(steps.once, day), None, review.deployment.vendor_id)


def _approving(ids=None):
    rows = Decision.objects.last_of_each().filter(outcome__in=APPROVING, review__in=Review.objects.in_force())
    rows = rows.annotate(ciso=holder_of(Role.CISO, "review")).select_related("review__deployment", "review__checklist")
    return restricted(rows.defer("content"), "pk", ids)


def _days_of_change(decisions, today, ahead):
    """Today, and the days ahead on which a sign-off has just ended or a condition is just overdue."""
    if not ahead:
        return [today]
    last = today + timedelta(days=ahead - 1)
    reviews = {each.review_id for each in decisions}
    theirs = Q(review__in=reviews) | Q(item__resting__review__in=reviews)
    ends = standings.all_of_them().filter(theirs, until__gte=today, until__lte=last)
    days = set(ends.order_by().values_list("until", flat=True).distinct())
    days |= {
        condition.due_on
        for decision in decisions
        for condition in decision.conditions.all()
        if today <= condition.due_on <= last
    }
    return [today, *sorted(day + timedelta(days=1) for day in days)]


def _fallen(decisions, day):
    counted = standings.counts({each.review_id for each in decisions}, day)
    for decision in decisions:
        checklist = decision.review.checklist
        tally = gate.Tally(counted[decision.review_id,], checklist.go_at, checklist.escalate_at, day)
        if not gate.approval(tally, decision).holds:
            yield decision


def _say_on_hold(ids, today):
    found = Decision.objects.filter(pk__in=ids).select_related("review__deployment__vendor").defer("content")
    return {
        each.pk: Line(
            f"The approval of {each.review.deployment.name}, {each.review.title}, no longer holds",
            f"{each.review.get_absolute_url()}decision/",
            None,
            each.review.vendor.name,
        )
        for each in found
    }


SOURCES = (
    Source(About.CONDITION, "Conditions due", _conditions, _say_conditions),
    Source(About.APPROVAL, "Approvals on hold", _on_hold, _say_on_hold, each_time=True),
)
