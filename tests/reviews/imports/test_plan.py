"""What does a sheet that comes back, or was made by hand, do to a review?"""

from reviews.choices import ImportState, RowOutcome
from tests.reviews.imports.sheets_by_hand import brought, csv_of, exported, row_of, told, xlsx_of


def test_a_sheet_that_comes_back_as_it_left_changes_nothing(small, reviewer):
    source = brought(small, reviewer, xlsx_of(Review=exported(small, reviewer)))

    assert (source.state, source.problem) == (ImportState.READY, "")
    assert set(source.rows.values_list("outcome", "matched_by", "confidence")) == {(RowOutcome.UNCHANGED, "id", 100)}
    assert source.rows.count() == 12


def test_what_was_changed_in_the_sheet_is_all_that_is_planned(small, reviewer):
    rows = exported(small, reviewer, n3={"notes": "Seen", "status": "In progress"}, n7={"reason": "Not offered"})

    source = brought(small, reviewer, csv_of(*rows))

    assert told(row_of(source, 3)) == {
        "notes": ("", "Seen", True),
        "status": ("Not started", "In progress", True),
    }
    assert told(row_of(source, 7)) == {"reason": ("", "Not offered", True)}
    assert source.rows.filter(outcome=RowOutcome.NEW).count() == 2
    assert source.rows.filter(outcome=RowOutcome.UNCHANGED).count() == 10
