"""How does each of many reviews stand for the sync: late, blocked, waiting, the change since, the forecast?"""

from dataclasses import dataclass

from django.db.models import Count, Q

from reviews.weekly import agenda, concerns, trend
from reviews.weekly.agenda import Reviewed
from reviews.weekly.forecast import Forecast

COUNTED = ("late", "blocked", "awaiting")


@dataclass(frozen=True)
class Row:
    review: Reviewed
    late: int
    blocked: int
    awaiting: int
    change: int  # satisfied statements gained since the last sync; negative when more were lost
    forecast: Forecast


def rows(reviews, since, today):
    """A Row for each of these (a page of them), in their order. A constant number of queries."""
    ids = [review.pk for review in reviews]
    counts = {pk: numbers for pk, *numbers in _counts(ids, today)}
    spans = trend.spans(reviews)
    return [_row(each, counts.get(each.pk, [0] * len(COUNTED)), spans[each.pk], since, today) for each in reviews]


def _counts(ids, today):
    wanted = {f"n_{key}": Count("pk", filter=Q(**{key: True})) for key in COUNTED}
    rows = concerns.concerns(ids, today, flags=()).values("review").annotate(**wanted).order_by()
    return rows.values_list("review", *wanted)


def _row(review, counts, spans, since, today):
    change = review.tally.satisfied - trend.satisfied_at(spans, since)
    history = trend.in_brief(review, spans, review.tally.satisfied, today)
    return Row(review, *counts, change, agenda.forecast_of(review, history))
