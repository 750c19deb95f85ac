"""How do many reviews stand, side by side, in a constant number of queries?"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Min
from django.utils import timezone

from reviews import gate, standings
from reviews.choices import Status
from reviews.models import Category, Decision, Item, Review
from reviews.progress import Share


@dataclass(frozen=True)
class Row:
    review: Review
    gate: gate.Tally
    approval: gate.Approval | None
    categories: list[Share]
    next_due: date | None


def rows(reviews):
    """A row for each of `reviews` (a list, with context), in their order."""
    today = timezone.localdate()
    categories = _categories(reviews, today)
    decisions = {each.review_id: each for each in Decision.objects.filter(review__in=reviews).last_of_each()}
    dues = dict(_unfinished(reviews).values_list("review_id").annotate(Min("due_on")).order_by())
    found = []
    for review in reviews:
        shares = categories[review.pk]
        tally = _tally(sum((share.counts for share in shares), Counter()), review.checklist, today)
        approval = gate.approval(tally, decisions.get(review.pk), review.replaced_by)
        found.append(Row(review, tally, approval, shares, dues.get(review.pk)))
    return found


def recommendations(reviews, *, refreshed=False):
    """`{review id: Recommendation}` of the reviews (a queryset), as of today; `refreshed` as for `standings.counts`."""
    today = timezone.localdate()
    counted = standings.counts(reviews.order_by().values("pk"), today, refreshed=refreshed)
    checklists = reviews.order_by().values_list("pk", "checklist__go_at", "checklist__escalate_at")
    return {
        pk: gate.Tally(counted[pk,], go_at, escalate_at, today).recommendation for pk, go_at, escalate_at in checklists
    }


def summary(reviews):
    """`[(Recommendation, how many of the reviews)]` in the order in which they ask for attention; empty without any.

    `standings.refresh` comes first.
    """
    found = Counter(recommendations(reviews, refreshed=True).values())
    return [(each, found[each]) for each in gate.Recommendation] if found else []


def _tally(counts, checklist, today):
    return gate.Tally(counts, checklist.go_at, checklist.escalate_at, today)


def _unfinished(reviews):
    return Item.objects.filter(review__in=reviews).exclude(status=Status.COMPLETE)


def _categories(reviews, today):
    """`{review id: a Share of each category, in the checklist's order}`."""
    counted = standings.counts(reviews, today, "item__statement__category")
    found = defaultdict(list)
    categories = Category.objects.filter(checklist__in={review.checklist_id for review in reviews})
    for review in reviews:
        for category in categories:
            if counts := counted.get((review.pk, category.pk)):
                found[review.pk].append(Share.of(category.name, counts))
    return found
