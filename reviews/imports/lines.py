"""Which rows of a sheet speak of statements, and what stands in each under which name?"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reviews.imports import cells, values
from reviews.imports.headings import KEPT, normal
from reviews.imports.matching import Asked, number_of
from reviews.sheet_columns import plain
from reviews.sheets import Formula, Sheet

LONGEST_HEADING = 60  # characters of a heading in front of what is kept as a note


@dataclass(frozen=True)
class Layout:
    """Where what stands: the chosen sheet, its row of headings and its columns by name."""

    sheet: Sheet
    heading_row: int | None
    columns: Mapping[int, str]

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for column, name in self.columns.items():
            found[name].append(column)
        return dict(found)

    def columns_of(self, name: str) -> list[int]:
        return self._by_name.get(name, [])

    def heading(self, column: int) -> str:
        """As it stands there, on one line; “Column F” where nothing does."""
        row = self.sheet.rows[self.heading_row - 1] if self.heading_row else []
        said = plain(cells.text(row[column])) if column < len(row) else ""
        return said[:LONGEST_HEADING] or f"Column {cells.column_letter(column)}"

    def column(self, name: str) -> Iterator[Any]:
        """Every cell under the name."""
        for column in self.columns_of(name):
            for row in self.sheet.rows[self.heading_row or 0 :]:
                if column < len(row):
                    yield row[column]


@dataclass(frozen=True)
class Line:
    """A row of the sheet that speaks of a statement; `number` counts from 1, `category` is carried from above."""

    layout: Layout
    number: int
    category: str = ""

    @cached_property
    def row(self) -> list[Any]:
        return self.layout.sheet.rows[self.number - 1]

    def at(self, column: int) -> Any:
        return self.row[column] if column < len(self.row) else None

    def cell(self, name: str) -> Any:
        """The first cell under the name in which something stands."""
        for column in self.layout.columns_of(name):
            if (cell := self.at(column)) not in (None, ""):
                return cell
        return None

    def text(self, name: str) -> str:
        return cells.text(self.cell(name))

    def has(self, name: str) -> bool:
        return bool(self.layout.columns_of(name))

    def place(self, name: str | None = None) -> str:
        columns = self.layout.columns_of(name) if name else []
        return cells.place(self.layout.sheet.name, self.number, columns[0] if columns else None)

    def behind(self, column: int) -> list[str]:
        """The addresses of hyperlinks behind a cell."""
        return self.layout.sheet.links.get((self.number - 1, column), "").split("\n")

    @cached_property
    def linked(self) -> tuple[list[values.Address], list[tuple[str, str]]]:
        """`(addresses, [(heading, words that are none)])` of the columns of links. Raises Unclear."""
        addresses: list[values.Address] = []
        words = []
        for column in self.layout.columns_of("links"):
            said, behind = self._text_and_links(column)
            for address in behind[1:]:
                addresses += values.addresses("", address)[0]
            found, rest = values.addresses(said, behind[0] if behind else "")
            addresses += found
            if values.says_something(rest):
                words.append((self.layout.heading(column), rest))
        return addresses, words

    def _text_and_links(self, column: int) -> tuple[str, list[str]]:
        """`(text, addresses behind it)` of one cell. Raises Unclear for a formula that is more than a hyperlink."""
        cell = self.at(column)
        if not isinstance(cell, Formula):
            return cells.text(cell), [address for address in self.behind(column) if address]
        spelt = values.hyperlink(cell.text)
        if spelt is None:
            raise values.Unclear(values.FORMULA)
        return spelt[1], [spelt[0]]

    def kept(self) -> list[tuple[str, str]]:
        """`(heading, text)` of what is kept as a note."""
        found = [(column, cells.text(self.at(column))) for column in self.layout.columns_of(KEPT)]
        return [(self.layout.heading(column), said) for column, said in found if values.says_something(said)]

    @cached_property
    def asked(self) -> Asked:
        return Asked(
            place=self.place(),
            words=self.text("item"),
            number=self.text("number"),
            category=self.text("category") or self.category,
            position=self.text("position"),
            id=self.text("id"),
        )

    def words(self) -> str:
        """What the row says it is about, for a person."""
        asked = self.asked
        about = plain(asked.words)
        if asked.number and number_of(about) is None and not about.startswith(plain(asked.number)):
            about = f"{plain(asked.number)}. {about}" if about else plain(asked.number)
        return values.short(about or asked.id or ", ".join(filter(None, (asked.category, asked.position))), 300)

    def formula_in(self, *names: str) -> str | None:
        """The first of the names under which a formula stands."""
        return next((name for name in names if isinstance(self.cell(name), Formula)), None)


def of(layout: Layout, category_of: Callable[[str], str | None]) -> list[Line]:
    """Every row below the headings that is neither empty, nor the heading of a category, nor the headings once more.

    `category_of(text)` is the name of the category meant, or None. What stands in such a heading row goes for the rows
    below it, and so does a merged or once written category in a column of its own.
    """
    found, category = [], ""
    headings = _spoken(layout.sheet.rows[layout.heading_row - 1]) if layout.heading_row else None
    for number, row in enumerate(layout.sheet.rows, start=1):
        if number <= (layout.heading_row or 0):
            continue
        spoken = _spoken(row)
        if not spoken or spoken == headings:
            continue
        if len(set(spoken)) == 1 and re.search(r"[^\W\d]", spoken[0]) and category_of(spoken[0]):
            category = spoken[0]
            continue
        line = Line(layout, number, category)
        if own := line.text("category"):
            category = own
        if _says_of_what(line) or len(set(spoken)) > 1:
            found.append(line)
    return found


def _spoken(row: list[Any]) -> list[str]:
    return [said for cell in row if (said := normal(cell) or ("formula" if isinstance(cell, Formula) else ""))]


def _says_of_what(line: Line) -> bool:
    return any(line.cell(name) not in (None, "") for name in ("id", "number", "item", "position"))
