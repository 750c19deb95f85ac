"""What becomes of one date: moved, skipped, recorded, signed, returned? (rules 5, 6 and 20)"""

from datetime import date

import pytest

from reviews.choices import OccurrenceState
from tests.reviews.dates import add, at, first_open, record


@pytest.fixture(autouse=True)
def on_31_january(time_machine):
    time_machine.move_to(at("2027-01-31"), tick=False)


def test_what_needs_no_signature_is_done_on_recording(vendor, lead, reviewer):
    occurrence = first_open(add(vendor, lead))
    completion = record(occurrence, reviewer, done_on=date(2027, 1, 30))
    occurrence.refresh_from_db()
    assert (occurrence.state, occurrence.done_on, occurrence.result) == (
        OccurrenceState.DONE,
        date(2027, 1, 30),
        "passed",
    )
    assert (completion.by, completion.number) == (reviewer, 1)
