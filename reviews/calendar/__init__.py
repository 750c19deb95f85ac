"""What falls on which day, for this person? Obligations, meetings, deadlines, due items, conditions, what expires, who is away.

Every kind is one query or two, whatever the number of days and rows. What is printed on pages may name evidence and
quote titles; `Entry.outside` is what may leave: kind, vendor, title of the review, number of the statement.
"""

from datetime import date, time, timedelta

from django.utils import timezone

from reviews.calendar import duties, gatherings, proofs, work
from reviews.calendar.duties import duty_outside
from reviews.calendar.entry import Asked, Entry
from reviews.calendar.gatherings import meeting_key, with_calls
from reviews.choices import OnCalendar

__all__ = ["Entry", "by_day", "duty_outside", "entries", "meeting_key", "with_calls"]

SOURCES = {
    OnCalendar.OBLIGATION: duties.obligations,
    OnCalendar.MEETING: gatherings.meetings,
    OnCalendar.SYNC: gatherings.syncs,
    OnCalendar.ACTION: gatherings.actions,
    OnCalendar.ANSWER: work.answers,
    OnCalendar.REVIEW: work.reviews,
    OnCalendar.ITEM: work.items,
    OnCalendar.CONDITION: work.conditions,
    OnCalendar.EVIDENCE: proofs.evidence,
    OnCalendar.LAPSE: work.lapses,
    OnCalendar.ABSENCE: gatherings.absences,
}


def entries(user, first, last, *, person=None, vendor=None, kind=""):
    """The entries from `first` to `last`, both included, in their order. Only of vendors the user has access to.

    With `person` only what falls to that person; with `vendor` only what is about it. A constant number of queries.
    """
    asked = Asked(user, first, last, person, vendor)
    found = []
    for each, source in SOURCES.items():
        if kind in {"", each}:
            found += source(asked)
    return sorted(found, key=_order)


def _order(entry):
    moment = timezone.localtime(entry.starts_at).time() if entry.starts_at else time.min
    return entry.day, moment, list(OnCalendar).index(entry.kind), entry.vendor, entry.title, entry.key


def by_day(found, days):
    """`{day: [Entry, ...]}` for each of these days; what lasts longer is on all its days."""
    placed: dict[date, list[Entry]] = {day: [] for day in days}
    for entry in found:
        day = max(entry.day, min(placed))
        while day <= entry.until and day in placed:
            placed[day].append(entry)
            day += timedelta(days=1)
    return placed
