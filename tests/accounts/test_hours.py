"""When does a person get mail, whatever the clocks do?"""

import hashlib
import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from accounts import hours
from accounts.hours import Rhythm
from accounts.models import OfficeHours, Preferences

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZURICH = ZoneInfo("Europe/Zurich")
FROM, UNTIL = datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


def every_day(zone, hour):
    return Rhythm(ZoneInfo(zone) if isinstance(zone, str) else zone, hour, frozenset())


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


# The moment of a day


@pytest.mark.parametrize(
    ("zone", "day", "hour", "instant"),
    [
        ("Europe/Zurich", date(2027, 1, 11), 8, utc(2027, 1, 11, 7)),
        ("Europe/Zurich", date(2027, 7, 12), 8, utc(2027, 7, 12, 6)),
        # 02:00 to 03:00 does not exist: the first moment after.
        ("Europe/Zurich", date(2027, 3, 28), 2, utc(2027, 3, 28, 1)),
        # 02:00 comes twice: the first.
        ("Europe/Zurich", date(2027, 10, 31), 2, utc(2027, 10, 31, 0)),
        # 02:45 to 03:45 does not exist.
        ("Pacific/Chatham", date(2026, 9, 27), 3, utc(2026, 9, 26, 14)),
        # Half an hour only.
        ("Australia/Lord_Howe", date(2026, 10, 4), 2, utc(2026, 10, 3, 15, 30)),
        # The last hour of the day does not exist: the first moment of the next.
        ("America/Nuuk", date(2026, 3, 28), 23, utc(2026, 3, 29, 1)),
        # A whole day that did not exist.
        ("Pacific/Apia", date(2011, 12, 30), 8, utc(2011, 12, 30, 10)),
    ],
)
def test_the_moment_is_the_hour_or_the_first_after_a_gap_or_the_first_of_two(zone, day, hour, instant):
    assert hours.sending_instant(day, every_day(zone, hour)) == instant


def test_before_the_hour_nothing_goes_out_and_after_it_until_midnight_it_does():
    rhythm = every_day("Europe/Zurich", 8)
    assert hours.day_to_send(utc(2027, 1, 11, 6, 59, 59), rhythm) is None
    assert hours.day_to_send(utc(2027, 1, 11, 7), rhythm) == date(2027, 1, 11)
    assert hours.day_to_send(utc(2027, 1, 11, 22, 59), rhythm) == date(2027, 1, 11)
    assert hours.day_to_send(utc(2027, 1, 11, 23), rhythm) is None


def test_quiet_weekdays_and_holidays_have_none():
    rhythm = Rhythm(ZURICH, 8, frozenset({5, 6}), "CH", "ZH")
    noon = [utc(2027, 4, day, 10) for day in range(29 - 28, 8)] + [utc(2027, 3, day, 10) for day in range(24, 32)]
    sent = sorted(day for now in noon if (day := hours.day_to_send(now, rhythm)))
    # 26 March is Good Friday, 29 March Easter Monday.
    assert sent == [date(2027, 3, 24), date(2027, 3, 25), date(2027, 3, 30), date(2027, 3, 31)] + [
        date(2027, 4, day) for day in (1, 2, 5, 6, 7)
    ]


def test_a_place_the_library_does_not_know_has_no_holidays():
    for country, subdivision in (("QQ", ""), ("CH", "Nowhere"), ("", "ZH")):
        rhythm = Rhythm(ZURICH, 8, frozenset(), country, subdivision)
        assert not hours.is_quiet(date(2027, 12, 25), rhythm)
    assert hours.is_quiet(date(2027, 12, 25), Rhythm(ZURICH, 8, frozenset(), "CH", ""))


def test_the_next_sending_skips_what_is_quiet():
    rhythm = Rhythm(ZURICH, 8, frozenset({5, 6}), "CH", "ZH")
    assert hours.next_sending(utc(2027, 3, 25, 6), rhythm) == (date(2027, 3, 25), utc(2027, 3, 25, 7))
    assert hours.next_sending(utc(2027, 3, 25, 7), rhythm) == (date(2027, 3, 30), utc(2027, 3, 30, 6))
    assert hours.next_sending(utc(2027, 3, 25), Rhythm(ZURICH, 8, frozenset(range(7)))) is None


# Whose rhythm


def test_what_is_empty_is_as_in_the_organisation(lead_account, administrator, stranger, settings):
    settings.TIME_ZONE = "Europe/Zurich"
    assert hours.rhythm_of(stranger) == Rhythm(ZURICH, 8, frozenset({5, 6}))
    OfficeHours.objects.create(pk=1, send_hour=7, quiet_weekdays=[6], country="CH", subdivision="ZH")
    Preferences.objects.create(person=lead_account, time_zone="Asia/Kathmandu", send_hour=0, muted=["item"])
    Preferences.objects.create(person=administrator, country="FR", quiet_weekdays=[])
    assert hours.rhythms([lead_account, administrator, stranger]) == {
        lead_account.pk: Rhythm(ZoneInfo("Asia/Kathmandu"), 0, frozenset({6}), "CH", "ZH", muted=frozenset({"item"})),
        administrator.pk: Rhythm(ZURICH, 7, frozenset(), "FR", ""),
        stranger.pk: Rhythm(ZURICH, 7, frozenset({6}), "CH", "ZH"),
    }


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "Europe/Zurich\0"])
def test_a_zone_that_does_not_exist_is_the_organisations(lead_account, name, settings):
    settings.TIME_ZONE = "Europe/Zurich"
    if "\0" not in name:
        Preferences.objects.create(person=lead_account, time_zone=name)
    assert hours.rhythm_of(lead_account).zone == ZURICH


def test_any_number_of_people_costs_two_queries(django_assert_num_queries, lead_account, administrator, stranger):
    for people in ([lead_account], [lead_account, administrator, stranger]):
        with django_assert_num_queries(2):
            hours.rhythms(people)


# Every change of every clock


def distinct_zones():
    """Every zone once: many names are the same zone."""
    seen = set()
    for name in sorted(zoneinfo.available_timezones()):
        content = hashlib.sha256(zone_data(name)).digest()
        if content not in seen:
            seen.add(content)
            yield ZoneInfo(name)


def zone_data(name):
    for folder in zoneinfo.TZPATH:
        if (path := Path(folder, name)).is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def transitions(zone):
    """`[(moment, offset before, offset after)]` in these years. No zone changes twice within ten days."""
    found, before = [], FROM
    while before < UNTIL:
        after = before + 10 * DAY
        offsets = [moment.astimezone(zone).utcoffset() for moment in (before, after)]
        if offsets[0] != offsets[1]:
            low, high = before, after
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                if middle.astimezone(zone).utcoffset() == offsets[0]:
                    low = middle
                else:
                    high = middle
            found.append((high, *offsets))
        before = after
    return found


def all_transitions():
    """`{(moment, offset before, offset after): a zone that does this}`."""
    return {change: zone for zone in distinct_zones() for change in transitions(zone)}


def sends(pokes, rhythm):
    """`[(day, moment)]` of what goes out when the scheduler pokes at these moments."""
    sent = []
    for now in pokes:
        if day := hours.due_day(now, rhythm, sent[-1][0] if sent else None):
            sent.append((day, now))
    return sent


def expected(pokes, rhythm, day):
    """The first poke at which the clock on the wall shows the day's hour or a later one."""
    wall = datetime.combine(day, time(rhythm.hour))
    return next(now for now in pokes if now.astimezone(rhythm.zone).replace(tzinfo=None) >= wall)


def test_around_every_change_of_every_zone_each_day_is_sent_exactly_once():
    changes = all_transitions()
    # All of them: Zurich alone changes 24 times in these years.
    assert len(changes) > 700
    for (change, before, after), zone in changes.items():
        pokes = [change + step * HOUR for step in range(-27, 30)]
        pokes = sorted({*pokes, change - timedelta(seconds=1), change + timedelta(seconds=1)})
        days = [(change.astimezone(zone) + ahead * DAY).date() for ahead in (-1, 0, 1)]
        # The hours the clock jumps over or shows twice, and those beside them.
        for hour in {(change + offset - HOUR * step).hour for offset in (before, after) for step in (0, 1)}:
            rhythm = Rhythm(zone, hour, frozenset())
            sent = sends(pokes, rhythm)
            told = [day for day, _ in sent]
            assert len(told) == len(set(told)), (zone, change, hour)
            inside = [day for day in days if pokes[0] + HOUR < hours.sending_instant(day, rhythm) < pokes[-1]]
            assert {day: now for day, now in sent if day in inside} == {
                day: expected(pokes, rhythm, day) for day in inside
            }, (zone, change, hour)
            assert len(inside) >= 1


@pytest.mark.parametrize("back", [HOUR, 12 * HOUR, 3 * DAY])
def test_a_clock_stepped_back_sends_no_day_twice(back):
    rhythm = every_day("Europe/Zurich", 2)
    for change in (utc(2027, 3, 28, 1), utc(2027, 10, 31, 1)):
        pokes = [change + step * HOUR / 4 for step in range(-100, 100)]
        stepped = pokes[:150] + [now - back for now in pokes[140:]] + pokes[150:]
        told = [day for day, _ in sends(stepped, rhythm)]
        assert told == sorted(set(told))
        assert told == [day for day, _ in sends(pokes, rhythm)]
