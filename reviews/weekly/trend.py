"""How many statements of a review were satisfied on each day so far?

Read from the sign-offs: each counts from the day it was given until it was answered by another row (a withdrawal, a new
signature) or what it cites expired, as known when it was signed. Today's number is the gate's, so that what lapsed for
any other reason is gone by today at the latest.
"""

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from django.utils import timezone

from reviews.choices import SATISFIED, Act
from reviews.models import Item, Reassessment, SignOff
from reviews.weekly.forecast import LONG, SHORT

Spans = list[tuple[datetime, datetime]]  # from when on, and from when on no longer
NEVER = datetime.max.replace(tzinfo=UTC)


def spans(reviews) -> dict[int, Spans]:
    """`{review id: when each satisfying signature on an item in force counted}`, in two queries."""
    reviews_of = defaultdict(set)
    ids = [review.pk for review in reviews]
    rows = Reassessment.rests_on.through.objects.filter(reassessment__in=ids)
    for review_id, item_id in rows.values_list("reassessment", "item"):
        reviews_of[item_id].add(review_id)
    own = Item.objects.filter(review__in=ids).order_by().values("pk")
    items = own.union(rows.values("item"))
    signed: dict[int, list] = defaultdict(list)
    fields = ("item", "item__review", "act", "signed_at", "finding", "valid_until")
    for item_id, review_id, *row in SignOff.objects.filter(item__in=items).order_by("pk").values_list(*fields):
        reviews_of[item_id].add(review_id)
        signed[item_id].append(row)
    found: dict[int, Spans] = {pk: [] for pk in ids}
    for item_id, all_rows in signed.items():
        for review_id in reviews_of[item_id] & found.keys():
            found[review_id] += _spans_of(all_rows)
    return found


def _spans_of(rows):
    for (act, signed_at, finding, valid_until), following in pairwise([*rows, None]):
        if act == Act.SIGNED and finding in SATISFIED:
            ends = [_after(valid_until)] if valid_until else []
            ends += [following[1]] if following else []
            yield signed_at, min(ends, default=NEVER)


def _after(day):
    """The first instant of the day after, in the organisation's time zone."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def satisfied_at(spans, instant):
    """How many counted at that instant."""
    return sum(first <= instant < end for first, end in spans)


def satisfied_on(spans, day):
    """How many counted at the end of that day."""
    return satisfied_at(spans, _after(day) - timedelta.resolution)


def history(review, spans, now, today):
    """`[(day, satisfied)]` for every day from the opening to today, of which the last is `now`."""
    opened = min(timezone.localdate(review.opened_at), today)
    days = [opened + timedelta(days=number) for number in range((today - opened).days)]
    return [*((day, satisfied_on(spans, day)) for day in days), (today, now)]


def in_brief(review, spans, now, today):
    """The few days of the history that a forecast looks at."""
    opened = min(timezone.localdate(review.opened_at), today)
    days = sorted({opened, *(max(opened, today - span) for span in (SHORT, LONG))} - {today})
    return [*((day, satisfied_on(spans, day)) for day in days), (today, now)]
