"""Does what a person sees in a spreadsheet survive LibreOffice's way to save it?"""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from reviews import sheets
from tests.office import resaved


def read(content, name):
    return sheets.read(SimpleUploadedFile(name, content), name, accepted=sheets.SPREADSHEETS)


@pytest.mark.xdist_group("office")
def test_merges_days_links_and_hidden_sheets_survive_being_saved_again(tmp_path):
    made = Workbook()
    first, kept = made.active, made.create_sheet("Kept")
    first.title, kept.sheet_state = "List", "hidden"
    for row in (
        ["Category", "Item", "Due", "Link", "Notes"],
        ["Data", "Encrypted", date(2026, 11, 20), "Report", "two\nlines,  “so”"],
        [None, "Backups", 46_347, '=HYPERLINK("https://example.com/b?x=1&y=2","The ""b""")', "=1+1"],
        [None, True, 2.5, "mail", "-5 days"],
    ):
        first.append(row)
    first["C3"].number_format = "dd.mm.yyyy"
    first["D2"].hyperlink = "https://example.com/report#page=2"
    first["D4"].hyperlink = "mailto:ciso@example.com"
    first.merge_cells("A2:A4")
    kept.append(["a", "b"])
    stream = io.BytesIO()
    made.save(stream)

    rows = [
        ["Category", "Item", "Due", "Link", "Notes"],
        ["Data", "Encrypted", date(2026, 11, 20), "Report", "two\nlines,  “so”"],
        ["Data", "Backups", date(2026, 11, 21), 'The "b"', sheets.Formula("=1+1")],
        ["Data", True, 2.5, "mail", "-5 days"],
    ]
    links = {
        (1, 3): "https://example.com/report#page=2",
        (2, 3): "https://example.com/b?x=1&y=2",
        (3, 3): "mailto:ciso@example.com",
    }
    expected = [sheets.Sheet("List", rows, links=links), sheets.Sheet("Kept", [["a", "b"]], hidden=True)]
    ods = resaved({"list.xlsx": stream.getvalue()}, "ods", tmp_path / "first")["list"]
    xlsx = resaved({"list.ods": ods}, "xlsx", tmp_path / "again")["list"]
    assert read(stream.getvalue(), "list.xlsx").sheets == expected
    assert read(xlsx, "list.xlsx").sheets == expected
    rows[2][4] = sheets.Formula("of:=1+1")
    assert read(ods, "list.ods").sheets == expected
