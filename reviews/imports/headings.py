"""What does each column of a sheet hold, in which row stand its headings, and which of the sheets is meant?

Guessed from the headings, in English and German and however they are spelt or ordered, and where there are none from
what stands below them. A guess that could be wrong is not `sure`: then a person decides.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from reviews.imports import cells, values
from reviews.sheet_columns import COLUMNS, TAKEN, plain
from reviews.sheets import Sheet, Workbook

LEFT_OUT = ""
KEPT = "kept"  # said in the item's notes as “Heading: value”
KNOWN = tuple(column.name for column in COLUMNS)
LABELS = {column.name: column.heading for column in COLUMNS} | {KEPT: "Kept as a note", LEFT_OUT: "Left out"}
SEVERAL = frozenset({"links", KEPT, LEFT_OUT})  # more than one column may hold these
# A sheet without one of these says of no row which statement it speaks of.
IDENTIFYING = ("id", "number", "item", "position")
WITHIN = 30  # rows in which the headings are looked for
LOOKED_AT = 200  # rows below them, when what stands there has to say what it is
LONGEST = 200  # characters of a heading that is remembered
SURE = 90  # per cent
SIMILAR = 80  # per cent
A_SENTENCE = 15  # characters, on average
_FILLERS = frozenset(re.findall(r"\w+", "the of for to a an s is der die das den des zum zur für von und and"))

# Spelt as they are compared: see `_key`. What stands first is what we write ourselves.
SYNONYMS = {
    "item": "item|statement|question|control|requirement|check|checklist item|checklist|task|description|title|name|"
    "item description|control description|security item|prüfpunkt|frage|anforderung|kontrolle|aussage|punkt|"
    "beschreibung|thema|aufgabe|maßnahme",
    "stakeholder": "responsible stakeholder|responsible|stakeholder|responsible party|responsible role|responsible team|"
    "responsibility|accountable|role|team|department|zuständig|zuständigkeit|zuständige stelle|verantwortlich|"
    "verantwortlicher|verantwortliche|verantwortung|rolle|abteilung",
    "wanted": "evidence required|required evidence|evidence needed|proof required|documents required|documentation required|"
    "erforderlicher nachweis|benötigter nachweis|nachweis erforderlich|erforderliche unterlagen",
    "status": "status|state|progress|work status|current status|done|complete|completed|stand|fortschritt|"
    "bearbeitungsstand|bearbeitungsstatus|erledigt|zustand",
    "links": "evidence link|evidence|link|links|url|urls|hyperlink|proof|proof link|document link|attachment|evidence url|"
    "evidence location|source|nachweis|nachweise|beleg|belege|nachweis link|verweis|quelle|fundstelle",
    "notes": "notes|note|comment|comments|remark|remarks|observations|notiz|notizen|kommentar|kommentare|bemerkung|"
    "bemerkungen|anmerkung|anmerkungen|hinweise",
    "number": "number|no|nr|num|item no|item number|item nr|sno|serial number|question number|lfd nr|laufende nummer|nummer|"
    "ziffer",
    "category": "category|section|area|domain|group|topic|kategorie|bereich|abschnitt|gruppe|themenbereich",
    "position": "position|pos|position category|number category",
    "owner": "owner|assignee|assigned|assign|person|responsible person|contact|owner e mail|owner email|item owner|bearbeiter|"
    "bearbeiterin|inhaber|zugewiesen|zuständige person|verantwortliche person|ansprechpartner",
    "due_on": "due|due date|due on|deadline|target date|due day|date due|until|complete by|fällig|fällig am|fälligkeit|"
    "frist|termin|zieldatum|bis|bis wann",
    "finding": "finding|result|answer|confirmed|outcome|compliant|assessment|verdict|response|ergebnis|befund|feststellung|"
    "bewertung|antwort|bestätigt",
    "reason": "reason|justification|rationale|why|explanation|begründung|grund|rechtfertigung|erklärung",
    "asked": "what was asked|question asked|asked|was gefragt wurde|rückfrage",
    "asked_of": "of whom|asked of|asked whom|wen gefragt|gefragt wurde",
    "answered_by": "whose answer",
    "citations": "cited evidence",
    "standing": "standing",
    "signed_by": "signed by",
    "signed_on": "signed on",
    "id": "id|item id",
    "version": "version",
}


@dataclass(frozen=True)
class Proposal:
    """Which sheet (from 0), which row of headings (from 1, None when there is none) and what each column holds.

    `columns` is {column's number from 0: name of what it holds, KEPT or LEFT_OUT}, `confidence` per cent by column.
    """

    sheet: int
    heading_row: int | None
    columns: dict[int, str]
    confidence: dict[int, int] = field(default_factory=dict)
    sure: bool = False


def normal(heading: Any) -> str:
    """A heading as it is remembered: small letters, single spaces, at most LONGEST characters."""
    return plain(cells.text(heading)).casefold()[:LONGEST].strip()


def _key(heading: str) -> str:
    """What of a heading is compared: its words in alphabetical order, without punctuation and fillers."""
    if heading.strip() in {"#", "№"}:
        return "number"
    heading = heading.replace("(s)", "").replace("#", " number ").replace("№", " number ")
    words = re.sub(r"[\W_]+", " ", heading).split()
    return " ".join(sorted(word for word in words if word not in _FILLERS)) or " ".join(sorted(words))


_BY_KEY = {_key(word): name for name, words in SYNONYMS.items() for word in words.split("|")} | {
    _key(column.heading.casefold()): column.name for column in COLUMNS
}
_OURS = {_key(column.heading.casefold()) for column in COLUMNS}


def meant(heading: Any, remembered: Mapping[str, str] | None = None) -> tuple[str | None, int]:
    """`(name of what the column holds, confidence in per cent)`; (None, 0) for a heading nobody knows."""
    spelt = normal(heading)
    if not spelt:
        return None, 0
    if remembered and spelt in remembered:
        return remembered[spelt], 100
    return _by_words(spelt)


@lru_cache(maxsize=1_000)
def _by_words(spelt: str) -> tuple[str | None, int]:
    key = _key(spelt)
    if key in _BY_KEY:
        return _BY_KEY[key], 100 if key in _OURS else 95
    if len(key) < 5 or len(key) > 60:
        return None, 0
    score, name = max((fuzz.ratio(key, known), name) for known, name in _BY_KEY.items())
    return (name, int(score)) if score >= SIMILAR else (None, 0)


def propose(book: Workbook, *, remembered: Mapping[str, str] | None = None, statements=()) -> Proposal | None:
    """The best guess for the workbook, or None when nothing stands in its visible sheets.

    `statements` are the texts that rows may speak of: they tell the column of the items where no heading does.
    """
    found = [
        (_worth(proposal), proposal)
        for index, sheet in enumerate(book.sheets)
        if not sheet.hidden and (proposal := propose_sheet(sheet, index, remembered=remembered, statements=statements))
    ]
    if not found:
        return None
    found.sort(key=lambda each: -each[0])  # stable: of equals the first
    best_worth, best = found[0]
    rivals = [worth for worth, _ in found[1:] if worth * 4 >= best_worth * 3]
    if rivals and best.sure:
        return Proposal(best.sheet, best.heading_row, best.columns, best.confidence, sure=False)
    return best


def _worth(proposal: Proposal) -> int:
    return sum(
        proposal.confidence.get(column, 0) for column, name in proposal.columns.items() if name in KNOWN
    ) + 200 * any(name in IDENTIFYING for name in proposal.columns.values())


def propose_sheet(sheet: Sheet, index: int, *, remembered=None, statements=()) -> Proposal | None:
    """The best guess for one sheet, or None when nothing stands in it."""
    if not any(any(cell not in (None, "") for cell in row) for row in sheet.rows):
        return None
    row = _heading_row(sheet, remembered, {_words(each) for each in statements})
    return of_row(sheet, index, row, remembered=remembered, statements=statements)


def of_row(sheet: Sheet, index: int, heading_row: int | None, *, remembered=None, statements=()) -> Proposal:
    """The guess for a sheet whose headings stand in this row, from 1; None when it has none."""
    headings = sheet.rows[heading_row - 1] if heading_row else []
    width = max((len(row) for row in sheet.rows), default=0)
    columns: dict[int, str] = {}
    confidence: dict[int, int] = {}
    doubtful = heading_row is None
    # The surest first: of two columns for the same thing, the other is kept as a note.
    guesses = {column: meant(heading, remembered) for column, heading in enumerate(headings)}
    below = sheet.rows[heading_row or 0 :][:LOOKED_AT]
    _numbers_are_no_words(guesses, below)
    for column in sorted(guesses, key=lambda each: (-guesses[each][1], each)):
        name, score = guesses[column]
        if name is None:
            continue
        if name in columns.values() and name not in SEVERAL:
            doubtful = True
            continue
        columns[column], confidence[column] = name, score
    doubtful |= _by_values(columns, confidence, below, width, statements)
    for column in range(width):
        if column not in columns:
            heading = normal(headings[column]) if column < len(headings) else ""
            columns[column] = KEPT if heading else LEFT_OUT
    sure = not doubtful and _suffices(columns) and all(score >= SURE for score in confidence.values())
    return Proposal(index, heading_row, dict(sorted(columns.items())), confidence, sure)


def _suffices(columns: Mapping[int, str]) -> bool:
    names = set(columns.values())
    return any(name in names for name in IDENTIFYING) and bool(names & {*TAKEN, KEPT, "wanted"})


def _heading_row(sheet: Sheet, remembered, statements: set[str]) -> int | None:
    """The row, from 1, in which most headings are recognised: two, one of which says what the rows are about; else one."""
    best, best_score = None, 0
    for number, row in enumerate(sheet.rows[:WITHIN], start=1):
        said = [cell for cell in row if cell not in (None, "")]
        if len(said) < 2 or any(not isinstance(cell, str) or len(cell) > LONGEST for cell in said):
            continue
        if any(_kind(cell, statements) in {"item", "links", "due_on"} for cell in said):
            continue  # what stands below headings
        found = [meant(cell, remembered) for cell in said]
        names = {name for name, _ in found if name in KNOWN}
        is_whole = len(names) > 1 and bool(names & set(IDENTIFYING))
        if not is_whole:
            # “Done” may be a heading or what stands below one.
            names = {name for name, score in found if name in KNOWN and score >= SURE}
            names -= {"status"} if any(values.is_status(plain(cell)) for cell in said) else set()
        if not names:
            continue
        score = 1_000 * is_whole + 100 * len(names) + sum(score for _, score in found) // len(found)
        if score > best_score:
            best, best_score = number, score
    return best


def _numbers_are_no_words(guesses: dict[int, tuple[str | None, int]], below: list[list[Any]]) -> None:
    """A column called “Item” or “Id” often holds nothing but numbers, beside one that holds the words."""
    for column, (name, score) in list(guesses.items()):
        if name not in {"item", "id"}:
            continue
        found = [text for row in below if column < len(row) and (text := plain(cells.text(row[column])))]
        numbers = sum(bool(re.fullmatch(r"\D{0,10}\d{1,4}(\.\d{1,3})?\W?", text)) for text in found)
        if found and numbers * 2 > len(found):
            guesses[column] = ("number", score)


def _by_values(columns, confidence, below, width, statements) -> bool:
    """Say of columns without a known heading what stands in them, where that is plain. Returns whether it guessed."""
    texts = {_words(each) for each in statements}
    # With headings only what the rows are about is missed; everything else is kept as a note.
    wanted = {"item"} if confidence else set(KNOWN)
    guessed = False
    for column in range(width):
        found = [row[column] for row in below if column < len(row) and plain(cells.text(row[column]))]
        name = None if column in columns else _kind_of(found, texts, columns.values())
        if name in wanted:
            columns[column], confidence[column] = name, 60
            guessed = True
    if not set(columns.values()) & {"item", "id", "number"}:
        guessed |= _longest_is_item(columns, confidence, below, width)
    return guessed


def _longest_is_item(columns, confidence, below, width) -> bool:
    """Of the columns nobody knows, take the one with the longest texts for what the rows are about."""
    lengths = {}
    for column in range(width):
        texts = [len(row[column]) for row in below if column < len(row) and isinstance(row[column], str)]
        if column not in columns and texts and sum(texts) / len(texts) > A_SENTENCE:
            lengths[column] = sum(texts) / len(texts)
    if lengths:
        longest = max(lengths, key=lambda column: lengths[column])
        columns[longest], confidence[longest] = "item", 50
    return bool(lengths)


def _kind_of(found: list[Any], statements: set[str], taken) -> str | None:
    """What most of the cells are; None when that is not plain."""
    if not found:
        return None
    kinds = Counter(kind for cell in found if (kind := _kind(cell, statements)))
    if not kinds:
        return None
    kind, count = kinds.most_common(1)[0]
    return kind if count * 2 > len(found) and (kind not in taken or kind in SEVERAL) else None


def _kind(cell: Any, statements: set[str]) -> str | None:
    said = plain(cells.text(cell))
    if _words(said) in statements:
        return "item"
    if values.is_address(said):
        return "links"
    if values.is_status(said):
        return "status"
    if values.role(said):
        return "stakeholder"
    if re.fullmatch(r"#?\d{1,4}[.)]?", said):
        return "number"
    return "due_on" if values.is_day(cell) else None


def _words(said: str) -> str:
    without_number = re.sub(r"^\W*\d{1,4}(\.\d{1,3})?\W*\s+", "", said)
    return " ".join(re.sub(r"[\W_]+", " ", without_number).casefold().split())
