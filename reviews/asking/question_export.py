"""How do open questions go to the vendor: as a workbook to fill in, as a document, or as the text of a mail?"""

import re

from evidence import names
from evidence.validity import in_words
from reviews.choices import Judged, QuestionState
from reviews.spreadsheets import office

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
    """The questions as the bytes of an XLSX file."""
    days = [name for name, _ in COLUMNS].index(DATED) + 1
    return office.written("question_sheet", columns=COLUMNS, rows=[_row(each) for each in questions], days=days)


def _row(question):
    due_on = in_words(question.due_on) if question.due_on else ""
    texts = (question.topic, asked_in_full(question), question.wanted, due_on, "", "", "", reference(question))
    return [question.number, *map(_printable, texts)]


def _printable(text):
    """What a file of XML can hold of the text: names and reasons are stored as they were typed."""
    return names.plain(text)


def as_document(questions, review):
    """The questions as the bytes of a DOCX file."""
    return office.written(
        "question_document",
        title=f"Questions about {_printable(review.deployment.name)}",
        opening=_printable(_opening(review)),
        tables=[(_printable(_title(each)), _fields(each)) for each in questions],
    )


def _fields(question):
    rows = [("Question", asked_in_full(question)), ("Evidence wanted", question.wanted)]
    if question.due_on:
        rows.append(("Answer wanted by", in_words(question.due_on)))
    rows += [(ANSWER, ""), (SOURCE, ""), (DATED, ""), (REFERENCE, reference(question))]
    return [(name, _printable(text)) for name, text in rows]


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
