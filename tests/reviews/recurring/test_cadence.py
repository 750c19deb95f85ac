"""On which days does something recur? Every date comes from the first one (rule 20)."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection

from reviews.choices import Unit
from reviews.recurring import cadence
from reviews.recurring.cadence import NoSuchDate, nth, on_or_after

CASES = 100_000
POSTGRESQL = {
    Unit.DAY: "1 day",
    Unit.WEEK: "1 week",
    Unit.MONTH: "1 month",
    Unit.QUARTER: "3 months",
    Unit.YEAR: "1 year",
}


@pytest.mark.parametrize(
    ("anchor", "every", "unit", "days"),
    [
        ("2026-01-31", 1, "quarter", ["2026-01-31", "2026-04-30", "2026-07-31", "2026-10-31", "2027-01-31"]),
        ("2026-01-31", 1, "month", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        ("2026-11-30", 1, "quarter", ["2026-11-30", "2027-02-28", "2027-05-30"]),
        ("2024-02-29", 1, "year", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2096-02-29", 4, "year", ["2096-02-29", "2100-02-28", "2104-02-29"]),
        ("2026-08-29", 6, "month", ["2026-08-29", "2027-02-28", "2027-08-29", "2028-02-29"]),
        ("2026-10-25", 90, "day", ["2026-10-25", "2027-01-23", "2027-04-23"]),
        ("2026-03-29", 1, "day", ["2026-03-29", "2026-03-30"]),
        ("2026-12-28", 2, "week", ["2026-12-28", "2027-01-11", "2027-01-25"]),
    ],
)
def test_rule_20_dates_come_from_the_anchor_and_never_drift(anchor, every, unit, days):
    found = [nth(date.fromisoformat(anchor), every, unit, n).isoformat() for n in range(len(days))]
    assert found == days


@pytest.mark.postgres
@pytest.mark.django_db
def test_rule_20_a_hundred_thousand_dates_agree_with_postgresql_counting_from_the_anchor():
    chance = random.Random(20)  # noqa: S311 a fixed seed is the point
    cases = [_any_case(chance) for _ in range(CASES)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (anchor + n * step)::date FROM unnest(%s::date[], %s::int[], %s::interval[])"
            " WITH ORDINALITY AS c(anchor, n, step, place) ORDER BY place",
            [
                [anchor for anchor, _, _, _ in cases],
                [every * n for _, every, _, n in cases],
                [POSTGRESQL[unit] for _, _, unit, _ in cases],
            ],
        )
        theirs = [row[0] for row in cursor.fetchall()]
    wrong = [(case, nth(*case), day) for case, day in zip(cases, theirs, strict=True) if nth(*case) != day]
    assert len(theirs) == CASES
    assert wrong == []


def _any_case(chance):
    """The ends of months as often as all other days together, up to about 300 years ahead."""
    anchor = date(1990, 1, 1) + timedelta(days=chance.randrange(40_000))
    if chance.random() < 0.5:
        anchor = date(anchor.year, anchor.month, 28) + timedelta(days=chance.randrange(4))
    unit = chance.choice(list(Unit))
    every = chance.randint(1, {Unit.DAY: 400, Unit.WEEK: 60, Unit.MONTH: 30, Unit.QUARTER: 9, Unit.YEAR: 5}[unit])
    return anchor, every, unit, chance.randint(0, 60)


def test_the_first_date_from_a_day_on_is_the_one_that_counting_finds():
    chance = random.Random(21)  # noqa: S311 a fixed seed is the point
    for _ in range(5_000):
        anchor, every, unit, _ = _any_case(chance)
        day = anchor + timedelta(days=chance.randint(-40, 4_000))
        counted = next(found for n in range(5_000) if (found := nth(anchor, every, unit, n)) >= day)
        assert on_or_after(anchor, every, unit, day) == counted
        later = next(found for n in range(5_000) if (found := nth(anchor, every, unit, n)) > day)
        assert cadence.after(anchor, every, unit, day) == later


@pytest.mark.parametrize("act", [nth, on_or_after, cadence.after])
def test_every_zero_is_refused_in_words(act):
    last = 1 if act is nth else date(2027, 1, 1)
    with pytest.raises(NoSuchDate, match="1 or more"):
        act(date(2026, 1, 1), 0, "month", last)


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("every", [10_000, 2_147_483_647])
def test_a_date_past_the_year_9999_is_refused_in_words(unit, every):
    with pytest.raises(NoSuchDate, match="year 9999"):
        nth(date(2026, 1, 31), every, unit, 3_000)


def test_the_last_day_there_is_has_no_later_one():
    with pytest.raises(NoSuchDate, match="year 9999"):
        cadence.after(date(9999, 12, 31), 1, "day", date(9999, 12, 31))


@pytest.mark.parametrize(("every", "unit", "words"), [(1, "quarter", "every quarter"), (90, "day", "every 90 days")])
def test_a_cadence_in_words(every, unit, words):
    assert cadence.in_words(every, unit) == words
