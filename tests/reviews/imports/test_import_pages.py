"""Do the pages show truly what a spreadsheet would change, keep every tick, and lose nothing that was typed?"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.models import User
from reviews.choices import ImportState, MatchedBy, RowOutcome
from reviews.imports import choosing, preview, reading
from reviews.models import Import, ImportRow, RememberedHeading
from reviews.sheets import Sheet, Workbook
from tests.cast import item
from tests.reviews.conftest import text_of, textarea

PREVIEW_QUERIES = 13
WITHOUT_NEED = {"old": "", "base_changed": False, "conflict": False, "problem": "", "remark": "", "taken": True}


def cell(column, new, place="List, B2", **given):
    return WITHOUT_NEED | {"column": column, "place": place, "new": new, "value": new} | given


def brought(review, by, state=ImportState.READY, **given):
    """An import as the worker leaves it."""
    moment = timezone.now()
    given |= {"applied_at": moment, "applied_by": by} if state in {ImportState.APPLIED, ImportState.UNDONE} else {}
    given |= {"undone_at": moment, "undone_by": by} if state == ImportState.UNDONE else {}
    values = {"name": "our list.xlsx", "sha256": "a" * 64, "size": 2345, "state": state, "created_by": by}
    return Import.objects.create(review=review, **(values | given))


def row(source, number, *cells, outcome=RowOutcome.CHANGED, position=None, **given):
    """A row that speaks of this statement; of none when the number is None."""
    values = {
        "position": position or (number or 0) + 1,
        "item": item(source.review, number) if number else None,
        "place": f"List, row {(number or 0) + 1}",
        "words": "As the sheet says it",
        "matched_by": MatchedBy.NUMBER if number else "",
        "confidence": 100 if number else 0,
    }
    return ImportRow.objects.create(source=source, outcome=outcome, cells=list(cells), **(values | given))


def at(imported, act="", **query):
    address = reverse(f"reviews:import{'_' if act else ''}{act}", args=[imported.review.slug, imported.pk])
    return f"{address}?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else address


def list_of(review):
    return reverse("reviews:imports", args=[review.slug])


@pytest.fixture
def ready(small, reviewer):
    """Five rows of twelve statements: new, changed on both sides, changed, unchanged, and one that is about nothing."""
    found = brought(small, reviewer)
    row(
        found,
        1,
        cell("status", "Complete", old="Not started", remark="It will await its owner's signature."),
        outcome=RowOutcome.NEW,
        matched_by=MatchedBy.WORDING,
        confidence=87,
        words="Report of SOC two",
    )
    both = cell("notes", "Theirs", old="Ours", base_changed=True, conflict=True, taken=False)
    row(found, 2, both, cell("due_on", "2027-01-15", old="2027-01-01"), outcome=RowOutcome.CONFLICTING)
    row(found, 3, cell("notes", "Asked twice", old="Asked once"))
    row(found, 4, outcome=RowOutcome.UNCHANGED)
    row(found, None, outcome=RowOutcome.REFUSED, words="Penguins", position=20, problem="No statement reads like this.")
    return found


def test_the_list_says_what_was_brought_in_and_a_review_without_any_says_the_next_step(small, reviewer, browser_of):
    browser = browser_of(reviewer)
    assert "Drop a spreadsheet above" in text_of(browser.get(list_of(small)))
    found = brought(small, reviewer)
    row(found, 1, cell("notes", "x"))
    row(found, 2, outcome=RowOutcome.UNCHANGED)
    page = text_of(browser.get(list_of(small)))
    assert "our list.xlsx Ready to be applied Reviewer, just now 2 rows: 1 changed, 1 unchanged." in page


def test_who_may_change_nothing_reads_what_was_brought_in_and_the_preview_of_it(ready, auditor, browser_of):
    browser = browser_of(auditor)
    page = browser.get(list_of(ready.review)).content.decode()
    assert 'type="file"' not in page
    preview_page = browser.get(at(ready)).content.decode()
    assert 'name="row"' not in preview_page
    assert "Asked twice" in preview_page


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Choose a file or paste a table first."),
        ({"text": "  \n"}, "Choose a file or paste a table first."),
        ({"text": "Item\tStatus", "file": SimpleUploadedFile("a.csv", b"Item")}, "There is a file and a pasted table"),
    ],
)
def test_neither_a_file_nor_a_table_or_both_is_refused_and_what_was_pasted_stays(
    small, reviewer, browser_of, sent, sentence
):
    page = browser_of(reviewer).post(list_of(small), sent)
    assert page.status_code == 422
    assert sentence in text_of(page)
    assert textarea(page, "text") == sent.get("text", "")
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("state", "given", "words"),
    [
        (ImportState.WAITING, {}, "Waiting for a worker 0 %"),
        (ImportState.READING, {"done": 1200, "total": 5000}, "1,200 of 5,000 rows 24 %"),
        (ImportState.APPLYING, {"done": 3, "total": 4}, "3 of 4 rows 75 %"),
        (ImportState.REFUSED, {"problem": "It is protected by a password."}, "It is protected by a password."),
        (ImportState.ABANDONED, {}, "Nothing of it was applied."),
    ],
)
def test_an_import_says_where_it_stands(small, reviewer, browser_of, state, given, words):
    page = browser_of(reviewer).get(at(brought(small, reviewer, state, **given)))
    assert words in text_of(page)
    works = state in {ImportState.WAITING, ImportState.READING, ImportState.APPLYING}
    assert ('hx-trigger="every 2s"' in page.content.decode()) is works


def test_the_preview_counts_the_rows_and_names_the_statements_that_are_not_in_the_sheet(ready, reviewer, browser_of):
    page = text_of(browser_of(reviewer).get(at(ready)))
    assert "5 rows: 1 new, 1 changed, 1 changed here since, 1 unchanged, 1 refused." in page
    assert "8 of the 12 statements are not in the sheet: 5, 6, 7, 8, 9, 10, 11, 12." in page
    assert "All 5 New 1 Changed 1 Changed here since 1 Unchanged 1 Refused 1" in page
    assert "Apply 3 rows, 3 cells" in page


def test_each_row_says_how_it_was_found_and_each_cell_stands_old_beside_new(ready, reviewer, browser_of):
    page = text_of(browser_of(reviewer).get(at(ready)))
    assert "List, row 2 · found by wording, 87 % alike · in the sheet: Report of SOC two" in page
    assert "Status , List, row 2 Was Not started → in the sheet Complete" in page
    assert "Becomes a claim: a sheet confirms nothing. It will await its owner's signature." in page
    assert "Here, changed since the sheet left Ours In the sheet, changed too · List, B2 Theirs" in page
    assert "Penguins List, row 1 No statement reads like this." in page


def test_unchanged_rows_come_last_and_a_problem_is_said_once_and_counted(ready, reviewer, browser_of):
    unread = cell("status", "Complted", place="List, D6", problem="“Complted” is no status.", taken=False)
    row(ready, 5, unread, cell("notes", "A note"))
    said = row(ready, 6, unread, outcome=RowOutcome.REFUSED, problem="List, D6: “Complted” is no status.")
    page = browser_of(reviewer).get(at(ready))
    positions = [int(each) for each in re.findall(r'id="row-(\d+)"', page.content.decode())]
    assert positions == [2, 3, 4, 6, 7, 20, 5]
    text = text_of(page)
    assert "1 cell is left out" in text
    assert text.count(said.problem) == 2  # of row 5 and of row 6


def test_a_row_that_only_holds_what_changed_on_both_sides_has_no_tick_but_that_of_its_cell(ready, reviewer, browser_of):
    both = cell("notes", "Theirs", old="Ours", base_changed=True, conflict=True, taken=False)
    alone = row(ready, 5, both, outcome=RowOutcome.CONFLICTING)
    html = browser_of(reviewer).get(at(ready)).content.decode()
    assert f'type="hidden" name="row" value="{alone.pk}"' in html
    assert f'type="checkbox" name="row" value="{alone.pk}"' not in html
    assert f'type="checkbox" name="cell" value="{alone.pk}:notes"' in html


def test_a_filter_shows_the_rows_of_one_kind(ready, reviewer, browser_of):
    page = text_of(browser_of(reviewer).get(at(ready, show="refused")))
    assert "Penguins" in page
    assert "Asked twice" not in page


def test_only_a_row_without_a_statement_asks_for_one(ready, reviewer, browser_of):
    page = browser_of(reviewer).get(at(ready)).content.decode()
    assert page.count("Which statement is it?") == 1
    assert 'id="item-20"' in page


def test_a_preview_of_thirty_rows_asks_as_often_as_one_of_one(review, reviewer, browser_of, django_assert_num_queries):
    browser = browser_of(reviewer)
    for count in (1, 30):
        found = brought(review, reviewer)
        for number in range(1, count + 1):
            row(found, number, cell("notes", "x"), cell("status", "In progress", old="Not started"))
        browser.get(at(found))
        with django_assert_num_queries(PREVIEW_QUERIES):
            browser.get(at(found))


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("Asked on Monday.", "Asked on Tuesday.", [("same", "Asked on "), ("del", "Monday."), ("ins", "Tuesday.")]),
        ("", "New", [("ins", "New")]),
        ("Old", "", [("del", "Old")]),
        ("a b c d", "a c d e", [("same", "a "), ("del", "b "), ("same", "c d"), ("ins", " e")]),
        ("x " * 400, "y " * 400, [("del", "x " * 400), ("ins", "y " * 400)]),
    ],
)
def test_what_differs_between_two_texts_is_said_word_by_word(old, new, parts):
    found = preview.difference(old, new)
    assert "".join(text for kind, text in found if kind != "ins") == old
    assert "".join(text for kind, text in found if kind != "del") == new
    assert [(kind, text) for kind, text in found if text.strip()] == parts or len(old) > 100


def test_a_file_and_a_pasted_table_come_in_and_lead_to_their_page(small, reviewer, browser_of):
    browser = browser_of(reviewer)
    for sent in ({"file": SimpleUploadedFile("list.csv", b"Number,Notes\n3,x\n")}, {"text": "Number\tNotes\n3\tx"}):
        page = browser.post(list_of(small), sent)
        found = Import.objects.latest("pk")
        assert page.url == at(found)
        assert found.state == ImportState.WAITING


def test_a_file_of_another_kind_is_refused_with_a_sentence(small, reviewer, browser_of):
    page = browser_of(reviewer).post(list_of(small), {"file": SimpleUploadedFile("list.pdf", b"%PDF-1.7 %%EOF")})
    assert page.status_code == 422
    assert "“list.pdf”" in text_of(page)


def ticks(imported):
    """`(position of a row, whether it is taken, the columns taken)` of each."""
    found = imported.rows.exclude(cells=[])
    return [(row.position, row.taken, [each["column"] for each in row.cells if each["taken"]]) for row in found]


def rows_of(imported):
    return {row.position: row.pk for row in imported.rows.all()}


def test_ticks_of_one_page_are_kept_and_those_of_other_pages_stay(ready, reviewer, browser_of):
    browser, pks = browser_of(reviewer), rows_of(ready)
    address = re.search(r'id="import-choices" method="post" action="([^"]+)"', browser.get(at(ready)).content.decode())
    sent = {"version": 1, "shown": [pks[3], pks[2]], "row": [pks[3]], "cell": [f"{pks[3]}:notes"], "go": "show=new"}
    assert browser.post(address[1], sent).url == at(ready, show="new")
    assert ticks(ready) == [(2, False, []), (3, True, ["notes"]), (4, True, ["notes"])]


@pytest.mark.parametrize(
    ("here", "every", "kept"),
    [
        ("", "off", [(2, False, ["status"]), (3, False, ["due_on"]), (4, False, ["notes"])]),
        ("show=changed", "off", [(2, True, ["status"]), (3, True, ["due_on"]), (4, False, ["notes"])]),
        ("", "on", [(2, True, ["status"]), (3, True, ["due_on"]), (4, True, ["notes"])]),
        ("show=conflicting", "on", [(2, True, ["status"]), (3, True, ["notes", "due_on"]), (4, True, ["notes"])]),
    ],
)
def test_all_rows_of_a_filter_are_ticked_at_once_and_conflicts_only_by_themselves(
    ready, reviewer, browser_of, here, every, kept
):
    browser_of(reviewer).post(at(ready, "take"), {"version": 1, "here": here, "every": every})
    assert ticks(ready) == kept


def test_ticks_over_choices_of_somebody_else_are_refused_and_stay_on_the_page(ready, lead, reviewer, browser_of):
    choosing.take(ready, by=lead, version=1, rows=set(), cells=set())
    pks = rows_of(ready)
    sent = {"version": 1, "shown": list(pks.values()), "row": [pks[4]], "cell": [f"{pks[4]}:notes"]}
    for act in ("take", "apply"):
        page = browser_of(reviewer).post(at(ready, act), sent)
        body = page.content.decode()
        assert page.status_code == 422
        assert choosing.STALE in text_of(page)
        assert [
            f'value="{pks[position]}" aria-label="Take List, row {position}" checked' in body for position in (2, 3, 4)
        ] == [
            False,
            False,
            True,
        ]
        assert 'name="version" value="2"' in body
    assert ticks(ready) == [(2, False, []), (3, False, []), (4, False, [])]


def test_what_is_applied_is_what_the_page_said_when_it_was_sent(ready, reviewer, browser_of):
    pks = rows_of(ready)
    sent = {"version": 1, "shown": list(pks.values()), "row": [pks[4]], "cell": [f"{pks[4]}:notes"]}
    answer = browser_of(reviewer).post(at(ready, "apply"), sent)
    assert answer.url == at(ready)
    ready.refresh_from_db()
    assert ready.state == ImportState.APPLYING
    assert ticks(ready) == [(2, False, []), (3, False, []), (4, True, ["notes"])]


def test_nobody_but_who_brought_it_applies_and_the_button_says_so(ready, lead, browser_of):
    browser = browser_of(lead)
    assert "Only Reviewer, who brought the sheet, applies it." in text_of(browser.get(at(ready)))
    assert browser.post(at(ready, "apply"), {"version": 1}).status_code == 403


# Two columns of numbers: nobody knows which of them counts.
TABLE = [
    ["Our list"],
    [],
    ["Nr", "What it is about", "Erledigt?", "Who", "Number"],
    [1, "Report", "In Progress", "M. Nobody", 11],
    [2, "DPA", "", "", 12],
]


@pytest.fixture
def unsure(small, reviewer):
    """Brought in and read. A hidden sheet is in it, too."""
    tables = Workbook([Sheet("List", TABLE), Sheet("Old", [["Number", "Notes"], [3, "x"]], hidden=True)]).as_json()
    found = brought(small, reviewer, ImportState.WAITING, tables=tables)
    reading.read(found.pk)
    found.refresh_from_db()
    assert found.state == ImportState.COLUMNS
    return found


def chosen(page):
    """`{name of a select: what is chosen in it}`."""
    found = re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page.content.decode(), re.DOTALL)
    return {name: (re.findall(r'value="([^"]*)" selected', options) or [""])[0] for name, options in found}


def test_the_columns_are_shown_as_they_are_guessed_with_the_first_rows(unsure, reviewer, browser_of):
    page = browser_of(reviewer).get(at(unsure))
    assert chosen(page)["column-4"] == "number"
    assert (
        'class="cs-import-heading"><th scope="row" class="cs-num">3</th><td dir="auto">Nr</td>' in page.content.decode()
    )
    assert "Old (hidden), 2 rows" in text_of(page)


def test_another_sheet_is_looked_at_before_anything_is_chosen(unsure, reviewer, browser_of):
    sent = {"version": unsure.version, "sheet": 1, "heading_row": 3, "look": "1"}
    page = browser_of(reviewer).post(at(unsure, "columns"), sent)
    assert chosen(page) == {"sheet": "1", "column-0": "number", "column-1": "notes"}
    unsure.refresh_from_db()
    assert (unsure.sheet, unsure.state) == (0, ImportState.COLUMNS)


@pytest.mark.parametrize("row", ["0", "99", "x", "9" * 30])
def test_a_row_of_headings_that_is_none_is_refused_in_words(unsure, reviewer, browser_of, row):
    for act in ("look", "choose"):
        sent = {"version": unsure.version, "heading_row": row, act: "1", "column-0": "number"}
        page = browser_of(reviewer).post(at(unsure, "columns"), sent)
        assert page.status_code == 422
        assert "row" in text_of(page)


def test_what_is_said_of_columns_is_planned_remembered_and_can_be_changed(unsure, reviewer, browser_of):
    browser = browser_of(reviewer)
    said = {"column-0": "number", "column-1": "notes", "column-2": "status", "column-3": "owner"}
    sent = {"version": unsure.version, "sheet": 0, "heading_row": 3} | said
    assert browser.post(at(unsure, "columns"), sent).url == at(unsure)
    reading.read(unsure.pk)
    page = text_of(browser.get(at(unsure)))
    assert "2 rows: 2 new." in page
    assert "Nobody here is certainly meant by “ M. Nobody ”" in page
    assert RememberedHeading.objects.get(heading="what it is about").column == "notes"
    again = browser.get(at(unsure, "columns"))
    assert chosen(again) == {"sheet": "0"} | said | {"column-4": "kept", "person-1": ""}
    assert "As it was said before of this heading." in text_of(again)


def test_choices_that_fit_no_more_are_refused_and_stay(unsure, lead, reviewer, browser_of):
    sent = {"version": unsure.version, "heading_row": 3, "column-0": "number", "column-1": "number"}
    page = browser_of(reviewer).post(at(unsure, "columns"), sent)
    assert "Two columns hold the same" in text_of(page)
    assert chosen(page)["column-1"] == "number"
    page = browser_of(reviewer).post(at(unsure, "columns"), sent | {"version": 0, "column-1": "reason"})
    assert choosing.STALE in text_of(page)
    assert chosen(page)["column-1"] == "reason"


def test_a_row_that_was_not_understood_is_given_its_statement(unsure, reviewer, browser_of):
    browser = browser_of(reviewer)
    said = {"column-1": "item", "column-2": "status"}
    browser.post(at(unsure, "columns"), {"version": unsure.version, "heading_row": 3} | said)
    reading.read(unsure.pk)
    unsure.refresh_from_db()
    lost = unsure.rows.get(position=4)
    assert lost.item is None
    assert "Which statement is it?" in text_of(browser.get(at(unsure)))
    sent = {"version": unsure.version, "position": 4, "item": item(unsure.review, 7).pk}
    browser.post(at(unsure, "place"), sent)
    reading.read(unsure.pk)
    assert unsure.rows.get(position=4).item.number == 7


def test_who_is_named_and_unknown_is_invited_by_an_administrator_who_works_on_the_vendor(
    unsure, administrator, vendor, browser_of
):
    grants.give(administrator, Access.REVIEW, vendor)
    browser = browser_of(administrator)
    said = {"column-0": "number", "column-3": "owner"}
    browser.post(at(unsure, "columns"), {"version": unsure.version, "heading_row": 3} | said)
    reading.read(unsure.pk)
    assert "Invite somebody who is named there" in text_of(browser.get(at(unsure, "columns")))
    unsure.refresh_from_db()
    who = {"full_name": "M. Nobody", "email": "nobody@example.com", "role": "legal"}
    sent = {"invite": "1", "version": unsure.version, "name": "M. Nobody"} | who
    assert browser.post(at(unsure, "columns"), sent).url == at(unsure)
    unsure.refresh_from_db()
    assert unsure.people == {"M. Nobody": User.objects.get(email="nobody@example.com").pk}


def test_an_abandoned_import_forgets_its_file(ready, reviewer, browser_of):
    answer = browser_of(reviewer).post(at(ready, "abandon"), {"version": 1})
    assert answer.url == list_of(ready.review)
    ready.refresh_from_db()
    assert ready.state == ImportState.ABANDONED
