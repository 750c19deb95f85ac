"""Which step of reminding is it on a day?"""

from datetime import date, timedelta

import pytest

from reviews.reminders import steps

DUE = date(2027, 4, 10)


@pytest.mark.parametrize(
    ("days_before", "step"),
    [
        (31, None),
        (30, "30"),
        (15, "30"),
        (14, "14"),
        (7, "7"),
        (2, "7"),
        (1, "1"),
        (0, "0"),
        (-1, "0"),
        (-6, "0"),
        (-7, "+7"),
        (-13, "+7"),
        (-14, "+14"),
        (-21, "+21"),
        (-400, "+399"),
    ],
)
def test_it_is_the_newest_step_that_has_come(days_before, step):
    assert steps.current(DUE, DUE - timedelta(days=days_before)) == step


def test_a_thing_may_have_its_own_steps_or_none():
    assert steps.current(DUE, DUE - timedelta(days=60), [90, 45]) == "90"
    assert steps.current(DUE, DUE - timedelta(days=3), [90, 45]) == "45"
    assert steps.current(DUE, DUE, []) is None
    assert steps.current(DUE, DUE + timedelta(days=7), []) == "+7"


def test_the_third_miss_is_at_21_days():
    assert [steps.misses(step) for step in ("30", "0", "+7", "+14", "+21")] == [0, 0, 1, 2, 3]
