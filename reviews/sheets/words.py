"""How is a person told why a file is not read, and where in it that shows?"""

import signal
from typing import Any

from accounts.permissions import Refused
from evidence import names
from evidence.uploads import megabytes
from reviews.sheets import limits

LONGEST_NAME = 60  # characters of a sheet's name; spreadsheet programs allow 31
AGAIN = " Open it, save it again and try once more."


class Unreadable(Refused):
    """The file is not read, with a sentence for the person who sent it."""


def why(said: dict[str, Any]) -> str:
    """The rest of a sentence that begins with the file, from what the child process says: a code and the place."""
    sentence, way_out = {
        "unpacked": (f"unpacks to more than {megabytes(limits.UNPACKED_BYTES)}: no list does", ""),
        "password": ("is protected by a password", " Save it without one."),
        "outside": ("is an archive that names places outside itself", ""),
        "entities": ("declares a document type of its own, as no spreadsheet does", ""),
        "sheets": (f"has more than {limits.SHEETS} sheets", ""),
        "rows": (f"has more than {limits.ROWS:,} rows", ""),
        "cells": (f"has more than {limits.CELLS:,} cells", ""),
        "overlap": ("has merges or links that cover the same cells again and again", ""),
        "columns": (f"has more than {limits.COLUMNS} columns", ""),
        "text": (f"has more than {limits.CHARACTERS:,} characters in one cell", ""),
        "memory": ("needs more memory than one file may take", ""),
        "blank": ("holds no rows: nothing stands in it", ""),
        "one column": ("has everything in one column, so nobody can tell what is what", " A table has several."),
        "quote": ("begins a quotation that never ends", ' Write a quotation mark within a cell twice: "".'),
        "no text": ("holds bytes that no text has", " Save it as UTF-8, or as XLSX."),
        "strict": ("is saved as “Strict Open XML”", " Save it as “Excel Workbook”."),
        "damaged": ("is damaged and cannot be read", AGAIN),
    }[said["refused"]]
    return f"{sentence}{_place(said)}.{way_out}"


def killed(status: int) -> str:
    """The same of a child process that could not say why."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"takes longer than {limits.PROCESSOR_SECONDS} seconds to read."
    if status == -signal.SIGXFSZ:
        return f"holds more than {megabytes(limits.RESULT_BYTES)} of text."
    return f"is damaged and cannot be read.{AGAIN}"


def named(sheet: str) -> str:
    """A sheet's name as it stands before every place in it, and in the audit log: one line that hides no place."""
    return names.one_line(sheet, LONGEST_NAME)


def _place(said: dict[str, Any]) -> str:
    if "row" not in said:
        return ""
    if said["refused"] == "damaged":
        where = f"after row {said['row']}" if said["row"] else "before its first row"
    elif "column" in said:
        where = f"cell {letters(said['column'])}{said['row']}"
    else:
        where = f"row {said['row']}"
    return f" (“{named(said['sheet'])}”, {where})" if said["sheet"] else f" ({where})"


def letters(column: int) -> str:
    """What people call the column of this number, from 1: A to Z, then AA."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
