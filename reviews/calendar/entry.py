"""What is one entry of the calendar, and whose calendar is asked for?"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from reviews.choices import (
    OnCalendar,
)
from vendors.models import Vendor

STATES = {
    "awaiting": "Awaiting sign-off",
    "complete": "Done",
    "expired": "Expired",
    "expiring": "Expires soon",
    "inactive": "Skipped",
    "lapsed": "Lapsed",
    "late": "Late",
    "neutral": "Planned",
}


@dataclass(frozen=True)
class Entry:
    """One thing on one day, or on the days up to `last`. `key` stays the same when the day moves."""

    key: str
    kind: OnCalendar
    day: date
    title: str
    outside: str
    url: str
    vendor: str = ""
    state: str = "neutral"
    last: date | None = None
    starts_at: datetime | None = None
    minutes: int = 0

    @property
    def until(self):
        return self.last or self.day

    @property
    def state_label(self):
        return "Away" if self.kind == OnCalendar.ABSENCE else STATES[self.state]

    @property
    def is_cancelled(self):
        return self.state == "inactive"

    @property
    def time(self):
        return timezone.localtime(self.starts_at) if self.starts_at else None


@dataclass(frozen=True)
class Asked:
    """Whose calendar, from which day to which, and what of it."""

    user: User
    first: date
    last: date
    person: User | None = None
    vendor: Vendor | None = None

    @property
    def today(self):
        return timezone.localdate()

    @property
    def days(self):
        return self.first, self.last

    def of_vendor(self, lookup):
        return Q(**{lookup: self.vendor}) if self.vendor else Q()

    def of_person(self, *lookups):
        found = Q()
        for lookup in lookups if self.person else ():
            found |= Q(**{lookup: self.person})
        return found


def due_state(day, today, *, done=False):
    if done:
        return "complete"
    return "late" if day < today else "neutral"


def said(*parts):
    return " · ".join(part for part in parts if part)
