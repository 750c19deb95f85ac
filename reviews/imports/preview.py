"""What does a person see of an import before it is applied: how many rows of which kind, and each cell, old beside new?"""

import re
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from django.db.models import Count

from reviews.choices import ImportState, MatchedBy, RowOutcome, Status
from reviews.imports import plan
from reviews.models import ImportRow
from reviews.sheet_columns import COLUMNS

TAKEABLE = frozenset({RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.CONFLICTING})
HEADINGS = {column.name: column.heading for column in COLUMNS}
MOST_NAMED = 12  # statements
LONG = 140  # characters; a longer text is folded
MOST_WORDS = 300  # that differ: above, what differs is not looked for word by word
STATE_LOOKS = {
    ImportState.WAITING: "queued",
    ImportState.READING: "running",
    ImportState.COLUMNS: "awaiting",
    ImportState.READY: "awaiting",
    ImportState.APPLYING: "running",
    ImportState.APPLIED: "complete",
    ImportState.UNDONE: "withdrawn",
    ImportState.REFUSED: "failed",
    ImportState.ABANDONED: "inactive",
}
LOOKS = {
    RowOutcome.NEW: "confirmed",
    RowOutcome.CHANGED: "in_progress",
    RowOutcome.CONFLICTING: "awaiting",
    RowOutcome.UNCHANGED: "not_applicable",
    RowOutcome.REFUSED: "unconfirmed",
}


@dataclass(frozen=True)
class Wanted:
    """How much is applied when nothing is chosen differently, and how many cells of the same rows cannot be taken."""

    rows: int
    cells: int
    left_out: int = 0

    def __str__(self):
        rows, cells = ("" if count == 1 else "s" for count in (self.rows, self.cells))
        return f"{self.rows:,} row{rows}, {self.cells:,} cell{cells}"


@dataclass(frozen=True)
class Cell:
    column: str
    heading: str
    place: str
    old: str
    new: str
    problem: str
    remark: str
    conflict: bool
    taken: bool
    can_be_taken: bool

    @property
    def is_long(self):
        return max(len(self.old), len(self.new)) > LONG

    @property
    def is_claim(self):
        """A sheet never confirms: what it calls complete awaits a sign-off here (rules 4 to 6)."""
        return self.column == "status" and self.new == Status.COMPLETE.label

    @property
    def parts(self):
        return difference(self.old, self.new)


@dataclass(frozen=True)
class Row:
    pk: int
    position: int
    place: str
    words: str
    item: object
    matched: str
    confidence: int
    is_sure: bool
    outcome: str
    label: str
    look: str
    problem: str
    taken: bool
    cells: list = field(default_factory=list)
    alike: list = field(default_factory=list)

    @property
    def can_be_taken(self):
        return self.outcome in TAKEABLE and any(cell.can_be_taken for cell in self.cells)

    @property
    def only_conflicts(self):
        """There is nothing to tick but cells that were changed on both sides: the row needs no tick of its own."""
        return all(cell.conflict for cell in self.cells if cell.can_be_taken)

    @property
    def own_problem(self):
        """Why the row cannot be taken, unless one of its cells says the same."""
        return "" if self.problem in {f"{cell.place}: {cell.problem}" for cell in self.cells} else self.problem

    @property
    def needs_item(self):
        """A person may say of which statement it speaks."""
        return self.outcome == RowOutcome.REFUSED and self.item is None


def counts(imported):
    """`{outcome: number of rows}`, zero included."""
    found = dict(imported.rows.order_by().values_list("outcome").annotate(Count("pk")))
    return {outcome: found.get(outcome, 0) for outcome in RowOutcome}


def wanted(imported):
    """Rows and cells that are ticked, over all pages: one query."""
    found = imported.rows.filter(taken=True, outcome__in=TAKEABLE).order_by().values_list("cells", flat=True)
    rows = list(found)
    ticked = [count for each in rows if (count := sum(bool(cell["taken"]) for cell in each))]
    left_out = sum(bool(cell["problem"]) for each in rows for cell in each)
    return Wanted(rows=len(ticked), cells=sum(ticked), left_out=left_out)


def unmentioned(imported):
    """Numbers of the review's statements of which no row speaks."""
    items = plan.missing(imported).order_by("statement__number")
    return list(items.values_list("statement__number", flat=True))


def placeable(imported, rows):
    """`(rows, items)`: the statements from which a person chooses for the rows that need one, the most alike with each."""
    if not any(row.needs_item for row in rows):
        return rows, []
    items = list(imported.review.items.select_related("statement__category").order_by("statement__number"))
    return [replace(row, alike=plan.candidates(row, items)[:3]) if row.needs_item else row for row in rows], items


def missing_in_words(numbers, total):
    """“5 of the 47 statements are not in the sheet: 3, 9, 12, 40, 41. They stay as they are.”"""
    if not numbers:
        return f"All {total} statements are in the sheet."
    verb = "is" if len(numbers) == 1 else "are"
    named = ", ".join(map(str, numbers[:MOST_NAMED])) + (" and more" if len(numbers) > MOST_NAMED else "")
    return (
        f"{len(numbers)} of the {total} statements {verb} not in the sheet: {named}. What is not there stays as it is."
    )


def applied(imported):
    """Rows and cells that an applied import wrote."""
    cells = imported.rows.filter(after__isnull=False).order_by().values_list("cells", flat=True)
    counted = [sum(bool(cell["taken"]) for cell in each) for each in cells]
    return Wanted(rows=len(counted), cells=sum(counted))


def ticks(imported, *, but=frozenset()):
    """`(ids of rows, {(id, column)})` as they are ticked, without the rows in `but`: one query."""
    found = imported.rows.filter(outcome__in=TAKEABLE).exclude(pk__in=but).order_by()
    rows, cells = set(), set()
    for pk, taken, said in found.values_list("pk", "taken", "cells"):
        rows |= {pk} if taken else set()
        cells |= {(pk, cell["column"]) for cell in said if cell["taken"]}
    return rows, cells


def every(imported, outcome, *, on):
    """What `ticks` gives when all rows of this outcome (or, without one, all) are ticked, or none.

    What was changed on both sides is ticked only where it is looked at by itself.
    """
    rows, cells = ticks(imported)
    found = imported.rows.filter(outcome__in=[outcome] if outcome in TAKEABLE else TAKEABLE).order_by()
    for pk, said in found.values_list("pk", "cells"):
        free = {cell["column"] for cell in said if not cell["problem"]}
        if outcome != RowOutcome.CONFLICTING:
            free -= {cell["column"] for cell in said if cell["conflict"]}
        if on and free:
            rows.add(pk)
            cells |= {(pk, column) for column in free}
        elif not on:
            rows.discard(pk)
    return rows, cells


def rows(found, ticked=None):
    """A Row of each ImportRow. `ticked` = (ids of rows, {(id, column)}) takes the place of what is stored."""
    return [_row(each, ticked) for each in found]


def _row(row, ticked):
    sure = row.matched_by in {MatchedBy.ID, MatchedBy.NUMBER, MatchedBy.PERSON} or row.confidence == 100
    return Row(
        pk=row.pk,
        position=row.position,
        place=row.place,
        words=row.words,
        item=row.item,
        matched=row.get_matched_by_display(),
        confidence=row.confidence,
        is_sure=sure,
        outcome=row.outcome,
        label=row.get_outcome_display(),
        look=LOOKS[row.outcome],
        problem=row.problem,
        taken=row.pk in ticked[0] if ticked else row.taken,
        cells=[_cell(row, each, ticked) for each in row.cells],
    )


def _cell(row, cell, ticked):
    return Cell(
        column=cell["column"],
        heading=HEADINGS.get(cell["column"], cell["column"]),
        place=cell["place"],
        old=cell["old"],
        new=cell["new"],
        problem=cell["problem"],
        remark=cell.get("remark", ""),
        conflict=cell["conflict"],
        taken=(row.pk, cell["column"]) in ticked[1] if ticked else cell["taken"],
        can_be_taken=row.outcome in TAKEABLE and not cell["problem"],
    )


def difference(old, new):
    """`[(kind, text)]` that turns the old text into the new one word by word; kind is "same", "del" or "ins"."""
    before, after = _words(old), _words(new)
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    head, tail = before[:start], before[len(before) - end :]
    before, after = before[start : len(before) - end], after[start : len(after) - end]
    parts = [("same", "".join(head)), *_changed(before, after), ("same", "".join(tail))]
    return [(kind, text) for kind, text in parts if text]


def _alike(some, others):
    """How many are the same from the first on."""
    return next(
        (index for index, (a, b) in enumerate(zip(some, others, strict=False)) if a != b), min(len(some), len(others))
    )


def _changed(before, after):
    if max(len(before), len(after)) > MOST_WORDS:
        return [("del", "".join(before)), ("ins", "".join(after))]
    parts = []
    for kind, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("same", "".join(before[start:end])))
        else:
            parts += [("del", "".join(before[start:end])), ("ins", "".join(after[first:last]))]
    return parts


def _words(text):
    return re.findall(r"\S+|\s+", text)


def in_words(counted):
    """“47 rows: 12 new, 20 changed, 15 unchanged.” of what `counts` gives."""
    total = sum(counted.values())
    parts = [f"{count:,} {RowOutcome(outcome).label.lower()}" for outcome, count in counted.items() if count]
    return f"{total:,} row{'' if total == 1 else 's'}: {', '.join(parts)}." if total else "No row was found."


def listed(imports):
    """The imports of a list, each with `look` and `counted`, in one query."""
    found = ImportRow.objects.filter(source__in=imports).order_by()
    by_import = {each.pk: {} for each in imports}
    for pk, outcome, count in found.values_list("source", "outcome").annotate(Count("pk")):
        by_import[pk][outcome] = count
    for each in imports:
        kinds = {outcome: by_import[each.pk].get(outcome, 0) for outcome in RowOutcome}
        each.look, each.counted = STATE_LOOKS[each.state], in_words(kinds) if any(kinds.values()) else ""
    return imports
