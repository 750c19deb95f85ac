"""What stands in a spreadsheet, or in the tables of a document, somebody sent us?

A small file can hold what keeps a parser busy for minutes, so it is read in a child process (`reviews/sheets/child.py`)
with limits on time, memory, rows and cells, which is killed when it exceeds them. Nothing is computed: a formula is
handed on as one, for whoever imports it to refuse.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from accounts.permissions import Refused
from evidence import content_types
from evidence.content_types import ContentType
from evidence.uploads import megabytes
from reviews.sheets.child import OUT_OF_MEMORY, TOO_MANY_CELLS, TOO_MANY_ROWS, UNPACKS_TOO_LARGE

MOST_BYTES = 5_000_000
MOST_UNPACKED = 50_000_000
MOST_ROWS = 20_000  # in all sheets together
MOST_CELLS = 400_000
PROCESSOR_SECONDS = 10
WALL_SECONDS = 30
MEMORY_BYTES = 700_000_000


class Unreadable(Refused):
    """The file is not read, with a sentence for the person who sent it."""


@dataclass(frozen=True)
class Formula:
    """A cell whose value a spreadsheet program would compute."""

    text: str


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows from its first, as far as anything stands in them. An empty cell is None.

    The name says of a sheet that is hidden that it is.
    """

    name: str
    rows: list[list[Any]]


@dataclass(frozen=True)
class Workbook:
    sheets: list[Sheet]


def read(file: Any, name: str, *, accepted: tuple[ContentType, ...] = (content_types.XLSX,)) -> Workbook:
    """What the seekable XLSX file holds. Cells are text, numbers, truth values, `date`, or Formula.

    With DOCX among the `accepted`, each table of a document is a sheet of texts. Raises Unreadable with a sentence for
    anything else than a readable file of these kinds within the limits.
    """
    kind = _kind(file, name, accepted)
    with tempfile.TemporaryDirectory(prefix="countersign-sheet-") as folder_name:
        folder = Path(folder_name)
        with (folder / "book").open("wb") as copy:
            shutil.copyfileobj(file, copy)
        (folder / "job.json").write_text(json.dumps(_job(kind)))
        status = _run(folder)
        if status:
            raise Unreadable(f"“{name}” {_why(status)}")
        content = json.loads((folder / "result.json").read_text())
    return Workbook([Sheet(each["name"], [[_value(cell) for cell in row] for row in each["rows"]]) for each in content])


def _kind(file: Any, name: str, accepted: tuple[ContentType, ...]) -> ContentType:
    if file.size > MOST_BYTES:
        raise Unreadable(
            f"“{name}” has {megabytes(file.size)}; a file that is read may have up to {megabytes(MOST_BYTES)}."
        )
    if not file.size:
        raise Unreadable(f"“{name}” is empty: it has 0 bytes.")
    wanted = " or ".join(each.label for each in accepted)
    try:
        found = content_types.decide(file, name)
    except Refused as refusal:
        raise Unreadable(f"{str(refusal).removesuffix(content_types.ACCEPTED_IN_WORDS)}Send an {wanted}.") from None
    if found not in accepted:
        raise Unreadable(f"“{name}” is a file of another kind ({found.label}). Save it as an {wanted}.")
    return found


def _job(kind: ContentType) -> dict[str, int]:
    return {
        "document": kind is content_types.DOCX,
        "processor_seconds": PROCESSOR_SECONDS,
        "memory_bytes": MEMORY_BYTES,
        "unpacked": MOST_UNPACKED,
        "rows": MOST_ROWS,
        "cells": MOST_CELLS,
    }


def _run(folder: Path) -> int:
    """The child's exit status: 0, positive as it said, negative as it was killed."""
    child = subprocess.Popen(
        # -I: isolated; neither the current folder nor PYTHON… variables decide what is imported.
        [sys.executable, "-I", "-X", "utf8", str(Path(__file__).with_name("child.py")), str(folder)],
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LANG": "C.UTF-8"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return child.wait(WALL_SECONDS)
    except subprocess.TimeoutExpired:
        return -signal.SIGXCPU
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _why(status: int) -> str:
    known = {
        UNPACKS_TOO_LARGE: f"unpacks to more than {megabytes(MOST_UNPACKED)}: no list of answers does.",
        TOO_MANY_ROWS: f"has more than {MOST_ROWS:,} rows.",
        TOO_MANY_CELLS: f"has more than {MOST_CELLS:,} cells.",
        OUT_OF_MEMORY: "needs more memory than one file may take.",
        -signal.SIGXCPU: f"takes longer than {PROCESSOR_SECONDS} seconds to read.",
        -signal.SIGKILL: f"takes longer than {PROCESSOR_SECONDS} seconds to read.",
    }
    return known.get(status, "is damaged and cannot be read. Open it, save it again and try once more.")


def _value(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return Formula(cell["formula"]) if "formula" in cell else date.fromisoformat(cell["day"])
