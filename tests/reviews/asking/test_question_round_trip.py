"""Do questions survive the way to the vendor as a file, and their answers the way back?"""

import io
import sys
import tempfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from accounts.permissions import Refused
from audit.models import Event
from reviews import sheets
from reviews.asking import answers, question_export, question_import, questions
from reviews.choices import Judged, QuestionState, Via
from reviews.models import Answer, Question
from reviews.spreadsheets import office
from tests.cast import item

TODAY = date(2026, 11, 20)
TOMORROW = "2026-11-21T10:00:00Z"
LONG = "Ein Satz mit ü und العربية.\n" * 370 + "Schluss"


@pytest.fixture(autouse=True)
def on_20_november(time_machine):
    time_machine.move_to("2026-11-20T10:00:00Z", tick=False)


@pytest.fixture
def three(small, reviewer):
    """Three questions of the review that were asked."""
    for text in ("How long?", "=HYPERLINK(1)", "-5 days or more?"):
        questions.ask_new(small, by=reviewer, text=text, wanted="The clause", items=[item(small, 1)])
    questions.put_all(small.questions.all(), by=reviewer, asked_of="Account team", via=Via.SHEET, due_on=TODAY)
    return small


def exported(review):
    return question_export.as_workbook(question_export.open_ones(review.questions.all()))


def filled(review, *changes):
    """The exported workbook with `(cell, value)` written into it, as somebody uploads it."""
    book = load_workbook(io.BytesIO(exported(review)))
    for cell, value in changes:
        book.active[cell] = value
    stream = io.BytesIO()
    book.save(stream)
    return SimpleUploadedFile("answers.xlsx", stream.getvalue())


def preview(review, *changes):
    return question_import.preview(review, filled(review, *changes), "answers.xlsx")


def brought_in(review, by, *changes):
    found = preview(review, *changes)
    assert found.problems == []
    return question_import.record(review, question_import.seal(found, review, by=by), by=by)


def document(review, **answered):
    """The exported document with these answers written into its tables, as somebody uploads it: `q1="30 days"`."""
    written = Document(
        io.BytesIO(question_export.as_document(question_export.open_ones(review.questions.all()), review))
    )
    for table in written.tables:
        rows = {row.cells[0].text: row.cells[1] for row in table.rows}
        for name, text in answered.get(f"q{rows['Reference'].text.rpartition('/')[2]}", {}).items():
            rows[name].text = text
    stream = io.BytesIO()
    written.save(stream)
    return SimpleUploadedFile("answers.docx", stream.getvalue())


def test_answers_come_back_in_the_document_too(three, reviewer):
    sent = document(
        three,
        q1={"Answer": LONG, "Dated": "19 November 2026"},
        q3={"Answer": "-5 days", "Source of the answer": "DPA, 4", "Dated": "2026-11-18"},
    )
    found = question_import.preview(three, sent, "answers.docx")
    assert [row.question.number for row in found.new] == [1, 3]
    assert [row.skipped for row in found.skipped] == ["No answer stands here."]
    assert question_import.record(three, question_import.seal(found, three, by=reviewer), by=reviewer) == (2, 0)
    assert list(Answer.objects.order_by("question__number").values_list("text", "source", "said_on")) == [
        (LONG, "answers.docx, table 1", date(2026, 11, 19)),
        ("-5 days", "DPA, 4", date(2026, 11, 18)),
    ]


def test_what_is_wrong_in_a_document_is_named_by_table_and_field(three):
    sent = document(three, q1={"Answer": "Yes", "Reference": "other/1"}, q2={"Answer": "Yes", "Dated": "soon"})
    found = question_import.preview(three, sent, "answers.docx")
    assert [(row.place, row.problem) for row in found.problems] == [
        ("table 1, Reference", "“other/1” is a question of another review."),
        ("table 2, Dated", "“soon” is no day: write it as 30 June 2027 or 2027-06-30."),
    ]


def test_two_columns_of_one_name_are_refused_and_a_hidden_sheet_says_that_it_is(three):
    with pytest.raises(Refused, match="In “Questions” the heading Answer stands twice"):
        preview(three, ("J1", "answer "), ("F2", "Yes"), ("J2", "No"))
    book = load_workbook(filled(three, ("F2", "Yes")))
    book.active.sheet_state = "hidden"
    book.create_sheet("Read me")
    stream = io.BytesIO()
    book.save(stream)
    found = question_import.preview(three, SimpleUploadedFile("answers.xlsx", stream.getvalue()), "answers.xlsx")
    assert [row.place for row in found.new] == ["Questions (hidden), F2"]


def test_characters_that_no_file_holds_stop_no_export_and_no_answer(three, reviewer):
    odd = "Two\x0blines,\x07 no \ufffe\uffffbell"
    asked = questions.ask_new(three, by=reviewer, text=odd, wanted=odd)
    Question.objects.filter(pk=asked.pk).update(topic="\uffffOf old")
    given = answers.record(asked, by=reviewer, text=odd, source=odd, said_on=TODAY, via=Via.EMAIL)
    assert (asked.text, given.text, given.source) == (*["Two\nlines, no bell"] * 2, "Two lines, no bell")
    answers.judge(given, by=reviewer, judged=Judged.INSUFFICIENT, reason="\ufffeAnd the backups?")
    assert answers.take(given, by=reviewer).current.size > len(given.text)
    sheet = load_workbook(io.BytesIO(exported(three))).active
    assert sheet["B5"].value == "Of old"
    assert sheet["C5"].value.endswith("Still missing after your answer of 20 November 2026: And the backups?")
    assert len(Document(document(three)).tables) == 4


def test_a_file_that_is_not_written_in_time_is_refused_with_a_sentence(three, browser_of, lead, monkeypatch):
    monkeypatch.setattr(office, "WITHIN", 0.001)
    page = reverse("reviews:questions_export", args=[three.slug])
    answer = browser_of(lead).get(f"{page}?format=docx&show=asked", follow=True)
    assert answer.redirect_chain == [(f"{reverse('reviews:questions', args=[three.slug])}?format=docx&show=asked", 302)]
    assert "Writing the file took too long. Try again in a while" in answer.text
    assert not Event.objects.filter(event_type="review.questions_exported").exists()


def test_what_writes_a_file_knows_no_settings_and_leaves_nothing_behind(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("SECRET_KEY", "of the site")
    program = "import os, tempfile; tempfile.mkstemp(); print(*os.environ)"
    monkeypatch.setattr(office, "CHILD", [sys.executable, "-I", "-c", program])
    assert b"SECRET_KEY" not in office.written("xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_workbook_can_be_filled_in_and_computes_nothing(three):
    sheet = load_workbook(io.BytesIO(exported(three))).active
    assert [cell.value for cell in sheet[1]] == [name for name, _ in question_export.COLUMNS]
    assert [(row[2].value, row[2].data_type, row[8].value) for row in sheet.iter_rows(min_row=2)] == [
        ("How long?", "s", f"{three.slug}/1"), ("=HYPERLINK(1)", "s", f"{three.slug}/2"),
        ("-5 days or more?", "s", f"{three.slug}/3"),
    ]  # fmt: skip
    assert (sheet.freeze_panes, sheet.column_dimensions["I"].hidden) == ("A2", True)


def test_what_did_not_suffice_goes_out_again_with_what_is_missing(three, reviewer):
    question = three.questions.get(number=1)
    given = answers.record(question, by=reviewer, text="Thirty.", source="Mail", said_on=TODAY, via=Via.EMAIL)
    assert "How long?" not in question_export.as_mail(question_export.open_ones(three.questions.all()), three)[1]
    answers.judge(given, by=reviewer, judged=Judged.INSUFFICIENT, reason="And the backups?")
    _, text = question_export.as_mail(question_export.open_ones(three.questions.all()), three)
    asked = "Question 1\nHow long?\n\nStill missing after your answer of 20 November 2026: And the backups?\n"
    assert f"{asked}Evidence wanted: The clause\nAnswer wanted by 20 November 2026\n" in text
    document = Document(
        io.BytesIO(question_export.as_document(question_export.open_ones(three.questions.all()), three))
    )
    assert [row.cells[0].text for row in document.tables[0].rows] == [
        "Question", "Evidence wanted", "Answer wanted by", "Answer", "Source of the answer", "Dated", "Reference",
    ]  # fmt: skip


def test_answers_come_back_whole_with_their_source_and_day_and_only_once(three, reviewer, time_machine):
    changes = [("F2", LONG), ("G2", "Retention policy, p. 3"), ("H2", date(2026, 11, 18)), ("F3", "Yes."), ("F4", "  ")]
    assert brought_in(three, reviewer, *changes) == (2, 0)
    found = Answer.objects.order_by("question__number").values_list("text", "source", "said_on", "via")
    assert list(found) == [
        (LONG, "Retention policy, p. 3", date(2026, 11, 18), "sheet"), ("Yes.", "answers.xlsx, row 3", TODAY, "sheet"),
    ]  # fmt: skip
    assert len(LONG) > 10_000
    states = Question.objects.order_by("number").values_list("state", flat=True)
    assert list(states) == [QuestionState.ANSWERED, QuestionState.ANSWERED, QuestionState.ASKED]
    first = filled(three)
    again = load_workbook(first)
    again.active.delete_rows(2, 5)
    for row, (number, values) in enumerate({1: changes[:3], 2: changes[3:4]}.items(), start=2):
        again.active.cell(row, 9, f"{three.slug}/{number}")
        for cell, value in values:
            again.active[f"{cell[0]}{row}"] = value
    stream = io.BytesIO()
    again.save(stream)
    time_machine.move_to(TOMORROW, tick=False)
    same = question_import.preview(three, SimpleUploadedFile("answers.xlsx", stream.getvalue()), "answers.xlsx")
    assert [row.skipped for row in same.rows] == ["This answer is recorded already."] * 2
    assert (same.new, same.problems) == ([], [])


@pytest.mark.parametrize(
    ("changes", "place", "problem"),
    [
        ([("F2", "x"), ("I2", "{slug}/77")], "Questions, I2", "Nobody asked “{slug}/77”."),
        ([("F2", "x"), ("I2", "other-review/1")], "Questions, I2", "“other-review/1” is a question of another review."),
        ([("F2", "x"), ("I2", None)], "Questions, I2",
         "The reference is missing, so nobody knows which question this answers."),
        ([("F2", "=1+1")], "Questions, F2", "A formula stands here. Write the answer itself, as text."),
        ([("F2", "x"), ("H2", "soon")], "Questions, H2", "“soon” is no day: write it as 30 June 2027 or 2027-06-30."),
        ([("F2", "x"), ("H2", "2026-11-21")], "Questions, F2",
         "An answer cannot be dated 21 November 2026: that day has not come yet."),
        ([("F2", "x" * 20_001)], "Questions, F2",
         "The answer has 20,001 characters; at most 20,000 can be kept. Attach it as a file."),
        ([("F2", "x"), ("F3", "y"), ("I3", "{slug}/1")], "Questions, F3",
         "Question 1 is answered twice in this file; the first is Questions, F2."),
    ],
)  # fmt: skip
def test_every_problem_is_named_by_its_cell(three, changes, place, problem):
    written = [(cell, value.format(slug=three.slug) if value else value) for cell, value in changes]
    sheet = load_workbook(filled(three, *written)).active
    rows = [[sheets.Formula(cell.value) if cell.data_type == "f" else cell.value for cell in row[5:]] for row in sheet]
    book = sheets.Workbook([sheets.Sheet(sheet.title, [[None] * 5 + row for row in rows])])
    [row] = question_import.of(three, book, "answers.xlsx").problems
    assert (row.place, row.problem) == (place, problem.format(slug=three.slug))


def test_more_than_one_form_carries_is_said_before_the_confirmation(three, reviewer, browser_of, monkeypatch):
    monkeypatch.setattr(question_import, "MOST_SEALED", 200)
    page = browser_of(reviewer).post(
        f"/reviews/{three.slug}/questions/import/", {"file": filled(three, ("F2", "Yes."))}
    )
    assert (page.status_code, "Bring them in by two files." in page.content.decode()) == (422, True)


def test_all_is_recorded_or_nothing_and_only_by_who_saw_the_preview(three, reviewer, lead):
    found = preview(three, ("F2", "Thirty."), ("F3", "Yes."))
    sealed = question_import.seal(found, three, by=reviewer)
    with pytest.raises(Refused, match="another person"):
        question_import.record(three, sealed, by=lead)
    with pytest.raises(Refused, match="no longer valid"):
        question_import.record(three, sealed[:-1], by=reviewer)
    questions.withdraw(three.questions.get(number=2), by=lead, reason="Not needed.")
    with pytest.raises(Refused, match=r"^Nothing was recorded\. Question 2: Question 2 was withdrawn"):
        question_import.record(three, sealed, by=reviewer)
    assert not Answer.objects.exists()
