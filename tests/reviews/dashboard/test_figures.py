"""What is kept of how reviews stood on a day?"""

from datetime import date
from functools import partial

import pytest

from reviews import opening, tasks
from reviews.choices import Finding, Outcome
from reviews.dashboard import figures
from reviews.dashboard.figures import Point
from reviews.models import DailyFigures, Review
from tests.at_once import at_once
from tests.cast import settle
from tests.reviews.again.again import decide

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def on_a_sunday(time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)


def kept(review):
    return list(review.daily_figures.values_list("day", "counts", "recommendation"))


def test_a_worker_keeps_how_a_review_stands_once_a_day(small, reviewer, evidence):
    settle(small, [1, 2], reviewer, evidence)
    settle(small, [7], reviewer, finding=Finding.UNCONFIRMED)
    tasks.plan_ahead()
    first = (TODAY, {"confirmed": 2, "unconfirmed": 1, "not_started": 8, "unowned": 1}, "in_review")
    assert kept(small) == [first]
    settle(small, [3], reviewer, evidence)
    assert figures.write_daily() == 0
    assert kept(small) == [first]
    assert figures.write_daily(date(2026, 11, 24)) == 1
    assert kept(small)[1] == (date(2026, 11, 24), first[1] | {"confirmed": 3, "not_started": 7}, "in_review")


def test_a_review_that_was_refused_has_no_more_figures(small, deployment, twelve, lead, stakeholders):
    refused = opening.open_review(deployment, twelve, by=lead, title="Refused", holders=stakeholders)
    decide(refused, Outcome.REFUSE)
    assert figures.write_daily() == 1
    assert kept(refused) == []


@pytest.mark.parametrize("number", [1, 30])
def test_keeping_the_figures_costs_the_same_for_any_number(
    small, deployment, twelve, lead, number, django_assert_num_queries
):
    for each in range(number - 1):
        opening.open_review(deployment, twelve, by=lead, title=f"Review {each}")
    figures.write_daily(date(2026, 11, 1))
    # Which lack it, what changed, the counts, the rows (SQLite: in a savepoint of its own).
    with django_assert_num_queries(4):
        assert figures.write_daily() == number
    with django_assert_num_queries(1):
        assert figures.write_daily() == 0


def test_the_history_adds_all_reviews_up_for_each_day_there_is(small, deployment, twelve, lead, reviewer, evidence):
    other = opening.open_review(deployment, twelve, by=lead, title="Other")
    settle(small, [1, 2], reviewer, evidence)
    settle(small, [7], reviewer, finding=Finding.NOT_APPLICABLE)
    # Yesterday, two weeks ago to the day; nine days before that is between two weeks, and today is no history.
    for day in (date(2026, 11, 21), date(2026, 11, 8), date(2026, 10, 30), TODAY):
        figures.write_daily(day)
    DailyFigures.objects.filter(review=other, day=date(2026, 11, 21)).update(recommendation="go")
    both = Review.objects.all()
    assert figures.history(both, TODAY) == [
        Point(date(2026, 11, 8), satisfied=3, total=24, at_go=0, reviews=2),
        Point(date(2026, 11, 21), satisfied=3, total=24, at_go=1, reviews=2),
    ]
    assert figures.history(both.filter(pk=other.pk), TODAY)[1] == Point(date(2026, 11, 21), 0, 12, 1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_keep_one_row(small):
    answers = at_once(*[partial(figures.write_daily, TODAY)] * 3)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert DailyFigures.objects.get().review == small
