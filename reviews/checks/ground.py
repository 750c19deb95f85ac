"""On what do the checks of a review look? Read in a constant number of queries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from accounts import absences
from evidence.choices import Kind
from evidence.models import Evidence, Version
from reviews import gate
from reviews.choices import Duty, ObligationState, QuestionState
from reviews.models import Item, Obligation, Policy, Question, Review
from reviews.policy import policies

# The numbers that some checks name are those of this checklist.
CHECKLIST = "claude-security-review"


@dataclass
class Ground:
    """What the checks of one review look at, on one day. `items` are those in force, in the order of their numbers."""

    review: Review
    today: date
    items: list[Item]
    rota: absences.Rota
    policy: Policy | None = None
    drills: list[Obligation] = field(default_factory=list)
    reports: list[Evidence] = field(default_factory=list)  # SOC 2 reports and bridge letters in the library
    questions: dict[int, list[int]] = field(default_factory=dict)  # item's id -> numbers of the questions about it

    @property
    def deployment(self):
        return self.review.deployment

    @cached_property
    def opened_on(self):
        return timezone.localdate(self.review.opened_at)

    def statement(self, number):
        """The item of this number of the checklist whose numbers are known here, or None."""
        if self.review.checklist.slug != CHECKLIST:
            return None
        return next((item for item in self.items if item.number == number), None)


def ground_of(review, today=None, items=None):
    """What the checks look at. `items` are those in force as `gate.items_in_force` reads them, when they are read already."""
    today = today or timezone.localdate()
    items = gate.items_in_force(review) if items is None else items
    return Ground(
        review=review,
        today=today,
        items=sorted(items, key=lambda item: item.number),
        rota=absences.on(today),
        policy=policies.in_force(review.deployment.vendor),
        drills=_drills(review),
        reports=_reports(review.deployment.vendor_id),
        questions=_questions(items),
    )


def _drills(review):
    """Those for the vendor as a whole and for the review's deployment."""
    rows = Obligation.objects.filter(vendor=review.deployment.vendor_id, duty=Duty.DRILL, state=ObligationState.ACTIVE)
    return list(rows.filter(Q(deployment=None) | Q(deployment=review.deployment_id)))


def _reports(vendor):
    of_kind = Evidence.objects.filter(vendor=vendor, kind__in={Kind.SOC2_REPORT, Kind.BRIDGE_LETTER}).in_use()
    versions = Version.objects.newest().filter(evidence__in=of_kind).select_related("evidence", "uploaded_by")
    found = []
    for version in versions.order_by("evidence_id"):
        version.evidence.newest = [version]
        found.append(version.evidence)
    return found


def _questions(items):
    """`{item id: numbers of the questions}` that were put to the vendor and not withdrawn."""
    found = defaultdict(list)
    asked = Question.objects.exclude(state__in={QuestionState.DRAFT, QuestionState.WITHDRAWN})
    links = Question.items.through.objects.filter(item__in=[item.pk for item in items], question__in=asked)
    for item, number in links.order_by("question__number").values_list("item_id", "question__number"):
        found[item].append(number)
    return found
