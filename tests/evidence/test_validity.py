"""Until when is evidence usable, and what is said when it is not?"""

from datetime import UTC, date, datetime

import pytest
import time_machine

from evidence import timeline, validity
from evidence.models import Evidence, Version

D = date


@pytest.fixture
def evidence():
    return Evidence(title="SOC 2 report")


@pytest.mark.parametrize(
    ("dates", "months", "expected"),
    [
        ({}, None, None),
        ({}, 12, None),
        ({"valid_until": D(2026, 6, 30)}, None, D(2026, 6, 30)),
        ({"period_end": D(2025, 6, 30)}, None, None),
        ({"period_end": D(2025, 6, 30)}, 12, D(2026, 6, 30)),
        ({"issued_on": D(2025, 9, 1)}, 12, D(2026, 9, 1)),
        ({"issued_on": D(2025, 9, 1), "period_end": D(2025, 6, 30)}, 12, D(2026, 6, 30)),
        ({"valid_until": D(2026, 3, 1), "period_end": D(2025, 6, 30)}, 12, D(2026, 3, 1)),
        ({"valid_until": D(2027, 3, 1), "period_end": D(2025, 6, 30)}, 12, D(2026, 6, 30)),
        # The month's end is counted from the day itself and never drifts (rule 20).
        ({"issued_on": D(2025, 8, 31)}, 6, D(2026, 2, 28)),
        ({"issued_on": D(2024, 2, 29)}, 12, D(2025, 2, 28)),
        ({"issued_on": D(2024, 2, 29)}, 48, D(2028, 2, 29)),
    ],
)
def test_rule_20_the_last_day_is_counted_from_the_first(dates, months, expected):
    assert validity.expires_on(Version(**dates), months) == expected


def test_rule_8_it_is_usable_on_its_last_day_and_not_on_the_next(evidence):
    version = Version(valid_until=D(2026, 6, 30))
    assert validity.unusable_reason(evidence, version, D(2026, 6, 30)) == ""
    assert validity.unusable_reason(evidence, version, D(2026, 7, 1)) == "“SOC 2 report” expired on 30 June 2026."


def test_rule_4_it_must_be_as_recent_as_the_statement_demands(evidence):
    version = Version(period_end=D(2025, 6, 30))
    assert validity.unusable_reason(evidence, version, D(2026, 6, 30), 12) == ""
    assert validity.unusable_reason(evidence, version, D(2026, 7, 1), 12) == (
        "“SOC 2 report” is older than 12 months: it covers until 30 June 2025 and counted until 30 June 2026."
    )
    assert validity.unusable_reason(evidence, version, D(2026, 7, 1)) == ""


def test_rule_4_where_an_age_is_demanded_a_date_is_asked_for(evidence):
    version = Version(valid_until=D(2030, 1, 1))
    assert validity.unusable_reason(evidence, version, D(2026, 7, 1), 12) == (
        "“SOC 2 report” must not be older than 12 months here, and it has no date: "
        "say when it was issued or which period it covers."
    )


def test_rule_4_withdrawn_evidence_proves_nothing(evidence):
    evidence.withdrawn_at, evidence.withdrawn_reason = datetime(2026, 1, 1, tzinfo=UTC), "Of another vendor."
    assert validity.unusable_reason(evidence, Version(), D(2026, 7, 1)) == (
        "“SOC 2 report” was withdrawn: Of another vendor."
    )


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ({}, {}),
        ({"issued_on": D(2026, 5, 15), "valid_until": D(2026, 5, 15)}, {}),
        ({"period_end": D(2026, 5, 15)}, {}),
        (
            {"issued_on": D(2026, 5, 16)},
            {"issued_on": "It cannot have been issued on 16 May 2026: that day is still to come."},
        ),
        (
            {"issued_on": D(206, 5, 16), "period_end": D(2026, 1, 1), "period_start": D(2026, 2, 1)},
            {"issued_on": "16 May 0206 looks mistyped: give a day between 1990 and 2100."},
        ),
        ({"valid_until": D(9999, 12, 31)}, {"valid_until": "31 December 9999 looks mistyped: give a day between 1990 and 2100."}),
        (
            {"period_start": D(2026, 2, 1), "period_end": D(2026, 1, 31)},
            {"period_end": "The period ends before it starts on 1 February 2026."},
        ),
        (
            {"period_start": D(2026, 2, 1)},
            {"period_end": "Say when the period ends, too: its age is counted from there."},
        ),
        (
            {"period_start": D(2026, 2, 1), "period_end": D(2027, 1, 31)},
            {
                "period_end": "Nobody can have looked at days up to 31 January 2027 yet. "
                "If it is good until that day, write it under “valid until”."
            },
        ),
        (
            {"issued_on": D(2026, 2, 1), "valid_until": D(2026, 1, 31)},
            {"valid_until": "It cannot end before it was issued on 1 February 2026."},
        ),
    ],
)  # fmt: skip
def test_dates_that_cannot_be_true_are_said_in_words(dates, expected):
    with time_machine.travel("2026-05-15T12:00Z", tick=False):
        assert validity.problems(**dates) == expected


@pytest.mark.parametrize(
    ("valid_until", "expected"),
    [
        (None, ("neutral", "No end date")),
        (D(2026, 5, 14), ("expired", "Expired")),
        (D(2026, 5, 15), ("expiring", "Expiring")),
        (D(2026, 7, 14), ("expiring", "Expiring")),
        (D(2026, 7, 15), ("valid", "Valid")),
    ],
)
def test_a_row_says_how_it_stands(evidence, valid_until, expected):
    assert validity.standing(evidence, Version(valid_until=valid_until), D(2026, 5, 15)) == expected


def test_the_timeline_draws_the_period_and_how_long_it_is_valid():
    axis = timeline.Axis(D(2026, 7, 2))
    version = Version(period_start=D(2025, 1, 1), period_end=D(2026, 1, 1), valid_until=D(2027, 1, 1))
    assert axis.years == [2025, 2026, 2027]
    assert axis.now == 500
    assert timeline.spans(version, axis) == [
        timeline.Span("covered", 0, 333),
        timeline.Span("valid", 333, 334),
    ]
    assert timeline.words(version) == "Covers 1 January 2025 to 1 January 2026, valid until 1 January 2027"


def test_the_timeline_of_a_version_without_dates_is_empty():
    assert timeline.spans(Version(), timeline.Axis(D(2026, 7, 2))) == []
    assert timeline.words(Version()) == "No dates given"


def test_rule_20_the_timeline_begins_on_the_organisation_s_day(settings):
    settings.TIME_ZONE = "Europe/Zurich"
    version = Version(uploaded_at=datetime(2025, 12, 31, 23, 30, tzinfo=UTC), valid_until=D(2027, 1, 1))
    axis = timeline.Axis(D(2026, 7, 2))
    assert timeline.spans(version, axis)[0].start == axis.at(D(2026, 1, 1))
    assert axis.at(D(2025, 12, 31)) < axis.at(D(2026, 1, 1))
