"""Until when does a piece of evidence prove something, and why not today?"""

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from django.utils import timezone
from django.utils.dateformat import format as format_date

DATES = ("issued_on", "period_start", "period_end", "valid_until")
# A date outside these years is a slip of the finger.
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
# Evidence that ends within so many days is shown as expiring.
EXPIRING = timedelta(days=60)


def expires_on(version, max_age_months=None):
    """The last day on which the version is usable, or None when nothing ends it.

    The earliest of its `valid_until` and, when the proof may be no older than `max_age_months`, the day it covers
    until plus that many calendar months, counted from that day itself (rule 20): 31 August plus 6 months is
    28 February (29 in a leap year), 29 February plus 12 months is 28 February.
    """
    days = [version.valid_until] if version.valid_until else []
    if max_age_months is not None and version.covers_until:
        days.append(version.covers_until + relativedelta(months=max_age_months))
    return min(days, default=None)


def unusable_reason(evidence, version, today, max_age_months=None):
    """Why this version cannot be a ground on the day `today` (rules 4 and 8): a sentence, or '' when it can.

    It is usable on the day it expires and no longer on the next.
    """
    if evidence.withdrawn_at:
        return f"“{evidence.title}” was withdrawn: {evidence.withdrawn_reason}"
    if max_age_months is not None and not version.covers_until:
        return (
            f"“{evidence.title}” must not be older than {max_age_months} months here, and it has no date: "
            "say when it was issued or which period it covers."
        )
    last = expires_on(version, max_age_months)
    if last is None or last >= today:
        return ""
    if last == version.valid_until:
        return f"“{evidence.title}” expired on {in_words(last)}."
    return (
        f"“{evidence.title}” is older than {max_age_months} months: it covers until "
        f"{in_words(version.covers_until)} and counted until {in_words(last)}."
    )


def problems(*, issued_on=None, period_start=None, period_end=None, valid_until=None):
    """`{field: sentence}` of dates that cannot be true together; empty when all is well."""
    today = timezone.localdate()
    given = {
        "issued_on": issued_on,
        "period_start": period_start,
        "period_end": period_end,
        "valid_until": valid_until,
    }
    found = {
        field: f"{in_words(day)} looks mistyped: give a day between {EARLIEST.year} and {LATEST.year}."
        for field, day in given.items()
        if day and not EARLIEST <= day <= LATEST
    }
    if found:
        return found
    if issued_on and issued_on > today:
        found["issued_on"] = f"It cannot have been issued on {in_words(issued_on)}: that day is still to come."
    if period_end and period_end > today:
        found["period_end"] = (
            f"Nobody can have looked at days up to {in_words(period_end)} yet. "
            "If it is good until that day, write it under “valid until”."
        )
    if period_start and not period_end:
        found["period_end"] = "Say when the period ends, too: its age is counted from there."
    if period_start and period_end and period_end < period_start:
        found["period_end"] = f"The period ends before it starts on {in_words(period_start)}."
    for field, day in (("issued_on", issued_on), ("period_start", period_start)):
        if valid_until and day and valid_until < day and "valid_until" not in found:
            words = "was issued" if field == "issued_on" else "starts"
            found["valid_until"] = f"It cannot end before it {words} on {in_words(day)}."
    return found


def in_words(day):
    return format_date(day, "j F Y")


def dates_in_words(version):
    """What the version's dates say, each as words: the period covered, the day of issue, the last day."""
    said = []
    if version.period_start and version.period_end:
        said.append(f"covers {in_words(version.period_start)} to {in_words(version.period_end)}")
    elif version.period_end:
        said.append(f"covers up to {in_words(version.period_end)}")
    if version.issued_on:
        said.append(f"issued on {in_words(version.issued_on)}")
    if version.valid_until:
        said.append(f"valid until {in_words(version.valid_until)}")
    return said


def standing(evidence, version, today):
    """How it stands by its own dates, as (state, words) for a page; what a statement demands is not known here."""
    last = expires_on(version)
    if evidence.withdrawn_at:
        return "withdrawn", "Withdrawn"
    if last is None:
        return "neutral", "No end date"
    if last < today:
        return "expired", "Expired"
    if last <= today + EXPIRING:
        return "expiring", "Expiring"
    return "valid", "Valid"
