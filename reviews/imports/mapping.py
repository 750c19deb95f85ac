"""What does the page show on which a person says what a sheet's columns hold?"""

from dataclasses import dataclass

from accounts.permissions import Refused
from reviews.imports import cells, headings
from reviews.models import RememberedHeading
from reviews.sheet_columns import COLUMNS, plain
from reviews.sheets import Workbook

FIRST_ROWS = 8  # that are shown, and at least so many below the headings
MOST_SHOWN = 30  # columns of those rows
EXAMPLES = 3
LONGEST_EXAMPLE = 60  # characters
LONGEST_NUMBER = 6  # digits of a row, a sheet or a column
# Which statement a row is about; what is taken; what says something and changes nothing.
FINDS = ("item", "number", "category", "position", "id", "version")
LABELS = {column.name: column.heading for column in COLUMNS} | {
    "item": "Statement, in words",
    "number": "Number of the statement",
    "position": "Number within its category",
    "id": "Id, as this product wrote it",
    "version": "Version, as this product wrote it",
    "owner": "Owner, a person",
    "due_on": "Due day",
    "asked_of": "Of whom it was asked",
}


@dataclass(frozen=True)
class Choice:
    """What a person said: which sheet (from 0), which row of headings (from 1, or None), what each column holds, who is meant."""

    sheet: int
    heading_row: int | None
    columns: dict
    people: dict


@dataclass(frozen=True)
class Column:
    index: int
    letter: str
    heading: str
    example: str
    holds: str
    why: str


@dataclass(frozen=True)
class Mapping:
    sheets: list
    sheet: int
    heading_row: int | None
    last_row: int
    letters: list
    first: list
    columns: list
    people: list
    more_columns: int = 0

    meanings = (
        ("Not taken", [(headings.LEFT_OUT, "Left out"), (headings.KEPT, "Kept in the notes")]),
        ("Says which statement", [(name, LABELS[name]) for name in FINDS]),
        ("Is taken", [(column.name, LABELS[column.name]) for column in COLUMNS if column.taken]),
        (
            "Changes nothing",
            [(each.name, LABELS[each.name]) for each in COLUMNS if not each.taken and each.name not in FINDS],
        ),
    )


def of(imported, choice=None, guess=False):
    """The mapping as it is stored, as it was chosen, or, of a sheet that is looked at, as it is guessed."""
    book = Workbook.from_json(imported.tables)
    index = choice.sheet if choice else imported.sheet or 0
    if index >= len(book.sheets):
        raise Refused("The file has no such sheet.")
    sheet = book.sheets[index]
    remembered = dict(RememberedHeading.objects.values_list("heading", "column"))
    proposal, columns = _columns(imported, sheet, index, choice, guess, remembered)
    row = proposal.heading_row
    if row is not None and not 1 <= row <= max(len(sheet.rows), 1):
        raise Refused(f"The headings stand in one of the rows 1 to {len(sheet.rows):,} of this sheet.")
    width = max((len(each) for each in sheet.rows), default=0)
    return Mapping(
        sheets=[_sheet(number, each) for number, each in enumerate(book.sheets)],
        sheet=index,
        heading_row=row,
        last_row=len(sheet.rows),
        letters=[cells.column_letter(column) for column in range(min(width, MOST_SHOWN))],
        first=_first(sheet, row, min(width, MOST_SHOWN)),
        columns=[_column(sheet, proposal, columns, column, remembered) for column in range(width)],
        people=[{"name": name, "person": pk} for name, pk in sorted((choice or imported).people.items())],
        more_columns=max(width - MOST_SHOWN, 0),
    )


def _columns(imported, sheet, index, choice, guess, remembered):
    """What is guessed of the sheet, and what its columns hold by what was said of them."""
    statements = imported.review.checklist.statements.values_list("text", flat=True)
    given = {"remembered": remembered, "statements": statements}
    if guess and choice.sheet != imported.sheet:
        proposal = headings.propose_sheet(sheet, index, **given) or headings.Proposal(index, None, {})
        return proposal, proposal.columns
    row = choice.heading_row if choice else imported.heading_row
    if row is not None and not 1 <= row <= len(sheet.rows):
        raise Refused(f"The headings stand in one of the rows 1 to {len(sheet.rows):,} of this sheet.")
    proposal = headings.of_row(sheet, index, row, **given)
    if guess:
        return proposal, proposal.columns
    said = choice.columns if choice else imported.columns
    return proposal, proposal.columns | {int(column): name for column, name in said.items()}


def _sheet(number, sheet):
    return {"index": number, "name": sheet.name, "hidden": sheet.hidden, "count": len(sheet.rows)}


def _first(sheet, heading_row, width):
    start = max((heading_row or 1) - FIRST_ROWS // 2, 1)
    end = max(start, heading_row or 1) + FIRST_ROWS
    return [
        {"number": number, "is_heading": number == heading_row, "cells": _padded(row, width)}
        for number, row in enumerate(sheet.rows[start - 1 : end], start=start)
    ]


def _padded(row, width):
    said = [cells.text(cell) for cell in row[:width]]
    return said + [""] * (width - len(said))


def _column(sheet, proposal, columns, column, remembered):
    rows = sheet.rows
    heading = _text(rows[proposal.heading_row - 1], column) if proposal.heading_row else ""
    below = (_text(row, column) for row in rows[proposal.heading_row or 0 :])
    examples = []
    for said in below:
        if said and said not in examples:
            examples.append(said)
        if len(examples) == EXAMPLES:
            break
    holds = columns.get(column, headings.LEFT_OUT)
    return Column(
        index=column,
        letter=cells.column_letter(column),
        heading=heading,
        example=" · ".join(_short(each) for each in examples),
        holds=holds,
        why=_why(heading, holds, proposal, column, remembered),
    )


def _text(row, column):
    return plain(cells.text(row[column])) if column < len(row) else ""


def _short(text):
    return text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…"


def _why(heading, holds, proposal, column, remembered):
    if remembered.get(headings.normal(heading)) == holds and heading:
        return "As it was said before of this heading."
    sure = proposal.confidence.get(column, 0)
    if holds == proposal.columns.get(column) and 0 < sure < headings.SURE:
        return f"A guess, {sure} % sure."
    return ""


def chosen(data):
    """The Choice in a posted form. Raises Refused with a sentence when it is none."""
    sheet, row = data.get("sheet", "0"), data.get("heading_row", "").strip()
    if not _is_number(sheet) or (row and not _is_number(row)):
        raise Refused("The row of the headings is a number, such as 1; empty when the sheet has no headings.")
    names = {name for _, meanings in Mapping.meanings for name, _ in meanings}
    columns = {
        int(field.removeprefix("column-")): value
        for field, value in data.items()
        if field.startswith("column-") and _is_number(field.removeprefix("column-")) and value in names
    }
    people = {}
    for field, name in data.items():
        if field.startswith("name-"):
            person = data.get(field.replace("name-", "person-", 1), "")
            people[name] = int(person) if _is_number(person, 18) else None
    return Choice(int(sheet), int(row) if row else None, columns, people)


def _is_number(text, longest=LONGEST_NUMBER):
    return text.isascii() and text.isdecimal() and len(text) <= longest
