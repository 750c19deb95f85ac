"""Does a review leave as its page shows it, for whoever may see it, with all that a receiver needs to check it?"""

import csv
import hashlib
import re
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from audit.models import Event
from reviews import gate, spreadsheets
from reviews.resources import ItemResource
from tests.cast import item, record, settle
from tests.reviews.conftest import text_of


def asked(review, kind, **query):
    return reverse("reviews:export", args=[review.slug, kind]), query


def file_of(review, user, kind="xlsx", **values):
    items = values.pop("items", None) or gate.items_in_force(review)
    values = {"title": "A sheet", "filter_words": ""} | values
    return spreadsheets.written(ItemResource(review, user=user), items, format=kind, user=user, **values)


def book_of(content):
    return load_workbook(BytesIO(content))


@pytest.mark.time_machine("2026-11-22 10:15:03+00:00", tick=False)
def test_the_auditor_downloads_what_the_filter_leaves_and_it_is_written_down(
    small, reviewer, evidence, auditor, browser_of
):
    settle(small, [1, 2], reviewer, evidence)
    client = browser_of(auditor)

    page = client.get(small.get_absolute_url(), {"state": "confirmed"})
    response = client.get(*asked(small, "csv", state="confirmed", q="exists"))

    assert "Download these 2 of 12 as XLSX , CSV or ODS" in text_of(page)
    assert f"/reviews/{small.slug}/export/csv/?state=confirmed" in page.content.decode()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "small-review-2-of-12-2026-11-22-1015.csv" in response["Content-Disposition"]
    content = response.content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(content, newline="")))
    assert [(row["Number"], row["Standing"]) for row in rows] == [("1", "Confirmed"), ("2", "Confirmed")]
    event = Event.objects.get(event_type="review.exported")
    assert event.actor_id == auditor.pk
    assert event.after == {"format": "csv", "rows": 2, "of": 12, "filter": "words: exists; state: Confirmed"}


def test_the_cover_says_what_is_there_and_its_hash_can_be_computed_from_the_cells(small, reviewer, evidence, lead):
    settle(small, [1], reviewer, evidence)
    record(item(small, 2), reviewer, "unconfirmed", notes="two  spaces\nand\u00a0a line")
    left = [each for each in gate.items_in_force(small) if each.number < 4]
    made = file_of(small, lead, items=left, total=12, filter_words="words: =1+1")
    book = load_workbook(BytesIO(made.content))

    assert book.sheetnames == ["Items", "About", "Lists"]
    cover = {label.value: words.value for label, words in book["About"].iter_rows()}
    assert (cover["Filter"], cover["Rows"]) == ("words: =1+1", "3 of 12 rows, all that the filter leaves")
    assert cover["Standing"] == "Confirmed: 1, In progress: 1, Not started: 1"
    assert cover["By"] == "Lead"
    # A long text does not run over the next line of the cover.
    heights = [book["About"].row_dimensions[number].height for number in range(1, len(cover) + 1)]
    assert heights[list(cover).index("The way back")] == 75
    # As the cover tells a receiver to compute it, with nothing of ours.
    lines = ""
    for row in book["Items"].iter_rows(values_only=True):
        said = [
            "" if value is None else value.date().isoformat() if hasattr(value, "date") else str(value) for value in row
        ]
        lines += "\t".join(re.sub(r"\s+", " ", each).strip() for each in said) + "\n"
    assert hashlib.sha256(lines.encode()).hexdigest() == cover["SHA-256 of the rows"] == made.sha256


def test_the_workbook_is_made_for_people(small, lead):
    sheet = load_workbook(BytesIO(file_of(small, lead).content))["Items"]

    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:V13")
    assert [name for name, each in sheet.column_dimensions.items() if each.hidden] == ["U", "V"]
    assert {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation} == {
        "B2:B13": "'Lists'!$A$1:$A$5",
        "D2:D13": "'Lists'!$B$1:$B$4",
        "J2:J13": "'Lists'!$C$1:$C$5",
        "L2:L13": "'Lists'!$D$1:$D$3",
    }
    assert sheet["G2"].hyperlink.target.endswith(item(small, 1).get_absolute_url())
    assert (sheet["K2"].number_format, sheet["A2"].alignment.wrap_text) == ("yyyy-mm-dd", True)
    # Printed on three readable pages side by side, each with headings and statements; as many below as it takes.
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (3, 0)
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$A")


def test_an_auditor_is_not_told_to_whom_an_item_could_be_handed(small, auditor):
    book = load_workbook(BytesIO(file_of(small, auditor).content))
    assert not any("@" in str(cell.value) for row in book["Lists"].iter_rows() for cell in row)


def test_no_text_is_lost_silently_where_a_program_has_a_limit(small, lead, monkeypatch):
    items = gate.items_in_force(small)
    items[0].notes = "x" * 40_000
    monkeypatch.setattr(spreadsheets, "MOST_LINKS", 3)
    book = load_workbook(BytesIO(file_of(small, lead, items=items).content))

    assert book["Items"]["F2"].value.endswith("[Cut here: a cell holds no more. All of it is on the page.]")
    cover = {label.value: words.value for label, words in book["About"].iter_rows()}
    assert cover["Cut cells"] == "Notes, row 2"
    assert sum(cell.hyperlink is not None for cell in book["Items"]["G"]) == 3
