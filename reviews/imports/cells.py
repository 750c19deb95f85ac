"""What does a cell say, as text, and where does it stand?"""

from datetime import date
from typing import Any

from reviews.harmless import unescaped
from reviews.sheets import Formula
from reviews.sheets.words import letters


def text(cell: Any) -> str:
    """The cell as a person reads it: whole numbers without a point, days as 2027-06-30; of a formula nothing."""
    if cell is None or isinstance(cell, Formula):
        return ""
    if isinstance(cell, str):
        plain = cell.replace("\r\n", "\n").replace("\r", "\n").strip("\u00a0\u200b\ufeff \t\n")
        return unescaped(plain) if "'" in plain else plain
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def column_letter(column: int) -> str:
    """The letters by which spreadsheet programs name a column, which counts from 0."""
    return letters(column + 1)


def place(sheet: str, row: int, column: int | None = None) -> str:
    """“Sheet1, B7”, or “Sheet1, row 7” without a column. Rows count from 1, columns from 0."""
    return f"{sheet}, row {row}" if column is None else f"{sheet}, {column_letter(column)}{row}"
