"""How did reviews stand on the days before?

A worker writes one row a day for each review in force. Nothing is written afterwards for days on which no worker ran, and
nothing is computed back: what stood then is not known any more.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from reviews import standings
from reviews.choices import SATISFIED, State
from reviews.gate import Recommendation, Tally
from reviews.models import DailyFigures, Review

DAILY, WEEKS = 14, 26  # days told one by one, weeks told by one day each


@dataclass(frozen=True)
class Point:
    """How all of them together stood on one day."""

    day: date
    satisfied: int
    total: int
    at_go: int
    reviews: int


def write_daily(today=None):
    """Write how every review in force stands, unless today's row is there; returns how many were written.

    A constant number of queries, a single one once the day is written. Safe to run twice, and at once: the database keeps
    one row a review and day, the first.
    """
    today = today or timezone.localdate()
    written = DailyFigures.objects.filter(review=OuterRef("pk"), day=today)
    lacking = Review.objects.in_force().filter(~Exists(written)).order_by()
    rules = list(lacking.values_list("pk", "checklist__go_at", "checklist__escalate_at"))
    if not rules:
        return 0
    counts = standings.counts([pk for pk, *_ in rules], today)
    rows = [_row(pk, Tally(counts[pk,], go_at, escalate_at, today)) for pk, go_at, escalate_at in rules]
    DailyFigures.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _row(pk, tally):
    counts = {state.value: tally.counts[state] for state in State if tally.counts[state]}
    return DailyFigures(review_id=pk, day=tally.today, counts=counts, recommendation=tally.recommendation)


def history(reviews, today):
    """A Point for each day on which figures of some of these reviews (a queryset) were written, up to yesterday.

    Every one of the last `DAILY` days, before that one day a week. One query.
    """
    days = [today - timedelta(days=number) for number in range(1, DAILY)]
    days += [today - timedelta(weeks=number) for number in range(2, WEEKS + 1)]
    rows = DailyFigures.objects.filter(review__in=reviews.order_by().values("pk"), day__in=days)
    rows = rows.values("day").annotate(
        satisfied=_sum(SATISFIED),
        total=_sum(State),
        at_go=Count("pk", filter=Q(recommendation=Recommendation.GO)),
        reviews=Count("pk"),
    )
    return [Point(**row) for row in rows.order_by("day")]


def _sum(states):
    return sum(
        (Coalesce(Sum(Cast(KT(f"counts__{state.value}"), IntegerField())), 0) for state in sorted(states)), start=0
    )
