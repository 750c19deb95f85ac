"""What do the sheets of an ODS hold?

Read as a stream: a row or a cell may say that it repeats a million times, and a document tree of 20,000 rows takes
gigabytes.
"""

import datetime
import re
import zipfile
from xml.etree.ElementTree import iterparse

import archive
from tables import Refusal

OFFICE, STYLE, TABLE, TEXT = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{part}:1.0}}" for part in ("office", "style", "table", "text")
)
HREF = "{http://www.w3.org/1999/xlink}href"
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
# What LibreOffice keeps of other files that formulas refer to; no sheet of this one.
_ELSEWHERE = re.compile(r"'.*'#\$.*", re.DOTALL)
# LibreOffice writes spaces as they are; a line end is the layout of the file.
_LINE_END = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
# Comments, pictures and tables within a cell say nothing of its value.
_PARAGRAPHS = (f"{TEXT}p", f"{TEXT}h")


def read(path, tables):
    with zipfile.ZipFile(path) as packed:
        if _is_locked(packed):
            raise Refusal("password")
        archive.check(packed, tables)
        with packed.open("content.xml") as content:
            _read(content, tables)


def _is_locked(packed):
    """The list of what is in the file says so; what is locked looks like a damaged part."""
    try:
        with packed.open("META-INF/manifest.xml") as manifest:
            return b"encryption-data" in manifest.read(1_000_000)
    except KeyError:
        return False


def _read(content, tables):
    hidden, reader, depth = set(), None, 0
    for event, element in iterparse(content, ("start", "end")):  # noqa: S314 archive.check refuses entities
        tag = element.tag
        if tag == f"{TABLE}table":
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1:
                reader = _sheet(element, hidden, tables)
        elif event == "start":
            continue
        elif tag == f"{TABLE}table-row" and depth == 1:
            if reader:
                reader.row(element)
            element.clear()
        elif tag == f"{STYLE}style" and _hides(element):
            hidden.add(element.get(f"{STYLE}name"))


def _hides(style):
    return any(part.get(f"{TABLE}display") == "false" for part in style.iter(f"{STYLE}table-properties"))


def _sheet(element, hidden, tables):
    name = element.get(f"{TABLE}name", "")
    if _ELSEWHERE.fullmatch(name):
        if archive.ELSEWHERE not in tables.remarks:
            tables.remarks.append(archive.ELSEWHERE)
        return None
    return _Rows(tables.sheet(name, hidden=element.get(f"{TABLE}style-name") in hidden))


class _Rows:
    def __init__(self, table):
        self.table, self.next = table, 1
        # One more than is taken, so that it is refused and not built.
        self.most = table.tables.job["columns"] + 1

    def row(self, element):
        number, times = self.next, _count(element, "number-rows-repeated")
        values, blank = [], 0
        for cell in element:
            if cell.tag not in CELLS:
                continue
            repeated = _count(cell, "number-columns-repeated")
            column = len(values) + blank + 1
            value = None if cell.tag == CELLS[1] else self._value(cell, number, column)
            if value is None or value == "":
                blank += repeated
            else:
                values.extend([None] * min(blank, self.most))
                values.extend([value] * min(repeated, self.most))
                blank = 0
            rows, columns = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
            if rows * columns > 1:
                self.table.merge(number, column, number + rows - 1, column + columns - 1)
        self.table.row(number, values, times=times)
        self.next = number + times

    def _value(self, cell, row, column):
        text = "\n".join(self._text(part, row, column) for part in cell if part.tag in _PARAGRAPHS)
        if formula := cell.get(f"{TABLE}formula"):
            return {"formula": formula}
        kind = cell.get(f"{OFFICE}value-type")
        if kind in ("float", "percentage", "currency"):
            number = cell.get(f"{OFFICE}value", "")
            return int(number) if re.fullmatch(r"-?\d{1,15}", number) else float(number)
        if kind == "boolean":
            return cell.get(f"{OFFICE}boolean-value") == "true"
        if kind == "date":
            return _day(cell.get(f"{OFFICE}date-value", "")) or text
        return text or cell.get(f"{OFFICE}string-value")

    def _text(self, element, row, column):
        """What is read in the paragraph; the addresses of its links go to the table."""
        tag, parts = element.tag, [_LINE_END.sub(" ", element.text or "")]
        if tag == f"{TEXT}s":
            parts = [" " * min(_count(element, "c", TEXT), 1000)]
        elif tag == f"{TEXT}tab":
            parts = ["\t"]
        elif tag == f"{TEXT}line-break":
            parts = ["\n"]
        elif tag == f"{TEXT}a":
            self.table.link(row, column, element.get(HREF, ""))
        for part in element:
            if part.tag.startswith(TEXT):
                parts.append(self._text(part, row, column))
            parts.append(_LINE_END.sub(" ", part.tail or ""))
        return "".join(parts)


def _day(text):
    try:
        return datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None


def _count(element, name, space=TABLE):
    return max(1, int(element.get(f"{space}{name}", "1")))
