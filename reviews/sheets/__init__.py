"""What stands in a spreadsheet, in the tables of a document, or in a table pasted from one?

A small file can hold what keeps a parser busy for minutes, so it is read in a child process (`reviews/sheets/child/`)
with limits on time, memory, rows and cells, which is killed when it exceeds them. Nothing is computed, fetched or
unpacked to disk: a formula is handed on as one, for whoever imports it to refuse. Limits and what they were measured
on: decision 30.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from evidence import content_types
from evidence.content_types import ContentType
from reviews.sheets import kinds, limits, words
from reviews.sheets.words import Unreadable

__all__ = ("SPREADSHEETS", "Formula", "Sheet", "Unreadable", "Workbook", "pasted", "read")

SPREADSHEETS = (content_types.XLSX, content_types.CSV, content_types.ODS)
_READERS = {
    content_types.XLSX: "workbook",
    content_types.CSV: "delimited",
    content_types.ODS: "opendocument",
    content_types.DOCX: "document",
}


@dataclass(frozen=True)
class Formula:
    """A cell whose value a spreadsheet program would compute."""

    text: str


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows from its first, as far as anything stands in them. An empty cell is None; rows may be ragged.

    Cells are texts, numbers, truth values, `date`, or Formula. A merged cell's value stands in every cell of the merge.
    A text has no spaces at its ends, no-break ones neither; where a character stood that no database stores, it has
    U+001A. `links` are the addresses behind cells, `{(row, column): address}` from 0, several of one cell on lines of
    their own, whatever their scheme.
    """

    name: str
    rows: list[list[Any]]
    hidden: bool = False
    links: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """For people: says of a sheet that is hidden that it is."""
        return f"{self.name} (hidden)" if self.hidden else self.name


@dataclass(frozen=True)
class Line:
    """A row below the headings of a sheet: row `number`, from 1. `columns` is `{what: its column, from 0}`."""

    sheet: str
    number: int
    cells: list[Any]
    columns: dict[str, int]

    def cell(self, what: str) -> Any:
        column = self.columns.get(what)
        return self.cells[column] if column is not None and column < len(self.cells) else None


@dataclass(frozen=True)
class Workbook:
    """`remark`: what a person should know of how it was read, as sentences; empty when there is nothing to say."""

    sheets: list[Sheet]
    remark: str = ""

    def as_json(self) -> dict[str, Any]:
        """For a JSONField; `from_json` makes the same workbook of it."""
        return {
            "sheets": [
                {
                    "name": sheet.name,
                    "hidden": sheet.hidden,
                    "rows": [[_stored(cell) for cell in row] for row in sheet.rows],
                    "links": [[row, column, address] for (row, column), address in sheet.links.items()],
                }
                for sheet in self.sheets
            ],
            "remark": self.remark,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Workbook":
        return cls(
            [
                Sheet(
                    each["name"],
                    [[_value(cell) for cell in row] for row in each["rows"]],
                    each["hidden"],
                    {(row, column): address for row, column, address in each["links"]},
                )
                for each in data["sheets"]
            ],
            data["remark"],
        )


def read(file: Any, name: str, *, accepted: tuple[ContentType, ...] = (content_types.XLSX,)) -> Workbook:
    """What the seekable file holds. With DOCX among the `accepted`, each table of a document is a sheet of texts.

    Raises Unreadable with a sentence, with the place where there is one, for anything else than a readable file of
    these kinds within the limits.
    """
    kind = kinds.decide(file, name, accepted)

    def copy(book: Path) -> None:
        with book.open("wb") as target:
            shutil.copyfileobj(file, target)

    found = _read(f"“{name}”", _READERS[kind], copy)
    remark = " ".join(filter(None, (kinds.misnamed(name, kind), found.remark)))
    return replace(
        found,
        sheets=[replace(sheet, name=words.named(sheet.name) or kind.label) for sheet in found.sheets],
        remark=remark,
    )


def pasted(text: str, name: str = "Pasted table") -> Workbook:
    """The table in a text as a browser, a spreadsheet program or an editor put it on the clipboard, or typed.

    Columns are separated by tabs, by a delimiter, or as in Markdown. Raises Unreadable with a sentence.
    """
    if len(text) > limits.PASTED_CHARACTERS:
        raise Unreadable(
            f"{name} has {len(text):,} characters; up to {limits.PASTED_CHARACTERS:,} can be pasted. Send it as a file."
        )
    # A lone surrogate is no character; the child finds in its place what no text has.
    content = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
    found = _read(name, "pasted", lambda book: book.write_bytes(content))
    return replace(found, sheets=[replace(sheet, name=name) for sheet in found.sheets])


def _read(subject: str, reader: str, copy: Callable[[Path], object]) -> Workbook:
    with tempfile.TemporaryDirectory(prefix="countersign-sheet-") as folder_name:
        folder = Path(folder_name)
        copy(folder / "book")
        (folder / "job.json").write_text(json.dumps({"reader": reader, **limits.of_a_job()}))
        status = _run(folder)
        if status:
            raise Unreadable(f"{subject} {words.killed(status)}")
        content = json.loads((folder / "result.json").read_text())
    if "refused" in content:
        raise Unreadable(f"{subject} {words.why(content)}")
    return Workbook.from_json(content)


def _run(folder: Path) -> int:
    """The child's exit status: 0, negative as it was killed, positive when it could not even say why."""
    child = subprocess.Popen(
        # -I: isolated; neither the current folder nor PYTHON… variables decide what is imported.
        [sys.executable, "-I", "-X", "utf8", str(Path(__file__).with_name("child")), str(folder)],
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return child.wait(limits.WALL_SECONDS)
    except subprocess.TimeoutExpired:
        return -signal.SIGXCPU
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _value(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return Formula(cell["formula"]) if "formula" in cell else date.fromisoformat(cell["day"])


def _stored(cell: Any) -> Any:
    if isinstance(cell, Formula):
        return {"formula": cell.text}
    return {"day": cell.isoformat()} if isinstance(cell, date) else cell
