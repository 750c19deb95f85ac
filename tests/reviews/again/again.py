"""How do tests have a review looked at again?"""

from datetime import timedelta

from django.utils import timezone

from reviews import decisions, gate
from reviews.again import reassessments
from reviews.choices import Duty, ObligationState, Outcome, Unit
from reviews.models import Obligation, Occurrence, Review

IN_10_DAYS = timezone.localdate() + timedelta(days=10)


def _fresh(review):
    return Review.objects.with_context().get(pk=review.pk)


def decide(review, outcome=Outcome.GO, conditions=()):
    review = _fresh(review)
    ciso = review.holders["ciso"]
    shown = decisions.shown(gate.assess(review), to=ciso)
    return decisions.decide(
        review, by=ciso, outcome=outcome, reason="Because of what was read.", shown=shown, conditions=conditions
    )


def due(deployment, owner, on=IN_10_DAYS, duty=Duty.QUARTERLY_REVIEW):
    """A date of an obligation in force."""
    obligation = Obligation.objects.create(
        vendor=deployment.vendor,
        deployment=deployment,
        duty=duty,
        title=Duty(duty).label,
        owner=owner,
        unit=Unit.QUARTER,
        first_on=on,
        state=ObligationState.ACTIVE,
    )
    return Occurrence.objects.create(obligation=obligation, number=0, planned_on=on, due_on=on)


def prepared(deployment, lead, **kwargs):
    return _fresh(reassessments.prepare(due(deployment, lead, **kwargs)))


def states(review):
    assessed = gate.assess(_fresh(review))
    return {each.number: assessed.states[each.pk] for each in assessed.items}
