"""What does a forecast say, and where does it refuse to say anything?"""

from datetime import date, timedelta

import pytest

from reviews.weekly.forecast import forecast

TODAY = date(2026, 11, 30)
DEADLINE = date(2026, 12, 31)


def ago(weeks, days=0):
    return TODAY - timedelta(weeks=weeks, days=days)


def of(*points, needed=45, total=47, unconfirmed=0, deadline=DEADLINE):
    return forecast(list(points), needed=needed, total=total, unconfirmed=unconfirmed, deadline=deadline)


def test_the_range_runs_from_the_faster_to_the_slower_pace():
    found = of((ago(8), 0), (ago(4), 5), (ago(2), 9), (TODAY, 25))
    assert [(pace.days, pace.a_week) for pace in found.paces] == [(14, 8.0), (28, 5.0)]
    assert (found.earliest, found.latest) == (TODAY + timedelta(days=18), TODAY + timedelta(days=28))
    assert found.against(DEADLINE) == "in_time"
    assert found.short == "18 – 28 Dec 2026"
    assert found.words == (
        "Go between 18 December 2026 and 28 December 2026, by the deadline, if it goes on as it did (+8.0 a week over "
        "the last 2 weeks and +5.0 a week over the last 4 weeks). Not a promise."
    )


@pytest.mark.parametrize(
    ("deadline", "against", "said"),
    [
        (date(2026, 12, 17), "late", "1 day or more after the deadline"),
        (date(2026, 12, 20), "unsure", "around the deadline of 20 December 2026"),
        (date(2026, 11, 1), "late", "47 days or more after the deadline"),
    ],
)
def test_it_is_compared_with_the_deadline_also_with_one_that_has_passed(deadline, against, said):
    found = of((ago(8), 0), (ago(4), 5), (ago(2), 9), (TODAY, 25), deadline=deadline)
    assert found.against(deadline) == against
    assert said in found.words


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([(TODAY, 3)], "Cannot be said yet: there is less than a week of history."),
        ([(ago(0, 6), 0), (TODAY, 30)], "Cannot be said yet: there is less than a week of history."),
        (
            [(ago(8), 20), (TODAY, 20)],
            "Cannot be said: nothing was gained lately (+0.0 a week over the last 2 weeks and +0.0 a week over the last 4 weeks).",
        ),
        (
            [(ago(8), 30), (ago(2), 24), (TODAY, 20)],
            "Cannot be said: nothing was gained lately (-2.0 a week over the last 2 weeks and -2.5 a week over the last 4 weeks).",
        ),
    ],
)
def test_it_says_honestly_that_it_cannot_be_said(points, said):
    found = of(*points)
    assert (found.words, found.earliest, found.latest, found.against(DEADLINE)) == (said, None, None, "")


def test_what_lapsed_counts_against_what_was_signed():
    found = of((ago(8), 0), (ago(4), 30), (ago(2), 20), (TODAY, 24))
    assert [pace.a_week for pace in found.paces] == [2.0, -1.5]
    assert found.latest is None
    assert found.against(DEADLINE) == "late"
    assert "Go on 12 February 2027 at the faster pace, not within five years at the slower:" in found.words
    early = of((ago(8), 0), (ago(4), 45), (ago(2), 20), (TODAY, 44))
    assert (early.short, early.against(DEADLINE)) == ("1 Dec 2026 at best", "unsure")
    assert "at the slower: by the deadline of 31 December 2026 at best, if it goes on" in early.words


def test_a_review_younger_than_four_weeks_is_measured_over_all_of_it():
    found = of((ago(1, 3), 0), (TODAY, 10))
    assert [(pace.days, pace.a_week) for pace in found.paces] == [(10, 7.0)]
    assert found.earliest == found.latest == TODAY + timedelta(days=35)
    assert found.words.startswith("Go about 4 January 2027, 4 days or more after the deadline,")


def test_what_is_reached_needs_no_forecast():
    found = of((ago(8), 0), (TODAY, 46))
    assert (found.words, found.against(date(2026, 1, 1))) == ("Already there: 46 satisfied, 45 needed.", "in_time")


def test_when_fewer_are_left_than_needed_some_have_to_be_settled():
    found = of((ago(8), 0), (TODAY, 30), unconfirmed=12)
    assert found.words.endswith(
        " Only 5 are still open and 15 are missing: the rest has to be settled with the vendor."
    )
    assert of((ago(8), 0), (TODAY, 44), unconfirmed=3).words.endswith(
        " None is still open and 1 is missing: the rest has to be settled with the vendor."
    )
    assert of((ago(8), 0), (TODAY, 0), total=0).words == "45 are needed and the review has only 0 statements."


def test_what_is_far_away_is_no_forecast():
    found = of((ago(60), 0), (ago(3), 0), (TODAY, 1), needed=1000, total=1000)
    assert (found.short, found.earliest) == ("Out of sight", None)
