"""Do dates, hashes and people read as a person would say them?"""

import datetime

import pytest
import time_machine

from config import display

NOW = datetime.datetime(2026, 11, 21, 19, 10, tzinfo=datetime.UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _standing_still():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (3, "in 3 days"),
        (-3, "3 days ago"),
        (60, "in 60 days"),
        (61, "21 January 2027"),
        (-61, "21 September 2026"),
    ],
)
def test_a_day_is_said_as_distance_until_the_date_says_more(days, words):
    assert display.days_from_today(TODAY + datetime.timedelta(days)) == words


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (datetime.timedelta(seconds=5), "just now"),
        (datetime.timedelta(minutes=1), "1 minute ago"),
        (datetime.timedelta(minutes=59), "59 minutes ago"),
        (datetime.timedelta(hours=2), "today 17:10"),
        (datetime.timedelta(hours=20), "yesterday 23:10"),
        (datetime.timedelta(days=5), "5 days ago"),
        (datetime.timedelta(minutes=-5), "today 19:15"),
    ],
)
def test_a_moment_keeps_its_time_of_day_while_that_helps(ago, words):
    assert display.when(NOW - ago) == words


def test_days_are_days_in_the_organisations_time_zone(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    assert display.exact(NOW) == "22 November 2026, 08:10 NZDT"
    assert display.days_from_today(datetime.date(2026, 11, 22)) == "today"


def test_the_exact_date_names_the_zone_and_the_machine_gets_utc():
    assert display.exact(NOW) == "21 November 2026, 19:10 UTC"
    assert display.exact(TODAY) == "21 November 2026"
    assert display.iso(NOW) == "2026-11-21T19:10:00Z"
    assert display.iso(TODAY) == "2026-11-21"


def test_a_day_is_past_only_when_it_is_over():
    assert not display.is_past(TODAY)
    assert display.is_past(TODAY - datetime.timedelta(1))
    assert display.is_past(NOW - datetime.timedelta(seconds=1))


@pytest.mark.parametrize(
    "show", [display.days_from_today, display.when, display.exact, display.iso, display.short_hash, display.is_past]
)
def test_nothing_is_shown_for_what_is_not_there(show):
    assert not show(None)


def test_a_hash_is_shortened_to_what_the_eye_can_compare():
    assert display.short_hash("4f1c" + "0" * 56 + "e9a2") == "4f1c…e9a2"
    assert display.short_hash("short") == "short"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("CISO", "CI"),
        ("Review lead", "RL"),
        ("ciso@example.com", "CI"),
        ("Élodie", "ÉL"),
        ("李", "李"),
        ("", "?"),
        ("🦊", "?"),
    ],
)
def test_initials_come_from_any_name(name, letters):
    assert display.initials(name) == letters


def test_the_parts_of_a_bar_lie_side_by_side():
    parts = [{"state": "confirmed", "count": 25}, {"state": "lapsed", "count": 0}, {"state": "awaiting", "count": 5}]
    assert list(display.bar_of(parts, 50)) == [
        {"state": "confirmed", "start": "0.00", "width": "50.00"},
        {"state": "awaiting", "start": "50.00", "width": "10.00"},
    ]
    assert list(display.bar_of(parts, 0)) == []
