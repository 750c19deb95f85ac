"""What does a sheet that comes back, or was made by hand, do to a review?"""

from collections import Counter
from datetime import date

import pytest

from accounts import grants
from accounts.choices import Access, Role
from evidence import library
from reviews import findings, ownership
from reviews.choices import Finding, ImportState, RowOutcome, Status
from reviews.imports import bring, plan, reading
from tests.cast import bring_to, item, person, record
from tests.reviews.imports.sheets_by_hand import brought, csv_of, exported, made_by_hand, row_of, told, xlsx_of

QUERIES = 30


def only(review, by, *, headings=("Number", "Status"), rows):
    """The rows planned for a small sheet with these headings, by the number of their statement."""
    source = brought(review, by, csv_of(headings, *rows))
    assert source.state == ImportState.READY, source.problem
    return {row.item.number: row for row in source.rows.select_related("item__statement") if row.item}


def problems(row):
    return {cell["column"]: cell["problem"] for cell in row.cells if cell["problem"]}


def test_a_sheet_that_comes_back_as_it_left_changes_nothing(small, reviewer):
    source = brought(small, reviewer, xlsx_of(Review=exported(small, reviewer)))

    assert (source.state, source.problem) == (ImportState.READY, "")
    assert set(source.rows.values_list("outcome", "matched_by", "confidence")) == {(RowOutcome.UNCHANGED, "id", 100)}
    assert source.rows.count() == 12


def test_what_a_program_only_writes_its_own_way_is_no_change_even_when_it_was_changed_here(small, lead):
    rows = exported(small, lead)
    due, status = rows[0].index("Due"), rows[0].index("Status")
    for row in rows[1:]:
        row[due], row[status] = date.fromisoformat(row[due]).strftime("%d.%m.%Y"), row[status].upper()
    ownership.set_due([item(small, 3)], due_on=date(2028, 1, 31), by=lead)

    source = brought(small, lead, csv_of(*rows))

    assert set(source.rows.values_list("outcome", flat=True)) == {RowOutcome.UNCHANGED}


def test_what_was_changed_in_the_sheet_is_all_that_is_planned(small, reviewer):
    rows = exported(small, reviewer, n3={"notes": "Seen", "status": "In progress"}, n7={"reason": "Not offered"})

    source = brought(small, reviewer, csv_of(*rows))

    assert told(row_of(source, 3)) == {"notes": ("", "Seen", True), "status": ("Not started", "In progress", True)}
    assert told(row_of(source, 7)) == {"reason": ("", "Not offered", True)}
    assert source.rows.filter(outcome=RowOutcome.NEW).count() == 2
    assert source.rows.filter(outcome=RowOutcome.UNCHANGED).count() == 10


def test_what_was_changed_here_alone_since_the_sheet_left_stays_and_what_both_changed_is_a_conflict(small, reviewer):
    rows = exported(small, reviewer, n3={"notes": "In the sheet", "reason": "New reason"}, n4={"notes": "Same"})
    for number, notes in ((3, "Here"), (4, "Same"), (5, "Here alone")):
        record(item(small, number), reviewer, finding="", notes=notes)

    source = brought(small, reviewer, csv_of(*rows))

    conflicting = row_of(source, 3)
    assert conflicting.outcome == RowOutcome.CONFLICTING
    assert told(conflicting)["notes"] == ("Here", "In the sheet", False)
    assert [cell["conflict"] for cell in conflicting.cells if cell["column"] == "notes"] == [True]
    assert {row_of(source, number).outcome for number in (4, 5)} == {RowOutcome.UNCHANGED}


def test_a_blank_cell_empties_a_field_only_in_a_sheet_that_says_what_stood_there(small, reviewer):
    record(item(small, 3), reviewer, finding="", notes="Old")
    emptied = exported(small, reviewer, n3={"notes": "", "due_on": "", "status": " "})

    row = row_of(brought(small, reviewer, csv_of(*emptied)), 3)

    assert told(row)["notes"] == ("Old", "", True)
    assert problems(row) == {
        "due_on": "Every item has a due day: it cannot be empty.",
        "status": "Every item has a status: it cannot be empty.",
    }
    by_hand = only(small, reviewer, headings=["Number", "Notes", "Status"], rows=[[3, "", "wip"]])
    assert by_hand[3].outcome == RowOutcome.UNCHANGED


def test_a_list_made_by_hand_from_the_article_is_understood_row_by_row(review, checklist_file, lead):
    source = brought(review, lead, xlsx_of(Checklist=made_by_hand(checklist_file), Lists=[["Done"], ["Open"]]))

    rows = list(source.rows.select_related("item__statement"))
    assert [row.item.number for row in rows] == list(range(1, 48))
    assert {row.matched_by for row in rows} <= {"number", "position"}
    assert min(row.confidence for row in rows) >= 90
    assert Counter(row.outcome for row in rows) == {"new": 38, "unchanged": 9}
    assert plan.missing(source).count() == 0
    first, fifth = row_of(source, 1), row_of(source, 5)
    assert told(first) == {
        "links": ("", "https://evidence.example.com/1", True),
        "finding": ("", "Confirmed", True),
        "status": ("Not started", "Complete", True),
    }
    assert [cell["value"] for cell in first.cells] == [
        [{"url": "https://evidence.example.com/1", "title": ""}],
        Finding.CONFIRMED,
        Status.AWAITING,
    ]
    assert told(fifth) == {"notes": ("", "Ticket: SEC-5", True)}
    assert first.place == "Checklist, row 5"


def test_complete_is_a_claim_and_says_what_keeps_it_from_being_submitted(small, reviewer):
    rows = only(
        small,
        reviewer,
        headings=["Number", "Status", "Evidence Link", "Reason"],
        rows=[[1, "Complete", "https://example.com/a", ""], [2, "Done", "", ""], [3, "n/a", "", "No such data"]],
    )

    remarks = {
        number: [cell["remark"] for cell in row.cells if cell["column"] == "status"] for number, row in rows.items()
    }
    assert remarks == {
        1: ["It will await its owner's signature."],
        2: [
            "It will be in progress, not submitted: Cite at least one piece of evidence: a confirmation needs its proof."
        ],
        3: ["It will await its owner's signature."],
    }
    assert told(rows[3])["finding"] == ("", "Not applicable", True)


def test_a_claim_that_was_taken_over_and_still_lacks_its_ground_changes_nothing(small, reviewer):
    record(item(small, 2), reviewer)

    rows = only(small, reviewer, rows=[[2, "Complete"], [3, "Not started"]])

    assert {row.outcome for row in rows.values()} == {RowOutcome.UNCHANGED}


def test_a_claim_overwrites_no_finding_that_was_recorded_since_the_sheet_left(small, reviewer):
    record(item(small, 3), reviewer, finding="", notes="Begun.")
    rows = exported(small, reviewer, n3={"status": "Confirmed", "links": "https://example.com/a"})
    record(item(small, 3), reviewer, finding=Finding.UNCONFIRMED, reason="They refused.")

    row = row_of(brought(small, reviewer, csv_of(*rows)), 3)

    assert told(row)["finding"] == ("Cannot be confirmed", "Confirmed", False)
    assert told(row)["status"] == ("In progress", "Complete", False)
    assert row.outcome == RowOutcome.CONFLICTING


def test_a_claim_beside_a_finding_nobody_understands_is_not_said_to_be_submitted(small, reviewer):
    headings = ["Number", "Status", "Finding", "Evidence Link"]
    rows = only(small, reviewer, headings=headings, rows=[[1, "Complete", "perhaps", "https://example.com/a"]])

    assert "“perhaps” is no finding known here" in problems(rows[1])["finding"]
    assert "not submitted: Choose a finding" in rows[1].cells[-1]["remark"]


def test_what_awaits_a_signature_or_is_signed_a_sheet_leaves_alone_but_for_its_due_day(small, lead, reviewer, evidence):
    bring_to(small, Status.AWAITING, 1, by=reviewer, evidence=evidence)
    bring_to(small, Status.COMPLETE, 2, by=reviewer, evidence=evidence)

    rows = only(
        small,
        lead,
        headings=["Number", "Status", "Finding", "Due"],
        rows=[[1, "In progress", "no", "31.12.2027"], [2, "Complete", "n/a", "2027-12-30"]],
    )

    assert told(rows[1])["due_on"][1:] == ("2027-12-31", True)
    assert told(rows[2])["due_on"][1:] == ("2027-12-30", True)
    assert "Take the submission back to change it." in problems(rows[1])["finding"]
    assert set(problems(rows[1])) == {"finding", "status"}
    assert "Reopen the item or withdraw the sign-off to change it." in problems(rows[2])["finding"]


def test_what_one_may_not_do_by_hand_a_sheet_does_not_do_either(small, reviewer, auditor, legal):
    headings = ["Number", "Responsible", "Owner", "Due", "Notes"]
    rows = only(small, reviewer, headings=headings, rows=[[1, "Legal", legal.email, "2027-12-31", "Mine"]])

    only_leads = "Only a review lead of this vendor may do this."
    assert problems(rows[1]) == {"stakeholder": only_leads, "owner": only_leads, "due_on": only_leads}
    assert rows[1].outcome == RowOutcome.NEW
    with pytest.raises(Exception, match="change nothing"):
        brought(small, auditor, csv_of(headings))


def test_people_are_known_by_mail_or_name_and_others_are_listed_for_a_person_to_say(small, lead, vendor, legal):
    grants.give(person("Robin Doe", Role.LEGAL), Access.SIGN, vendor)
    person("Robin Roe", Role.LEGAL)  # works on another vendor: nobody learns of them here
    headings = ["Number", "Owner"]
    said = [
        [1, f"Legal team <{legal.email}>"],
        [2, "Doe, Robin"],
        [3, "robin"],
        [4, "Robin Roe"],
        [12, "CISO"],
        [5, "tbd"],
        [6, "Robin Doe <robin@elsewhere.example>"],
    ]

    source = brought(small, lead, csv_of(headings, *said))

    rows = {row.item.number: row for row in source.rows.select_related("item__statement")}
    assert told(rows[1])["owner"][1] == legal.email
    assert [told(rows[number])["owner"][1] for number in (2, 3)] == ["robin-doe@example.com"] * 2
    assert problems(rows[4])["owner"].startswith("Nobody who works on Anthropic is certainly meant by “Robin Roe”.")
    assert told(rows[12]) == {"stakeholder": ("", "CISO", True)}
    assert rows[5].outcome == RowOutcome.UNCHANGED
    assert "is certainly meant by “Robin Doe <robin@elsewhere.example>”" in problems(rows[6])["owner"]
    assert set(source.people) == {"Doe, Robin", "robin", "Robin Roe", "Robin Doe <robin@elsewhere.example>"}
    assert source.people["Robin Roe"] is None


def test_an_owner_that_is_another_stakeholder_than_the_rows_is_no_guess(small, lead):
    rows = only(small, lead, headings=["Number", "Responsible", "Owner"], rows=[[1, "CISO", "IT"], [12, "IT", "IT"]])

    said = "“IT” is another stakeholder than this row's. Write a person here."
    assert problems(rows[1]) == {"owner": said}
    assert told(rows[12]) == {"stakeholder": ("", "IT security", True)}


def test_links_are_added_never_taken_away_and_our_own_addresses_are_no_news(small, reviewer, evidence):
    findings.cite(item(small, 1), evidence, by=reviewer)
    [link] = [row[4] for row in exported(small, reviewer)[1:2]]
    assert link.endswith(f"/evidence/{evidence.pk}/")

    rows = only(
        small,
        reviewer,
        headings=["Number", "Evidence Link"],
        rows=[[1, f"{link} https://example.com/new"], [2, "see the share"], [3, "javascript:alert(1)"], [4, "-"]],
    )

    assert told(rows[1]) == {"links": (link, f"{link}\nhttps://example.com/new", True)}
    assert told(rows[2]) == {"notes": ("", "Evidence Link: see the share", True)}
    assert "no web address" in problems(rows[3])["links"]
    assert (rows[3].outcome, rows[4].outcome) == (RowOutcome.REFUSED, RowOutcome.UNCHANGED)
    assert rows[3].problem.startswith("CSV, B4: ")


def test_an_address_that_cannot_be_cited_is_refused_with_its_cell_and_our_own_page_is_cited(
    small, reviewer, evidence, vendor
):
    page = f"http://127.0.0.1:8000{evidence.get_absolute_url()}"
    old = library.add_link(
        vendor, url="https://old.example.com", title="Old", by=reviewer, kind="other", confidentiality="public"
    )
    library.withdraw(old, by=reviewer, reason="A fake.")
    elsewhere = "HTTPS://127.0.0.1:8000/evidence/999999/"

    rows = only(
        small,
        reviewer,
        headings=["Number", "Evidence Link", "Status"],
        rows=[[1, page, ""], [2, elsewhere, ""], [3, f"{page}file", ""], [4, "https://old.example.com", "Complete"]],
    )

    assert told(rows[1]) == {"links": ("", page, True)}
    nobodys = "This is the address of no evidence of this vendor."
    assert problems(rows[2])["links"] == f"{elsewhere}: {nobodys}"
    assert problems(rows[3])["links"].endswith(f": {nobodys}")
    assert rows[2].problem.startswith("CSV, B3: ")
    assert "“Old” was withdrawn" in problems(rows[4])["links"]
    assert "not submitted: Cite at least one piece" in rows[4].cells[-1]["remark"]


def test_other_columns_become_lines_of_the_notes_once(small, reviewer):
    headings = ["Number", "Status", "Budget", "Ticket"]
    before = only(small, reviewer, headings=headings, rows=[[1, "wip", "5 EUR", "-"]])[1]
    assert told(before)["notes"] == ("", "Budget: 5 EUR", True)

    record(item(small, 1), reviewer, finding="", notes="Asked.\nBudget: 5 EUR")

    assert only(small, reviewer, headings=headings, rows=[[1, "wip", "5 EUR", ""]])[1].outcome == RowOutcome.UNCHANGED


def test_a_formula_is_refused_with_its_place_and_the_rest_of_the_row_is_taken(small, reviewer):
    rows = [["Number", "Notes", "Reason"], [1, "=1+1", "Because"], ["=A2+1", "x", ""]]

    source = brought(small, reviewer, xlsx_of(List=rows))

    first = row_of(source, 1)
    assert problems(first) == {"notes": "A formula stands here. Write what it shows, as text."}
    assert [cell["place"] for cell in first.cells if cell["problem"]] == ["List, B2"]
    assert told(first)["reason"] == ("", "Because", True)
    refused = source.rows.get(position=3)
    assert (refused.outcome, refused.item, refused.taken) == (RowOutcome.REFUSED, None, False)
    assert refused.problem.startswith("List, A3: A formula stands here")


def test_two_rows_of_one_item_are_both_refused_unless_they_say_the_same(small, reviewer):
    source = brought(
        small, reviewer, csv_of(["Number", "Status"], [1, "wip"], [1, "done"], [2, "wip"], [2, "wip"], [99, "wip"])
    )

    told_of = list(source.rows.values_list("position", "outcome", "problem"))
    assert told_of == [
        (2, "refused", "CSV, row 2: Statement 1 stands in CSV, row 3 too, and the two differ. Keep one."),
        (3, "refused", "CSV, row 3: Statement 1 stands in CSV, row 2 too, and the two differ. Keep one."),
        (4, "new", ""),
        (5, "unchanged", "Says the same as CSV, row 4, and counts once."),
        (6, "refused", "CSV, A6: No statement of this review is “99”."),
    ]
    assert plan.missing(source).count() == 10


@pytest.mark.parametrize("numbers", [[1], list(range(1, 13))])
def test_a_plan_asks_the_database_as_often_for_many_rows_as_for_one(
    small, lead, legal, django_assert_num_queries, numbers
):
    said = [[number, "wip", f"https://example.com/{number}", legal.email, "2027-12-31"] for number in numbers]
    source = bring.bring(
        small, by=lead, file=csv_of(["Number", "Status", "Link", "Owner", "Due"], *said), name="list.csv"
    )

    with django_assert_num_queries(QUERIES):
        reading.read(source.pk)

    assert source.rows.filter(outcome=RowOutcome.NEW, taken=True).count() == len(numbers)
