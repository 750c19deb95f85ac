"""What do the sheets of an XLSX hold?"""

import os
import re
import zipfile
from xml.etree.ElementTree import iterparse

import archive

# The parts are free of entities (`archive.check`), so the fast parser may read them.
os.environ["OPENPYXL_DEFUSEDXML"] = "False"

from openpyxl.packaging.relationship import get_dependents, get_rels_path
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils import range_boundaries
from openpyxl.worksheet._reader import ROW_TAG, SHEET_MAIN_NS, WorkSheetParser
from tables import Refusal

MERGE = f"{{{SHEET_MAIN_NS}}}mergeCell"
HYPERLINK = f"{{{SHEET_MAIN_NS}}}hyperlink"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# How Excel writes a character that XML has none for, say a carriage return, and an underscore that would begin the like.
CODE = re.compile("_x([0-9A-Fa-f]{4})_")
# What a workbook holds beside cells is not fetched; a person is told that it is not.
OTHER_DATA = ("xl/externallinks/", "xl/connections.xml")


def read(path, tables):
    with zipfile.ZipFile(path) as packed:
        archive.check(packed, tables)
        if _is_strict(packed):
            raise Refusal("strict")
        if any(name.lower().startswith(OTHER_DATA) for name in packed.namelist()):
            tables.remarks.append(archive.ELSEWHERE)
    # The child's name for the file is no sign of its kind: it is opened as what its content was found to be.
    with path.open("rb") as file:
        _read(ExcelReader(file, read_only=True, keep_links=False), tables)


def _is_strict(packed):
    """The other dialect of the standard, which Excel offers and no library of ours reads."""
    with packed.open("xl/workbook.xml") as part:
        return b"http://purl.oclc.org/ooxml/spreadsheetml/main" in part.read(10_000)


def _read(reader, tables):
    """Only what cells need: properties, names, charts and drawings are not looked at, and cannot be what fails."""
    from openpyxl.styles.stylesheet import apply_stylesheet

    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    for sheet, relation in reader.parser.find_sheets():
        if relation.target not in reader.valid_files or not relation.Type.endswith("/worksheet"):
            continue
        table = tables.sheet(sheet.name, hidden=sheet.state != "visible")
        with reader.archive.open(relation.target) as source:
            parser = _Rows(
                source,
                reader.shared_strings,
                epoch=reader.wb.epoch,
                date_formats=reader.wb._date_formats,
                timedelta_formats=reader.wb._timedelta_formats,
            )
            parser.tell(table, _addresses(reader, relation.target))


class _Rows(WorkSheetParser):
    """The library's way to read rows and cells, without what else it reads in a sheet and forgets when it reads rows."""

    def tell(self, table, addresses):
        for _, element in iterparse(self.source):  # noqa: S314 archive.check refuses entities
            if element.tag == ROW_TAG:
                number, cells = self.parse_row(element)
                table.row(number, _values(cells))
                self.row_dimensions.clear()
                element.clear()
            elif element.tag == MERGE:
                left, top, right, bottom = range_boundaries(element.get("ref"))
                table.merge(top, left, bottom, right)
            elif element.tag == HYPERLINK:
                _link(table, element, addresses)


def _values(cells):
    values = []
    for cell in cells:
        # Of a blank cell, which may stand far to the right in every row, nothing is made.
        if cell["value"] is not None:
            values.extend([None] * (cell["column"] - 1 - len(values)))
            values.append(_value(cell))
    return values


def _value(cell):
    value = cell["value"]
    if cell["data_type"] == "f":
        return {"formula": str(getattr(value, "text", value))}
    if isinstance(value, str) and "_x" in value:
        return CODE.sub(_character, value).replace("\r\n", "\n").replace("\r", "\n")
    return value


def _character(code):
    """What the code stands for; nothing where that is no character of a text."""
    character = chr(int(code[1], 16))
    return character if character.isprintable() or character in "\t\n\r" else ""


def _link(table, element, addresses):
    address = addresses.get(element.get(RELATION))
    if address:
        part = element.get("location")
        left, top, right, bottom = range_boundaries(element.get("ref"))
        # A range may claim the whole sheet; a link belongs to cells that say something.
        for row in range(top, min(bottom, len(table.rows)) + 1):
            columns = range(left, min(right, len(table.rows[row - 1])) + 1)
            table.tables.spread(len(columns))
            for column in columns:
                table.link(row, column, f"{address}#{part}" if part else address)


def _addresses(reader, sheet):
    """`{id in the sheet: address outside the workbook}`."""
    name = get_rels_path(sheet)
    relations = get_dependents(reader.archive, name) if name in reader.valid_files else []
    return {each.id: each.target for each in relations if each.TargetMode == "External"}
