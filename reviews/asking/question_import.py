"""What of a returned workbook or document becomes answers, and what is wrong with it?

The file is read once. What it says is shown first, with every problem by sheet and cell, or by table and field, and travels signed through the
page to the confirmation, which records all of it or nothing.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence import content_types
from evidence.names import one_line
from reviews import sheets
from reviews.asking import answers
from reviews.asking.question_export import ANSWER, DATED, REFERENCE, SOURCE
from reviews.choices import QuestionState, Via
from reviews.models import Question
from reviews.permissions import can_ask
from reviews.sheets.words import letters

SALT = "reviews.answers.shown"
AN_HOUR = 3600
HEADER_WITHIN = 20  # rows
# What one form may carry, with room for its other fields.
MOST_SEALED = settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 10_000
NEEDED = (REFERENCE, ANSWER)


@dataclass
class Row:
    """One row of the file: what it would record, or why nothing of it is recorded."""

    place: str
    question: Question | None = None
    values: dict = field(default_factory=dict)
    problem: str = ""
    skipped: str = ""


@dataclass
class Preview:
    rows: list[Row]

    @property
    def problems(self):
        return [row for row in self.rows if row.problem]

    @property
    def new(self):
        return [row for row in self.rows if row.values and not row.problem and not row.skipped]

    @property
    def skipped(self):
        return [row for row in self.rows if row.skipped]


def preview(review, file, name):
    """What the file would record. Raises sheets.Unreadable with a sentence when it holds no answers to read."""
    name = one_line(name, 200)
    return of(review, sheets.read(file, name, accepted=(content_types.XLSX, content_types.DOCX)), name)


def of(review, book, name):
    """What the workbook of this name would record. Raises as `preview`."""
    questions = {question.number: question for question in review.questions.all()}
    rows, seen, found = [], {}, False
    for sheet in book.sheets:
        for line in _lines(sheet):
            found = True
            if any(cell not in (None, "") for cell in line.cells):
                rows.append(_row(line, review, questions, seen, name))
    if not found:
        raise sheets.Unreadable(
            f"“{name}” has nowhere a {REFERENCE} with its {ANSWER}: send back the workbook or document as it was exported."
        )
    return Preview(rows)


def _lines(sheet):
    """Each row below the headings; of a document's table, which is one question, the one line it makes."""
    if head := _head(sheet):
        at, columns = head
        return [
            _Line(sheet.label, number, cells, columns) for number, cells in enumerate(sheet.rows[at:], start=at + 1)
        ]
    fields = {str(row[0] or "").strip().casefold(): [*row, None][1] for row in sheet.rows if len(row) in (1, 2)}
    names = [name for name in (*NEEDED, SOURCE, DATED) if name.casefold() in fields]
    if not set(NEEDED) <= set(names):
        return []
    _refuse_repeated(names, [str(row[0] or "").strip().casefold() for row in sheet.rows], sheet)
    cells = [fields[name.casefold()] for name in names]
    return [_Field(sheet.label, 0, cells, {name: column for column, name in enumerate(names)})]


def _head(sheet):
    """`(number of rows up to the headings, {heading: column})`, or None."""
    for at, cells in enumerate(sheet.rows[:HEADER_WITHIN], start=1):
        words = [" ".join(str(cell).split()).casefold() if isinstance(cell, str) else "" for cell in cells]
        columns = {name: words.index(name.casefold()) for name in (*NEEDED, SOURCE, DATED) if name.casefold() in words}
        if all(name in columns for name in NEEDED):
            _refuse_repeated(columns, words, sheet)
            return at, columns
    return None


def _refuse_repeated(names, words, sheet):
    """Of two columns that are called the same one would be left out without a word."""
    for name in names:
        if words.count(name.casefold()) > 1:
            raise sheets.Unreadable(f"In “{sheet.label}” the heading {name} stands twice: which one counts? Keep one.")


class _Line(sheets.Line):
    def place(self, name):
        return f"{self.sheet}, {letters(self.columns.get(name, 0) + 1)}{self.number}"

    @property
    def whole(self):
        return f"row {self.number}"


class _Field(_Line):
    """The same of a document's table, where each field has its row."""

    def place(self, name):
        return f"{self.sheet}, {name}"

    @property
    def whole(self):
        return self.sheet


def _row(line, review, questions, seen, file_name):
    row = Row(line.place(ANSWER))
    try:
        formula = next((name for name in line.columns if isinstance(line.cell(name), sheets.Formula)), None)
        if formula:
            row.place = line.place(formula)
            raise Refused("A formula stands here. Write the answer itself, as text.")
        text = _text(line.cell(ANSWER))
        if not text:
            row.skipped = "No answer stands here."
        row.question = _question(line, row, review, questions)
        if text:
            _answer(line, row, seen, file_name, text)
    except Refused as refusal:
        row.problem = str(refusal)
    return row


def _question(line, row, review, questions):
    given = _text(line.cell(REFERENCE))
    slug, _, number = given.rpartition("/")
    wrong = ""
    if not given:
        wrong = "The reference is missing, so nobody knows which question this answers."
    elif slug and slug != review.slug:
        wrong = f"“{given[:100]}” is a question of another review."
    elif not slug or not number.isdecimal() or len(number) > 9 or int(number) not in questions:
        wrong = f"Nobody asked “{given[:100]}”."
    if wrong and row.skipped:
        return None
    if wrong:
        row.place = line.place(REFERENCE)
        raise Refused(wrong)
    return questions[int(number)]


def _answer(line, row, seen, file_name, text):
    question = row.question
    if question.pk in seen:
        raise Refused(f"Question {question.number} is answered twice in this file; the first is {seen[question.pk]}.")
    seen[question.pk] = row.place
    source = _text(line.cell(SOURCE)) or f"{file_name}, {line.whole}"
    dated = _day(line, row)
    row.values = answers.checked(text=text, source=source, said_on=dated or timezone.localdate(), via=Via.SHEET)
    if question.state == QuestionState.WITHDRAWN:
        raise Refused(f"Question {question.number} was withdrawn: {question.withdrawn_reason}")
    same = {"text": row.values["text"], "source": row.values["source"]} | ({"said_on": dated} if dated else {})
    if question.answers.filter(**same).exists():
        row.skipped = "This answer is recorded already."


def _text(value):
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).replace("\r\n", "\n").strip()
    if any(not (character.isprintable() or character in "\n\t" or ord(character) > 159) for character in text):
        raise Refused("A character stands here that no text has. Type it again.")
    return text


def _day(line, row):
    value = line.cell(DATED)
    if value in (None, "") or isinstance(value, date):
        return value or None
    # As the file itself writes days, or as programs do.
    for form in ("%d %B %Y", "%Y-%m-%d"):
        with suppress(ValueError):
            return datetime.strptime(str(value).strip(), form).date()  # noqa: DTZ007 - a day has no zone
    row.place = line.place(DATED)
    raise Refused(f"“{str(value)[:40]}” is no day: write it as 30 June 2027 or 2027-06-30.")


def seal(found, review, *, by):
    """What the preview shows as new, signed for this person and this review, to be sent back with the confirmation.

    Raises Refused when that is more than a form may carry.
    """
    rows = [
        row.values | {"said_on": row.values["said_on"].isoformat(), "question": row.question.pk} for row in found.new
    ]
    sealed = signing.dumps({"review": review.pk, "by": by.pk, "rows": rows}, salt=SALT, compress=True)
    if len(sealed) > MOST_SEALED:
        raise Refused("These answers are too long to be recorded at once. Bring them in by two files.")
    return sealed


@transaction.atomic
def record(review, sealed, *, by):
    """Record every answer of the preview, or none. Returns `(recorded, skipped because it was there already)`.

    Raises Refused with a sentence, naming the question, for a seal that is not this person's or older than an hour.
    """
    ask(can_ask(by, review))
    try:
        shown = signing.loads(sealed, salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature:
        raise Refused("This preview is no longer valid. Choose the file again.") from None
    if (shown["review"], shown["by"]) != (review.pk, by.pk):
        raise Refused("This preview is of another review or another person. Choose the file again.")
    questions = review.questions.in_bulk([row["question"] for row in shown["rows"]])
    count = 0
    for row in sorted(shown["rows"], key=lambda each: each["question"]):
        question = questions[row.pop("question")]
        row["said_on"] = date.fromisoformat(row["said_on"])
        if answers.is_known(question, row):
            continue
        try:
            answers.record(question, by=by, **row)
        except Refused as refusal:
            raise Refused(f"Nothing was recorded. Question {question.number}: {refusal}") from None
        count += 1
    return count, len(shown["rows"]) - count
