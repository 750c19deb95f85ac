"""Which questionnaire did the vendor fill in, in the demo? A short one of our own words, in the CAIQ's columns."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile

from evidence import library
from reviews import sheets
from reviews.questionnaires import bringing, reading, taking

HEADINGS = (
    "Question ID",
    "Question",
    "CSP CAIQ Answer",
    "SSRM Control Ownership",
    "CSP Implementation Description (Optional/Recommended)",
)
SHEET = "CAIQv4.0.2"
MADE_UP = "Made up for the demonstration: questions in our own words, answers that nobody gave."


def hand_in(scene, review, entry):
    """Hand it in and have it read here, without a worker; set aside what the demo's file names."""
    by = scene.people[entry["by"]]
    rows = [[MADE_UP], list(HEADINGS), *entry["rows"]]
    source = bringing.keep(review, SimpleUploadedFile(entry["file"], _workbook(rows)), by=by)
    reading.read(source.pk, open_book=lambda source: sheets.Workbook([sheets.Sheet(SHEET, rows)]))
    source.refresh_from_db()
    library.correct(source.evidence, by=by, title=entry["title"])
    for proposal in source.proposals.filter(question_id__in=entry["set_aside"]):
        taking.dismiss(proposal, by=by)


def _workbook(rows):
    from openpyxl import Workbook  # of what a web process loads only when somebody asks for it

    made = Workbook()
    made.active.title = SHEET
    for row in rows:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()
