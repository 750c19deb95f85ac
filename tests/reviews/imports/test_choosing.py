"""What does a person say of a sheet before it is applied, and what becomes of one nobody wants?"""

from datetime import timedelta

import pytest
from allauth.core.context import request_context

from accounts import grants
from accounts.choices import Access
from accounts.models import User
from accounts.permissions import Refused
from audit.models import Event
from reviews.choices import ImportState, MatchedBy, RowOutcome
from reviews.imports import applying, bring, choosing, forgetting, headings, plan, reading
from reviews.models import Import, RememberedHeading
from reviews.sheets import Unreadable
from tests.cast import item, pdf
from tests.reviews.imports.sheets_by_hand import (
    brought,
    csv_of,
    exported,
    made_by_hand,
    read_again,
    row_of,
    told,
    xlsx_of,
)

VAGUE = (["Was?", "Ampel", "Wer"], ["1. ", "Done", "CISO"], ["2.", "wip", "Robin"])


def test_a_sheet_whose_columns_are_not_plain_waits_for_a_person_and_is_plain_the_next_time(small, lead):
    source = brought(small, lead, csv_of(*VAGUE))
    assert (source.state, source.rows.count()) == (ImportState.COLUMNS, 0)

    choosing.choose(
        source, by=lead, version=1, sheet=0, heading_row=1, columns={0: "number", 1: "status", 2: headings.LEFT_OUT}
    )
    source = read_again(source)

    assert (source.state, source.version, source.rows.count()) == (ImportState.READY, 2, 2)
    assert told(row_of(source, 2)) == {"status": ("Not started", "In progress", True)}
    assert dict(RememberedHeading.objects.values_list("heading", "column")) == {
        "was?": "number",
        "ampel": "status",
        "wer": "",
    }
    assert brought(small, lead, csv_of(*VAGUE, ["3", "Done", ""])).state == ImportState.READY


def test_a_column_everybody_knows_is_left_out_for_this_sheet_alone(small, lead):
    rows = (["Number", "Status", "Notes"], ["2", "wip", "Asked"])
    source = brought(small, lead, csv_of(*rows))

    columns = {0: "number", 1: "status", 2: headings.LEFT_OUT}
    source = choosing.choose(source, by=lead, version=1, sheet=0, heading_row=1, columns=columns)

    assert told(row_of(read_again(source), 2)).keys() == {"status"}
    assert told(row_of(brought(small, lead, csv_of(*rows)), 2)).keys() == {"status", "notes"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"sheet": 1}, "Choose one of the file's sheets."),
        ({"heading_row": 9}, "The sheet has no row 9."),
        ({"columns": {0: "number", 1: "password"}}, "Choose from the list what each column holds."),
        ({"columns": {0: "number", 7: "status"}}, "The sheet does not have all of these columns."),
        ({"columns": {0: "status", 1: "status"}}, "Two columns hold the same, Status: choose one"),
        ({"columns": {0: "status"}}, "Say which column holds the statement or its number"),
        ({"version": 7}, "somebody has chosen something else meanwhile"),
        ({"people": {"Robin": 10**9}}, "Choose somebody who works on the vendor."),
        ({"people": {"Nobody": None}}, "The sheet has no such name any more."),
        ({"items": {2: 10**9}}, "Choose a statement of this review."),
        ({"items": {99: None}}, "The sheet has no such row any more."),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_a_sentence_and_changes_nothing(small, lead, said, sentence):
    source = brought(small, lead, csv_of(["Number", "Status", "Owner"], ["1", "Done", "Robin"]))
    columns = (
        {0: "number", 1: "status", 2: "owner"} if "columns" in said or said.keys() & {"sheet", "heading_row"} else None
    )

    with pytest.raises(Refused, match=sentence):
        choosing.choose(source, by=lead, **{"version": 1, "sheet": 0, "heading_row": 1, "columns": columns} | said)

    source.refresh_from_db()
    assert (source.state, source.version) == (ImportState.READY, 1)


def test_a_row_nobody_could_place_is_placed_by_a_person_and_stays_so(small, lead):
    source = brought(small, lead, csv_of(["Item", "Notes", "Owner"], ["The sixth", "Seen", "Robin"]))
    row = source.rows.get()
    assert (row.outcome, row.item) == (RowOutcome.REFUSED, None)
    sixth = item(small, 6)

    choosing.choose(source, by=lead, version=1, items={2: sixth.pk}, people={})
    row = read_again(source).rows.get()
    choosing.choose(source, by=lead, version=2)

    assert (row.item, row.matched_by, row.confidence, row.taken) == (sixth, MatchedBy.PERSON, 100, True)
    assert read_again(source).rows.get().item == sixth
    choosing.choose(source, by=lead, version=3, items={2: None})
    assert read_again(source).rows.get().item is None


def test_a_name_nobody_knows_is_given_a_person_or_an_administrator_invites_one(
    small, lead, legal, administrator, vendor, rf, mailoutbox
):
    source = brought(small, lead, csv_of(["Number", "Owner"], ["1", "Robin"], ["2", "Charlie"]))
    assert source.people == {"Robin": None, "Charlie": None}

    choosing.choose(source, by=lead, version=1, people={"Robin": legal.pk})
    assert told(row_of(read_again(source), 1))["owner"][1:] == (legal.email, True)

    grants.give(administrator, Access.REVIEW, vendor)
    who = {"name": "Charlie", "email": "charlie@example.com", "full_name": "Charlie Example", "role": "legal"}
    with request_context(rf.get("/")):
        source = choosing.invite(source, by=administrator, version=2, **who)
    assert [mail.to for mail in mailoutbox] == [["charlie@example.com"]]
    assert told(row_of(read_again(source), 2))["owner"][1:] == ("charlie@example.com", True)
    charlie = User.objects.get(email="charlie@example.com")
    assert grants.on(charlie, vendor.pk) == {Access.SIGN}


def test_rows_and_cells_are_taken_as_the_person_says_but_never_what_may_not_be(small, lead, reviewer):
    rows = exported(small, reviewer, n1={"notes": "A", "reason": "B", "due_on": "2027-12-31"}, n2={"notes": "C"})
    source = brought(small, reviewer, csv_of(*rows))
    first, second = row_of(source, 1), row_of(source, 2)

    choosing.take(source, by=reviewer, version=1, rows={first.pk}, cells={(first.pk, "notes"), (first.pk, "due_on")})

    first, second = row_of(source, 1), row_of(source, 2)
    assert {name: taken for name, (_, _, taken) in told(first).items()} == {
        "notes": True,
        "reason": False,
        "due_on": False,
    }
    assert (first.taken, second.taken) == (True, False)
    choosing.take(source, by=reviewer, version=2, rows={first.pk, second.pk}, cells={(first.pk, "due_on")})
    with pytest.raises(Refused, match="Nothing of this sheet is to be taken"):
        applying.ask(source, by=reviewer, version=3)
    with pytest.raises(Refused, match="somebody has chosen something else"):
        choosing.take(source, by=reviewer, version=1, rows=set(), cells=set())


def test_a_list_made_by_hand_is_applied_and_the_same_file_again_changes_nothing(review, checklist_file, lead):
    def bring_in():
        source = brought(review, lead, xlsx_of(Checklist=made_by_hand(checklist_file)))
        return source, set(source.rows.values_list("outcome", flat=True))

    source, _ = bring_in()
    applying.ask(source, by=lead, version=source.version)
    applying.apply(source.pk)
    source.refresh_from_db()

    assert (source.state, source.problem) == (ImportState.APPLIED, "")
    assert item(review, 1).status == "awaiting"
    assert item(review, 2).notes == "Evidence Required: Report"
    again, outcomes = bring_in()
    assert outcomes == {RowOutcome.UNCHANGED}
    assert plan.missing(again).count() == 0


def test_what_cannot_be_read_says_why_at_once_or_when_it_is_read(small, reviewer):
    with pytest.raises(Unreadable, match="is a file of another kind"):
        bring.bring(small, by=reviewer, file=pdf(), name="list.xlsx")
    with pytest.raises(Refused, match="Nothing was pasted"):
        bring.paste(small, by=reviewer, text=" \n")

    source = brought(small, reviewer, xlsx_of(Empty=[], Hidden=exported(small, reviewer)))

    assert (source.state, source.rows.count()) == (ImportState.REFUSED, 0)
    assert source.problem == "“list.xlsx”: Nothing stands in its visible sheets."
    assert Event.objects.filter(event_type="import.not_read").count() == 1


def test_a_pasted_table_is_read_like_a_file_and_once_however_often_the_message_comes(small, reviewer):
    source = bring.paste(small, by=reviewer, text="No.\tStatus\tComments\n1\tin Arbeit\tSeen\n2\t\t\n")

    read_again(source)
    reading.read(source.pk)

    source.refresh_from_db()
    assert (source.state, source.attempt, source.done, source.total) == (ImportState.READY, 1, 2, 2)
    assert told(row_of(source, 1)) == {"notes": ("", "Seen", True), "status": ("Not started", "In progress", True)}
    assert list(Event.objects.filter(target_type="import").values_list("event_type", flat=True).order_by("pk")) == [
        "import.brought",
        "import.read",
    ]


def test_an_import_that_is_given_up_or_old_leaves_neither_file_nor_rows(small, lead, time_machine):
    given_up, old, new = (brought(small, lead, csv_of(["Number", "Status"], [number, "wip"])) for number in (1, 2, 3))
    choosing.abandon(given_up, by=lead, version=1)
    Import.objects.filter(pk=old.pk).update(created_at=old.created_at - timedelta(days=30))

    forgetting.forget()

    for source in (given_up, old, new):
        source.refresh_from_db()
    assert (old.state, old.problem) == (ImportState.ABANDONED, forgetting.TOO_OLD)
    assert [(each.content, each.tables, each.rows.count()) for each in (given_up, old)] == [(None, None, 0)] * 2
    assert (new.state, bool(new.content), new.rows.count()) == (ImportState.READY, True, 1)
    with pytest.raises(Refused, match="there is nothing to give up"):
        choosing.abandon(old, by=lead)
