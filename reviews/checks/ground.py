"""On what do the checks of a review look? Read for one or for many reviews in the same number of queries."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from accounts import absences
from evidence.choices import Kind
from evidence.models import Evidence, Version
from reviews import gate, policies
from reviews.choices import Duty, ObligationState, QuestionState
from reviews.models import Item, Obligation, Policy, Question, Reassessment, Review

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

    def open_longer_than(self, days):
        return self.today - self.opened_on > timedelta(days=days)

    def statement(self, number):
        """The item of this number of the checklist whose numbers are known here, or None."""
        if self.review.checklist.slug != CHECKLIST:
            return None
        return next((item for item in self.items if item.number == number), None)


def grounds(reviews, today, items=None):
    """`{review id: Ground}`. `items` belong to the only review, when its page has read them."""
    by_id = {review.pk: review for review in reviews}
    in_force = {reviews[0].pk: items} if items is not None else _items(by_id)
    vendors = {review.deployment.vendor_id for review in reviews}
    policy, drills, reports, rota = (
        policies.in_force_of(vendors),
        _drills(vendors),
        _reports(vendors),
        absences.on(today),
    )
    questions = _questions(item.pk for each in in_force.values() for item in each)
    return {
        pk: Ground(
            review=review,
            today=today,
            items=sorted(in_force.get(pk, ()), key=lambda item: item.number),
            rota=rota,
            policy=policy.get(review.deployment.vendor_id),
            drills=[each for each in drills[review.deployment.vendor_id] if _concerns(each, review)],
            reports=reports[review.deployment.vendor_id],
            questions=questions,
        )
        for pk, review in by_id.items()
    }


def _items(by_id):
    """`{review id: its items in force}`, which share the reviews they live in; those several rest on are shared, too."""
    if len(by_id) == 1:
        return {pk: gate.items_in_force(review) for pk, review in by_id.items()}
    resting = Reassessment.rests_on.through.objects.filter(reassessment__in=by_id)
    found = defaultdict(list)
    for review, item in resting.values_list("reassessment_id", "item_id"):
        found[item].append(review)
    rows = (
        Item.objects.filter(Q(review__in=by_id) | Q(pk__in=list(found))).with_people().with_ground().without_guidance()
    )
    earlier = {item.review_id for item in rows} - by_id.keys()
    reviews = by_id | {review.pk: review for review in Review.objects.filter(pk__in=earlier).with_context()}
    in_force = defaultdict(list)
    for item in rows:
        item.review = reviews[item.review_id]
        for review in {*([item.review_id] if item.review_id in by_id else ()), *found.get(item.pk, ())}:
            in_force[review].append(item)
    return in_force


def _drills(vendors):
    found = defaultdict(list)
    for row in Obligation.objects.filter(vendor__in=vendors, duty=Duty.DRILL, state=ObligationState.ACTIVE):
        found[row.vendor_id].append(row)
    return found


def _concerns(obligation, review):
    """Whether it is for the vendor as a whole or for the review's deployment."""
    return obligation.deployment_id in {None, review.deployment_id}


def _reports(vendors):
    found = defaultdict(list)
    of_kind = Evidence.objects.filter(vendor__in=vendors, kind__in={Kind.SOC2_REPORT, Kind.BRIDGE_LETTER}).in_use()
    versions = Version.objects.newest().filter(evidence__in=of_kind).select_related("evidence", "uploaded_by")
    for version in versions.order_by("evidence_id"):
        version.evidence.newest = [version]
        found[version.evidence.vendor_id].append(version.evidence)
    return found


def _questions(items):
    """`{item id: numbers of the questions}` that were put to the vendor and not withdrawn."""
    found = defaultdict(list)
    asked = Question.objects.exclude(state__in={QuestionState.DRAFT, QuestionState.WITHDRAWN})
    links = Question.items.through.objects.filter(item__in=list(items), question__in=asked)
    for item, number in links.order_by("question__number").values_list("item_id", "question__number"):
        found[item].append(number)
    return found
