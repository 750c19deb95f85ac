"""On which days, and from which moment of a day, may a person get mail?

A day is a local day of the person's zone, else of the organisation's. Its moment is the person's hour: where the clock
jumps over that hour, the first moment after; where the hour comes twice, the first of the two.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import OfficeHours, Preferences, User

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
# Longer than any row of quiet days, so that a search for the next working day ends.
LOOK_AHEAD = 400


class Rhythm(NamedTuple):
    """When one person gets mail, and what they have muted. `country` and `subdivision` say whose holidays are quiet."""

    zone: ZoneInfo
    hour: int
    quiet_weekdays: frozenset[int]
    country: str = ""
    subdivision: str = ""
    muted: frozenset[str] = frozenset()


def rhythm_of(person: User) -> Rhythm:
    return rhythms([person])[person.pk]


def rhythms(people) -> dict[int, Rhythm]:
    """`{person's pk: Rhythm}`, in two queries for any number of people."""
    office = OfficeHours.objects.first() or OfficeHours()
    own = {each.pk: each for each in Preferences.objects.filter(person__in=people)}
    return {person.pk: _rhythm(own.get(person.pk) or Preferences(), office) for person in people}


def _rhythm(own: Preferences, office: OfficeHours) -> Rhythm:
    # A subdivision means nothing without its country.
    place = own if own.country else office
    return Rhythm(
        zone=_zone(own.time_zone),
        hour=office.send_hour if own.send_hour is None else own.send_hour,
        quiet_weekdays=frozenset(office.quiet_weekdays if own.quiet_weekdays is None else own.quiet_weekdays),
        country=place.country,
        subdivision=place.subdivision,
        muted=frozenset(own.muted),
    )


def _zone(name: str) -> ZoneInfo:
    """The zone of this name; the organisation's when there is none, say since the zone data changed."""
    try:
        return ZoneInfo(name or settings.TIME_ZONE)
    except (LookupError, ValueError, OSError):
        return ZoneInfo(settings.TIME_ZONE)


def is_quiet(day: date, rhythm: Rhythm) -> bool:
    return day.weekday() in rhythm.quiet_weekdays or day in _holidays(rhythm.country, rhythm.subdivision, day.year)


@lru_cache(maxsize=1000)
def _holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Public holidays; none for a country or subdivision the library does not know."""
    if not country:
        return frozenset()
    # Only who sends mail needs it, and it takes a web process a quarter of a second to import.
    import holidays

    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=year))
    except NotImplementedError:
        return frozenset()


def sending_instant(day: date, rhythm: Rhythm) -> datetime:
    """The moment (UTC) from which this day's mail goes out, whether or not the day is quiet."""
    wall = datetime.combine(day, time(rhythm.hour), rhythm.zone)
    instant = wall.astimezone(UTC)
    if _shown(instant, rhythm.zone) == wall.replace(tzinfo=None):
        return instant
    # The clock jumps over this hour: look for the jump between the two readings of the hour.
    before, after = wall.replace(fold=1).astimezone(UTC), instant
    while after - before > SECOND:
        middle = before + (after - before) / 2
        if _shown(middle, rhythm.zone) < wall.replace(tzinfo=None):
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)


def _shown(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a clock on the wall shows at this moment."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def day_to_send(now: datetime, rhythm: Rhythm) -> date | None:
    """The day whose mail may go out now: its moment has come, it is not quiet, and it has not ended.

    None on quiet days and before the hour. What a standstill made late therefore waits for the next working day.
    """
    today = now.astimezone(rhythm.zone).date()
    # Where the clock jumps over the end of a day, that day's moment falls on the next.
    for day in (today, today - DAY):
        instant = sending_instant(day, rhythm)
        if instant <= now and _shown(instant, rhythm.zone).date() == today and not is_quiet(day, rhythm):
            return day
    return None


def due_day(now: datetime, rhythm: Rhythm, last: date | None) -> date | None:
    """The same, unless this person was written to for that day or a later one: a clock may have been set back."""
    day = day_to_send(now, rhythm)
    return None if day is None or (last and last >= day) else day


def next_sending(now: datetime, rhythm: Rhythm) -> tuple[date, datetime] | None:
    """The next working day and its moment, after now; None when every day is quiet."""
    today = now.astimezone(rhythm.zone).date()
    for ahead in range(-1, LOOK_AHEAD):
        day = today + ahead * DAY
        if not is_quiet(day, rhythm) and (instant := sending_instant(day, rhythm)) > now:
            return day, instant
    return None
