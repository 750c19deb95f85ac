"""Does what a person sees in a spreadsheet survive LibreOffice's way to save it?"""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from reviews import sheets
from tests import office


def read(path):
    return sheets.read(SimpleUploadedFile(path.name, path.read_bytes()), path.name, accepted=sheets.SPREADSHEETS)


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
    made.save(tmp_path / "list.xlsx")

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
    ods = office.resaved(tmp_path / "list.xlsx", "ods", folder=tmp_path)
    assert read(tmp_path / "list.xlsx").sheets == expected
    assert read(office.resaved(ods, "xlsx", folder=tmp_path)).sheets == expected
    rows[2][4] = sheets.Formula("of:=1+1")
    assert read(ods).sheets == expected
    csv = read(office.resaved(ods, office.CSV, folder=tmp_path)).sheets[0].rows
    assert [row[1:] for row in csv[1:]] == [
        ["Encrypted", "2026-11-20", "Report", "two\nlines,  “so”"],
        ["Backups", "21.11.2026", 'The "b"', "2"],
        ["TRUE", "2.5", "mail", "-5 days"],
    ]
