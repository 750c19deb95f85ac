"""How do many reviews stand, side by side, in a constant number of queries?"""

from collections import defaultdict
from dataclasses import dataclass

from reviews import gate, progress
from reviews.choices import Status
from reviews.models import Decision, Item


@dataclass(frozen=True)
class Row:
    gate: gate.Gate
    approval: gate.Approval | None

    @property
    def review(self):
        return self.gate.review

    @property
    def categories(self):
        return progress.by_category(self.gate)

    @property
    def next_due(self):
        return min((item.due_on for item in self.gate.items if item.status != Status.COMPLETE), default=None)


def rows(reviews):
    """A row for each of `reviews` (a list, with context), in their order."""
    ids = [review.pk for review in reviews]
    items = defaultdict(list)
    for item in Item.objects.filter(review__in=ids).with_standing():
        items[item.review_id].append(item)
    decisions = {decision.review_id: decision for decision in Decision.objects.filter(review__in=ids).last_of_each()}
    assessed = [gate.assess(review, items[review.pk]) for review in reviews]
    return [Row(each, gate.approval(each, decisions.get(each.review.pk))) for each in assessed]
