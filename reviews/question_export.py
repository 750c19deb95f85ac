"""How do open questions go to the vendor: as a workbook to fill in, as a document, or as the text of a mail?"""

import io
import re

from evidence import names
from evidence.validity import in_words
from reviews.choices import Judged, QuestionState

TO_VENDOR = frozenset({QuestionState.DRAFT, QuestionState.ASKED, QuestionState.INSUFFICIENT})
REFERENCE, ANSWER, SOURCE, DATED = "Reference", "Answer", "Source of the answer", "Dated"
COLUMNS = (
    ("Question no.", 12), ("Topic", 20), ("Question", 60), ("Evidence wanted", 40), ("Answer wanted by", 18),
    (ANSWER, 60), (SOURCE, 30), (DATED, 14), (REFERENCE, 24),
)  # fmt: skip
LONGEST_MAIL_LINK = 1_800  # characters; programs cut longer addresses off


def reference(question):
    """What names a question in a file that comes back, whatever else was changed there."""
    return f"{question.review.slug}/{question.number}"


def open_ones(rows):
    """Of these questions those the vendor is to answer, with what was missing in their last answers."""
    return list(rows.filter(state__in=TO_VENDOR).select_related("review").prefetch_related("answers__judgements"))


def asked_in_full(question):
    """The question, and when an answer did not suffice what was missing in it."""
    if question.state != QuestionState.INSUFFICIENT:
        return question.text
    newest = list(question.answers.all())[-1]
    missing = [each.reason for each in newest.judgements.all() if each.judged == Judged.INSUFFICIENT]
    return f"{question.text}\n\nStill missing after your answer of {in_words(newest.said_on)}: {missing[-1]}"


def as_workbook(questions):
    """The questions as the bytes of an XLSX file. No cell computes anything, whatever its text begins with."""
    # What writes office files is loaded when somebody asks for one: it is large, and brings an imaging library along.
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "Questions"
    sheet.append([name for name, _ in COLUMNS])
    for row, question in enumerate(questions, start=2):
        due_on = in_words(question.due_on) if question.due_on else ""
        values = [question.number, question.topic, asked_in_full(question), question.wanted, due_on, "", "", "",
                  reference(question)]  # fmt: skip
        for column, value in enumerate(values, start=1):
            _write(sheet.cell(row, column), value)
        sheet.cell(row, 8).number_format = "yyyy-mm-dd"
    for column, (_, width) in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        head = sheet.cell(1, column)
        head.font, head.fill = Font(bold=True), PatternFill("solid", fgColor="DDEDEA")
        head.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.column_dimensions[get_column_letter(len(COLUMNS))].hidden = True
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write(cell, value):
    from openpyxl.styles import Alignment

    cell.alignment = Alignment(vertical="top", wrap_text=True)
    if value == "":
        return
    cell.value = _printable(value) if isinstance(value, str) else value
    if isinstance(value, str):
        # “=1+1” stays a text here and, by the quote before it, when somebody edits the cell.
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in {"=", "+", "-", "@"}


def _printable(text):
    """What a file of XML can hold of the text: names and reasons are stored as they were typed."""
    return names.plain(text)


def as_document(questions, review):
    """The questions as the bytes of a DOCX file, each with a place for its answer."""
    from docx import Document

    document = Document()
    document.core_properties.author = ""
    document.add_heading(f"Questions about {_printable(review.deployment.name)}", level=0)
    document.add_paragraph(_printable(_opening(review)))
    for question in questions:
        document.add_heading(_printable(_title(question)), level=2)
        table = document.add_table(rows=0, cols=2, style="Table Grid")
        rows = [("Question", asked_in_full(question)), ("Evidence wanted", question.wanted)]
        if question.due_on:
            rows.append(("Answer wanted by", in_words(question.due_on)))
        for name, text in [*rows, (ANSWER, ""), (SOURCE, ""), (DATED, ""), (REFERENCE, reference(question))]:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = name, _printable(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def as_mail(questions, review):
    """`(subject, text)` of a mail with the questions."""
    parts = [_opening(review)]
    for question in questions:
        lines = [_title(question), asked_in_full(question)]
        if question.wanted:
            lines.append(f"Evidence wanted: {question.wanted}")
        if question.due_on:
            lines.append(f"Answer wanted by {in_words(question.due_on)}")
        parts.append("\n".join(lines))
    return f"Questions about {review.deployment.name}", "\n\n".join(parts) + "\n"


def _opening(review):
    return (
        f"We are reviewing {review.deployment.name} of {review.vendor.name} and need your answers to the questions "
        "below. Please say with each answer where it comes from (who said it, or which document and page) and its date."
    )


def _title(question):
    return f"Question {question.number}{f': {question.topic}' if question.topic else ''}"


def file_name(review, ending):
    return f"questions-{re.sub(r'[^a-z0-9-]', '-', review.slug)}.{ending}"
