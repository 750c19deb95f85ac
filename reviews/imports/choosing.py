"""What does a person say of an import before it is applied: what columns, rows and names mean, and what is wanted?"""

from django.db import transaction
from django.utils import timezone

from accounts import grants, people
from accounts.choices import Access
from accounts.permissions import Refused, ask
from reviews.choices import ImportState, MatchedBy, RowOutcome
from reviews.imports import forgetting, headings, journal, reading
from reviews.imports.lines import Layout
from reviews.models import Import, RememberedHeading
from reviews.permissions import can_import
from reviews.sheets import Workbook

CHOOSABLE = frozenset({ImportState.COLUMNS, ImportState.READY})
OPEN_STATES = CHOOSABLE | {ImportState.WAITING, ImportState.READING, ImportState.REFUSED}
TAKEABLE = frozenset({RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.CONFLICTING})
STALE = "Not saved: somebody has chosen something else meanwhile. Look at the import again."


@transaction.atomic
def choose(source, *, by, version, sheet=None, heading_row=None, columns=None, people=None, items=None):
    """Say what is meant and have the rows planned anew by a worker; returns the import.

    `columns` is {column from 0: name}, with `sheet` from 0 and `heading_row` from 1 (None: there is none); without
    `columns` they stay as they are. `people` is {name in the sheet: id of a person, or None for nobody}, `items`
    {position of a row: id of the item it speaks of, or None to have it found again}. Which heading means what is
    remembered for the next sheet. Raises PermissionDenied, or Refused with a sentence.
    """
    source = _locked(source, by, version)
    if source.state not in CHOOSABLE:
        raise Refused(f"This import is {source.get_state_display().lower()}: nothing is chosen now.")
    if columns is not None:
        _choose_columns(source, by, sheet, heading_row, columns)
    if people:
        source.people = source.people | _checked_people(source, people)
    if items:
        _choose_items(source, items)
    source.state, source.problem, source.attempt, source.version = ImportState.WAITING, "", 0, source.version + 1
    source.save(update_fields=["sheet", "heading_row", "columns", "people", "state", "problem", "attempt", "version"])
    journal.record("import.chosen", source, by=by, after={"columns": source.columns, "rows": len(items or {})})
    reading.send_later(source)
    return source


def _choose_columns(source, by, sheet, heading_row, columns):
    book = Workbook.from_json(source.tables)
    columns = {int(column): name for column, name in columns.items()}
    _refuse_wrong(book, sheet, heading_row, columns)
    if (source.sheet, source.heading_row) != (sheet, heading_row):
        # The rows a person chose items for are others now.
        source.rows.all().delete()
    source.sheet, source.heading_row = sheet, heading_row
    source.columns = {str(column): name for column, name in sorted(columns.items())}
    _remember(Layout(book.sheets[sheet], heading_row, columns), by)


def _refuse_wrong(book, sheet, heading_row, columns):
    if sheet is None or not 0 <= sheet < len(book.sheets):
        raise Refused("Choose one of the file's sheets.")
    rows = book.sheets[sheet].rows
    if heading_row is not None and not 1 <= heading_row <= len(rows):
        raise Refused(f"The sheet has no row {heading_row}.")
    if any(name not in {*headings.KNOWN, headings.KEPT, headings.LEFT_OUT} for name in columns.values()):
        raise Refused("Choose from the list what each column holds.")
    width = max((len(row) for row in rows), default=0)
    if any(not 0 <= column < width for column in columns):
        raise Refused("The sheet does not have all of these columns.")
    names = [name for name in columns.values() if name not in headings.SEVERAL]
    for name in names:
        if names.count(name) > 1:
            raise Refused(
                f"Two columns hold the same, {headings.LABELS[name]}: choose one, and keep the other as a note."
            )
    if not any(name in names for name in headings.IDENTIFYING):
        raise Refused(
            "Say which column holds the statement or its number: without one nobody knows what a row is about."
        )


def _remember(layout, by):
    if not layout.heading_row:
        return
    row = layout.sheet.rows[layout.heading_row - 1]
    said = {headings.normal(row[column]): name for column, name in layout.columns.items() if column < len(row)}
    for heading, name in said.items():
        # A column everybody knows is left out for once, or the next sheet would lose it without a word.
        if heading and (name != headings.LEFT_OUT or headings.meant(heading)[1] < headings.SURE):
            RememberedHeading.objects.update_or_create(
                heading=heading, defaults={"column": name, "by": by, "at": timezone.now()}
            )


def _checked_people(source, said):
    known = {person.pk for person, _ in grants.people(source.review.deployment.vendor) if person.is_active}
    if any(pk is not None and pk not in known for pk in said.values()):
        raise Refused("Choose somebody who works on the vendor.")
    if not set(said) <= set(source.people):
        raise Refused("The sheet has no such name any more. Look at the import again.")
    return said


def _choose_items(source, items):
    known = set(source.review.items.values_list("pk", flat=True))
    for position, item in items.items():
        if item is not None and item not in known:
            raise Refused("Choose a statement of this review.")
        by = MatchedBy.PERSON if item is not None else ""
        if not source.rows.filter(position=position).update(item=item, matched_by=by):
            raise Refused("The sheet has no such row any more. Look at the import again.")


@transaction.atomic
def take(source, *, by, version, rows, cells):
    """Say which rows (ids) and which cells (`(row's id, column)`) are wanted; all others are not. Returns the import.

    What cannot be taken is left out without a word: it was not offered. Raises PermissionDenied or Refused.
    """
    source = _locked(source, by, version)
    if source.state != ImportState.READY:
        raise Refused(f"This import is {source.get_state_display().lower()}: nothing is chosen now.")
    changed = []
    for row in source.rows.filter(outcome__in=TAKEABLE):
        before = (row.taken, [cell["taken"] for cell in row.cells])
        for cell in row.cells:
            cell["taken"] = not cell["problem"] and (row.pk, cell["column"]) in cells
        row.taken = row.pk in rows and any(cell["taken"] for cell in row.cells)
        if (row.taken, [cell["taken"] for cell in row.cells]) != before:
            changed.append(row)
    source.rows.bulk_update(changed, ["taken", "cells"], batch_size=200)
    source.version += 1
    source.save(update_fields=["version"])
    return source


@transaction.atomic
def abandon(source, *, by, version=None):
    """Give it up: nothing of it is applied, and the file is forgotten. Raises PermissionDenied or Refused."""
    source = _locked(source, by, version)
    if source.state not in OPEN_STATES:
        raise Refused(f"This import is {source.get_state_display().lower()}: there is nothing to give up.")
    forgetting.abandon(source, by=by)
    return source


@transaction.atomic
def invite(source, *, by, version, name, email, full_name, role):
    """Add the person a name in the sheet means, let them hold items of the vendor, mail them a link, and say it is they.

    For administrators who may bring a sheet. Raises PermissionDenied, or Refused when the address is taken, say.
    """
    source = _locked(source, by, version)
    person = people.create_person(name=full_name, email=email, role=role, by=by)
    people.give_access(person, vendor=source.review.deployment.vendor, access=Access.SIGN, by=by)
    source = choose(source, by=by, version=source.version, people={name: person.pk})
    people.invite(person, by=by)  # last: a mail cannot be taken back
    return source


def _locked(source, by, version):
    locked = (
        Import.objects.without_content().select_for_update(of=("self",)).select_related("review__deployment__vendor")
    )
    source = locked.get(pk=source.pk)
    ask(can_import(by, source.review))
    if version is not None and source.version != version:
        raise Refused(STALE)
    return source
