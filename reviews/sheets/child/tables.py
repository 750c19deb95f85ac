"""What was found so far, how much of it is too much, and which values does a cell hand on?

A reader tells of each sheet its rows, merges and links as it meets them; nothing is kept that a limit forbids.
"""

import datetime
import re

# Both ways to write it: a comma in XLSX, a semicolon in ODS, which also names the language in front.
_NAMED = "(?:of:|oooc:|msoxl:)?"
_TEXT = r'"((?:[^"]|"")*)"'
_TRUTH = re.compile(rf"{_NAMED}=(TRUE|FALSE)\(\)", re.IGNORECASE)
_HYPERLINK = re.compile(rf"{_NAMED}=\s*HYPERLINK\(\s*{_TEXT}\s*(?:[,;]\s*{_TEXT}\s*)?\)\s*", re.IGNORECASE)
_AT_THE_ENDS = " \t\r\n\x0b\x0c\xa0\u2007\u202f\u200b\ufeff"
# What a database cannot store, for what ASCII has for that: who takes the cell refuses it.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
SUBSTITUTE = "\x1a"


class Refusal(Exception):
    """The file is not read. The code says why (`reviews.sheets.words`), the details where."""

    def __init__(self, code, **details):
        super().__init__(code)
        self.code, self.details = code, details


class Tables:
    def __init__(self, job):
        self.job = job
        self.sheets = []
        self.remarks = []
        self.rows = self.cells = self.covered = 0

    def sheet(self, name, *, hidden=False):
        if len(self.sheets) >= self.job["sheets"]:
            raise Refusal("sheets")
        self.sheets.append(Table(self, clean(str(name))[:100], hidden))
        return self.sheets[-1]

    def spread(self, cells):
        """Count cells that a merge or a link covers: by overlapping, a few lines could cover all of them again and again."""
        self.covered += cells
        if self.covered > self.job["cells"]:
            raise Refusal("overlap")

    def place(self):
        """Where the reader is: the sheet and the last row it was through with."""
        return {"sheet": self.sheets[-1].name, "row": self.sheets[-1].at} if self.sheets else {}

    def result(self):
        sheets = [sheet.result() for sheet in self.sheets]
        widths = [len(row) for sheet in sheets for row in sheet["rows"]]
        if not any(widths):
            raise Refusal("blank")
        if max(widths) == 1:
            raise Refusal("one column")
        return {"sheets": sheets, "remark": " ".join(self.remarks)}


class Table:
    """One sheet. Rows and columns are numbered from 1, as people do."""

    def __init__(self, tables, name, hidden):
        self.tables, self.name, self.hidden = tables, name, hidden
        self.rows, self.links, self.merges, self.at = [], {}, [], 0

    def row(self, number, values, *, times=1):
        """Take the row of this number; `times`: so many equal rows from there. Of a blank one nothing is kept."""
        values = [
            None if value is None or value == "" else self._value(number, column, value)
            for column, value in enumerate(values, start=1)
        ]
        while values and values[-1] is None:
            values.pop()
        if values:
            self._count(number, len(values), times)
            if number <= len(self.rows):
                raise Refusal("damaged", row=number)
            self.rows.extend([] for _ in range(number - 1 - len(self.rows)))
            self.rows.extend(list(values) for _ in range(times))
            self._repeat_links(number, len(values), times)
        self.at = number + times - 1

    def link(self, row, column, address):
        """Several addresses in one cell stand one a line."""
        address = clean(address)
        if address and not address.startswith("#"):  # a place in the workbook itself
            known = self.links.get((row, column))
            self.links[row, column] = f"{known}\n{address}" if known and address not in known.split("\n") else address

    def _repeat_links(self, number, width, times):
        for row in range(number + 1, number + times):
            for column in range(1, width + 1):
                if address := self.links.get((number, column)):
                    self.links[row, column] = address

    def merge(self, first_row, first_column, last_row, last_column):
        self.merges.append((first_row, first_column, last_row, last_column))

    def result(self):
        self._carry()
        links = [
            [row - 1, column - 1, address]
            for (row, column), address in sorted(self.links.items())
            if row <= len(self.rows) and column <= len(self.rows[row - 1])
        ]
        return {"name": self.name, "hidden": self.hidden, "rows": self.rows, "links": links}

    def _carry(self):
        """Put a merged cell's value and link into every cell of the merge, as far as the sheet is filled at all."""
        width = max(map(len, self.rows), default=0)
        for first_row, first_column, last_row, last_column in self.merges:
            if first_row > len(self.rows) or first_column > len(self.rows[first_row - 1]):
                continue
            value = self.rows[first_row - 1][first_column - 1]
            link = self.links.get((first_row, first_column))
            columns = range(first_column, min(last_column, width) + 1)
            self.tables.spread(len(columns) * (min(last_row, len(self.rows)) - first_row + 1))
            for number in range(first_row, min(last_row, len(self.rows)) + 1):
                row = self.rows[number - 1]
                if value is not None and columns:
                    row.extend([None] * (columns[-1] - len(row)))
                    row[columns[0] - 1 : columns[-1]] = [value] * len(columns)
                if link:
                    self.links.update({(number, column): link for column in columns})

    def _count(self, number, width, times):
        job, tables = self.tables.job, self.tables
        if width > job["columns"]:
            raise Refusal("columns", row=number, found=width)
        # A row far down counts those above it, which are kept to number it.
        tables.rows += max(0, number - 1 - len(self.rows)) + times
        tables.cells += width * times
        if tables.rows > job["rows"]:
            raise Refusal("rows", row=number)
        if tables.cells > job["cells"]:
            raise Refusal("cells", row=number)

    def _value(self, row, column, value):
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if value == value and abs(value) != float("inf") else str(value)
        if isinstance(value, datetime.date):
            return {"day": (value.date() if isinstance(value, datetime.datetime) else value).isoformat()}
        if isinstance(value, dict):
            return self._formula(row, column, value["formula"])
        text = clean(str(value))
        if len(text) > self.tables.job["characters"]:
            raise Refusal("text", row=row, column=column, found=len(text))
        return text or None

    def _formula(self, row, column, formula):
        """An address behind a text, and how LibreOffice writes a truth value, are no computations."""
        if found := _TRUTH.fullmatch(formula):
            return found[1].upper() == "TRUE"
        if found := _HYPERLINK.fullmatch(formula):
            address, text = (part.replace('""', '"') if part else "" for part in found.groups())
            self.link(row, column, address)
            return clean(text or address) or None
        return {"formula": clean(formula)[:200]}


def linked(text):
    """A cell of a file of plain text, whose links are written as formulas: of a workbook's cell it is known which it is."""
    return {"formula": text.strip()} if text.lstrip()[:1] == "=" and _HYPERLINK.fullmatch(text.strip()) else text


def clean(text):
    text = _UNSTORABLE.sub(SUBSTITUTE, text).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(_AT_THE_ENDS)
