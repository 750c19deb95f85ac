"""How is a person told why a file is not read, and where in it that shows?"""

import signal
from typing import Any

from accounts.permissions import Refused
from evidence.uploads import megabytes
from reviews.sheets import limits

AGAIN = "Open it, save it again and try once more."


class Unreadable(Refused):
    """The file is not read, with a sentence for the person who sent it."""


def why(said: dict[str, Any]) -> str:
    """The rest of a sentence that begins with the file, from what the child process says: a code and the place."""
    known = {
        "unpacked": f"unpacks to more than {megabytes(limits.UNPACKED_BYTES)}: no list does.",
        "password": "is protected by a password. Save it without one.",
        "outside": "is an archive that names places outside itself. Nothing of it was read.",
        "entities": "declares a document type of its own, as no spreadsheet does. Nothing of it was read.",
        "sheets": f"has more than {limits.SHEETS} sheets.",
        "rows": f"has more than {limits.ROWS:,} rows.",
        "cells": f"has more than {limits.CELLS:,} cells.",
        "columns": f"has {said.get('found', 0):,} columns; at most {limits.COLUMNS} are read.",
        "text": f"has a cell of more than {limits.CHARACTERS:,} characters.",
        "memory": "needs more memory than one file may take.",
        "blank": "holds no rows: nothing stands in it.",
        "one column": "has everything in one column, so nobody can tell what is what. A table has several.",
        "quote": "begins a quotation that never ends.",
        "no text": "holds bytes that no text has. Save it as UTF-8, or as XLSX.",
        "strict": "is saved as “Strict Open XML”. Save it as “Excel Workbook (XLSX)”.",
        "damaged": f"is damaged and cannot be read. {AGAIN}",
    }
    return f"{known[said['refused']].removesuffix('.')}{_place(said)}." if "row" in said else known[said["refused"]]


def killed(status: int) -> str:
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"takes longer than {limits.PROCESSOR_SECONDS} seconds to read."
    if status == -signal.SIGXFSZ:
        return f"holds more than {megabytes(limits.RESULT_BYTES)} of text."
    return f"is damaged and cannot be read. {AGAIN}"


def _place(said: dict[str, Any]) -> str:
    return ""
