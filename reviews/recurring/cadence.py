"""On which days does something recur? Every date is computed from the first one, never from the last (rule 20)."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from accounts.permissions import Refused
from reviews.choices import Unit

DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}


class NoSuchDate(Refused):
    """The cadence leads to no day of the calendar."""


def nth(anchor, every, unit, n):
    """The day `n` steps of `every` units after `anchor`; n = 0 is the anchor itself (rule 20).

    A month that lacks the anchor's day gives its last day, and the next one has the anchor's day again:
    31 January, 30 April, 31 July. Raises NoSuchDate for `every` below 1 and for days after the year 9999.
    """
    if every < 1:
        raise NoSuchDate("Say every how many: 1 or more.")
    try:
        if unit in DAYS:
            return anchor + timedelta(days=DAYS[unit] * every * n)
        return anchor + relativedelta(months=MONTHS[unit] * every * n)
    except (OverflowError, ValueError):
        raise NoSuchDate("This leads past the year 9999.") from None


def steps_until(anchor, every, unit, day):
    """The smallest n, 0 or more, whose date is `day` or later. Raises NoSuchDate as `nth`."""
    if every < 1:
        raise NoSuchDate("Say every how many: 1 or more.")
    if day <= anchor:
        return 0
    if unit in DAYS:
        return -(-(day - anchor).days // (DAYS[unit] * every))
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    # The date in the month of `day` itself may lie before it: then the next step is meant.
    n = -(-months // (MONTHS[unit] * every))
    return n if nth(anchor, every, unit, n) >= day else n + 1


def on_or_after(anchor, every, unit, day):
    """The first date of the cadence that is `day` or later. Raises NoSuchDate as `nth`."""
    return nth(anchor, every, unit, steps_until(anchor, every, unit, day))


def after(anchor, every, unit, day):
    """The first date of the cadence later than `day`. Raises NoSuchDate as `nth`."""
    n = steps_until(anchor, every, unit, day)
    found = nth(anchor, every, unit, n)
    return found if found > day else nth(anchor, every, unit, n + 1)


def in_words(every, unit):
    """“every month”, “every 90 days”."""
    unit = Unit(unit)
    return f"every {unit.value}" if every == 1 else f"every {every} {unit.label}"
