"""On which days does a series of syncs take place, and under which name do other programs know it?"""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from reviews import events

WEEK = timedelta(weeks=1)


def dates(series, first, last):
    """The starts from day `first` to day `last`, both included, in the organisation's time on the wall."""
    start = timezone.localtime(series.starts_at)
    step = series.every_weeks * WEEK
    turn = max(0, -((start.date() - first) // step))
    while (day := start.date() + turn * step) <= min(last, series.until):
        yield datetime.combine(day, start.time(), tzinfo=timezone.get_current_timezone())
        turn += 1


def next_date(series):
    """The next start, or None when the last one is over."""
    today = timezone.localdate()
    return next((start for start in dates(series, today, series.until) if start > timezone.now()), None)


def url(series):
    return reverse("reviews:review_syncs", args=[series.review.slug]) if series.review else reverse("reviews:syncs")


def with_arranged(rows):
    return rows.select_related("review__deployment__vendor", "organiser").annotate(
        arranged_at=events.first("series.arranged", "syncseries")
    )


def key(series):
    """Its number and the moment it was arranged: after a restore the number alone may be another's."""
    return f"series-{series.pk}" + (f"-{series.arranged_at:%Y%m%dT%H%M%S%f}" if series.arranged_at else "")
