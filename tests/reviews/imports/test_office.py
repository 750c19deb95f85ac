"""Does a sheet survive the programs it is worked on with, and does no text in it become a formula there?"""

import copy
import csv
import itertools
import random
import zipfile
from datetime import date, datetime
from io import BytesIO, StringIO
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from reviews import findings, gate, sheet_rows, spreadsheets
from reviews.choices import RowOutcome
from reviews.imports import applying
from reviews.models import Item, Statement
from reviews.resources import ItemResource
from reviews.sheet_columns import COLUMNS
from tests.cast import add_evidence, item, record
from tests.office import resaved
from tests.reviews.imports.sheets_by_hand import brought, told

pytestmark = pytest.mark.xdist_group("office")

OFFICE, TABLE, TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text"))
PLACE = {column.name: place for place, column in enumerate(COLUMNS)}
# Statement's number, column, what is typed: twenty cells.
TYPED = [
    *((number, "notes", text) for number, text in enumerate(
        ("Seen.", "=1+1", "-5 days", "0017", "1e5", "TRUE", "1/2/2026", "Größe: ä\nö", "“quoted”; 'so'", "שלום 😀"), start=1)),
    (1, "asked", "Is it so?"), (2, "asked_of", "Account team"), (3, "finding", "Confirmed"), (4, "reason", "- why"),
    (5, "due_on", "2027-06-30"), (6, "due_on", "2027-07-01"), (7, "status", "In progress"), (8, "stakeholder", "CISO"),
    (9, "owner", "ciso@example.com"), (10, "links", "https://vendor.example/soc2?a=1&b=2"),
]  # fmt: skip


def sheet_of(review, user, kind):
    items = gate.items_in_force(review)
    resource = ItemResource(review, user=user)
    return spreadsheets.written(resource, items, format=kind, title="A sheet", filter_words="", user=user).content


def typed_into_xlsx(content):
    book = load_workbook(BytesIO(content))
    for number, name, text in TYPED:
        cell = book["Items"].cell(number + 1, PLACE[name] + 1)
        cell.value = date.fromisoformat(text) if name == "due_on" else text
        if name != "due_on":
            cell.data_type = "s"
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def typed_into_ods(content):
    with zipfile.ZipFile(BytesIO(content)) as before:
        members = {name: before.read(name) for name in before.namelist()}
    book = ElementTree.fromstring(members["content.xml"])  # noqa: S314
    rows = next(book.iter(f"{TABLE}table")).findall(f"{TABLE}table-row")
    for row in rows[: len(COLUMNS)]:
        _apart(row)
    for number, name, text in TYPED:
        _type(rows[number][PLACE[name]], text)
    members["content.xml"] = ElementTree.tostring(book, encoding="utf-8")
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w") as after:
        for name, each in members.items():
            after.writestr(name, each)
    return kept.getvalue()


def _apart(row):
    """One element a cell, where the file has one for several alike."""
    for cell in list(row):
        times = min(int(cell.attrib.pop(f"{TABLE}number-columns-repeated", 1)), len(COLUMNS))
        for _ in range(times - 1):
            row.insert(list(row).index(cell), copy.deepcopy(cell))


def _type(cell, text):
    for child in list(cell):
        cell.remove(child)
    for name in [name for name in cell.attrib if name.endswith(("value", "date-value", "value-type"))]:
        del cell.attrib[name]
    cell.set(f"{OFFICE}value-type", "string")
    for line in text.split("\n"):
        ElementTree.SubElement(cell, f"{TEXT}p").text = line


def typed_into_csv(content):
    rows = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))
    for number, name, text in TYPED:
        # A person types what a program must not compute with an apostrophe, as they do in a cell.
        rows[number][PLACE[name]] = f"'{text}" if text in {"=1+1", "0017", "1e5", "TRUE", "1/2/2026"} else text
    kept = StringIO(newline="")
    csv.writer(kept).writerows(rows)
    return kept.getvalue().encode("utf-8-sig")


TYPE = {"ods": typed_into_ods, "csv": typed_into_csv, "xlsx": typed_into_xlsx}


def planned(source):
    """`{(number, column): new text}` of every cell that would be taken."""
    return {
        (row.item.statement.number, name): new
        for row in source.rows.select_related("item__statement")
        for name, (_, new, taken) in told(row).items()
        if taken
    }


def upload(kind, content):
    return SimpleUploadedFile(f"list.{kind}", content)


@pytest.mark.parametrize("kind", TYPE)
def test_twenty_cells_changed_in_another_program_are_what_comes_back(small, lead, tmp_path, kind):
    there = resaved({f"a.{kind}": sheet_of(small, lead, kind)}, kind, tmp_path / "1")["a"]
    back = resaved({f"b.{kind}": TYPE[kind](there)}, kind, tmp_path / "2")["b"]

    source = brought(small, lead, upload(kind, back))

    assert planned(source) == {(number, name): text for number, name, text in TYPED}
    assert set(source.rows.values_list("matched_by", flat=True)) == {"id"}
    applying.ask(source, by=lead, version=source.version)
    before = texts_of(small, lead)
    applying.apply(source.pk)
    after = texts_of(small, lead)
    changed = {key: text for key, text in after.items() if before[key] != text}
    assert {key: text for key, text in changed.items() if key[1] != "status"} == {
        (number, name): text for number, name, text in TYPED if name != "status"
    }
    again = brought(small, lead, upload(kind, back))
    assert planned(again) == {}


def texts_of(review, user):
    items = list(Item.objects.filter(review=review).with_standing())
    texts = sheet_rows.taken(items, user=user)
    return {(item.number, name): text for item in items for name, text in texts[item.pk].items()}


def test_without_the_hidden_columns_and_formats_category_and_position_find_the_items(small, lead):
    """As a person deletes columns, and as Google Sheets writes a file anew: values alone, days as numbers with a format."""
    book = load_workbook(BytesIO(typed_into_xlsx(sheet_of(small, lead, "xlsx"))))
    anew = Workbook()
    for row in book["Items"].iter_rows(max_col=PLACE["id"]):
        anew.active.append([None] * len(row))
        for cell in row:
            new = anew.active.cell(cell.row, cell.column)
            if isinstance(cell.value, datetime):
                new.value, new.number_format = (cell.value - datetime(1899, 12, 30)).days, "d/m/yyyy"  # noqa: DTZ001
            elif cell.value is not None:
                new.value, new.data_type = cell.value, cell.data_type
    kept = BytesIO()
    anew.save(kept)

    source = brought(small, lead, upload("xlsx", kept.getvalue()))

    assert planned(source) == {(number, name): text for number, name, text in TYPED}
    assert set(source.rows.values_list("matched_by", flat=True)) == {"position"}


HOSTILE = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x.example";"x")',
           "=WEBSERVICE(1)", "x;=1+1;", "x\n=1+1;", "＝1+1", "-2+3+cmd|' /C calc'!A0", "'=1+1")  # fmt: skip
HONEST = ("-5 days", "0017", "1e5", "TRUE", "1/2/2026", " two  spaces ", "no\u00a0break", "“quoted”, \"so\"", "'tis", "😀",
          "שלום 17", "_x0041", "#N/A", "a\r\nb", "bell\x07", "", "''", "50%", "- first\n- second", "2026-11-30")  # fmt: skip


@pytest.fixture
def hostile(small, reviewer, lead):
    """A review in which every text anybody typed looks like a formula, or like something else than a text."""
    made_up = random.Random(6)  # noqa: S311
    texts = itertools.cycle((*HOSTILE, *HONEST))
    for each in Item.objects.filter(review=small):
        said = {name: next(texts) + made_up.choice(("", " ", "\n")) + next(texts) for name in ("notes", "asked")}
        record(
            item(small, each.number),
            reviewer,
            "unconfirmed",
            reason=next(texts) or "x",
            asked_of=next(texts)[:200],
            **said,
        )
    for number, title in enumerate(HOSTILE, start=1):
        page = add_evidence(small.vendor, reviewer, title, content=f"{number}")
        findings.cite(item(small, number % 12 + 1), page, by=reviewer, locator=title, quote=title)
    Statement.objects.filter(checklist=small.checklist).update(text="=1+1")
    small.title, lead.name, small.deployment.name = "=1+1", "=1+1", '=HYPERLINK("http://x.example")'
    return small


def test_no_text_of_a_review_is_a_formula_in_another_program_and_each_comes_back_as_it_was(hostile, lead, tmp_path):
    items = gate.items_in_force(hostile)
    files = {
        kind: spreadsheets.written(
            ItemResource(hostile, user=lead), items, format=kind, title="=1+1", filter_words="=1+1", user=lead
        ).content
        for kind in spreadsheets.FORMATS
    }
    books = resaved({f"{kind}.{kind}": files[kind] for kind in ("xlsx", "ods")}, "xlsx", tmp_path / "books")
    books |= resaved({"csv.csv": files["csv"]}, "xlsx", tmp_path / "text")
    for content in (files["xlsx"], *books.values()):
        cells = [cell for sheet in load_workbook(BytesIO(content)) for row in sheet.iter_rows() for cell in row]
        assert len(cells) > 264
        assert [cell.value for cell in cells if cell.data_type == "f"] == []

    for kind, content in books.items():
        source = brought(hostile, lead, upload("xlsx", content))
        assert {row.outcome for row in source.rows.all()} == {RowOutcome.UNCHANGED}, kind
