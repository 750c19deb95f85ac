"""What becomes of an answer: recorded as it came, judged, taken into the evidence?"""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.permissions import Refused
from audit.models import Event
from config.verification import CHECKS
from evidence import library
from evidence.models import Evidence
from reviews.asking import answers, questions
from reviews.choices import Finding, Judged, QuestionState, Via
from reviews.models import Answer, Attachment, Item, Judgement, Question
from reviews.permissions import can_sign
from tests.cast import item, pdf, submit

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-11-20T10:00:00Z", tick=False):
        yield


@pytest.fixture
def asked(small, reviewer):
    question = questions.ask_new(small, by=reviewer, text="How long is it kept?", items=[item(small, 1)])
    return questions.put(question, by=reviewer, asked_of="Account team", via=Via.EMAIL)


def answer(question, by, text="Thirty days.", **values):
    given = {"source": "Account team", "said_on": TODAY, "via": Via.EMAIL} | values
    return answers.record(question, by=by, text=text, **given)


def state(question):
    return Question.objects.get(pk=question.pk).state


def stored_files(folder="answers"):
    try:
        folders, _ = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return [name for each in folders for name in default_storage.listdir(f"{folder}/{each}")[1]]


def test_an_answer_is_judged_insufficient_asked_again_answered_and_settled(asked, reviewer, second_reviewer):
    first = answer(asked, reviewer)
    assert state(asked) == QuestionState.ANSWERED
    answers.judge(first, by=second_reviewer, judged=Judged.INSUFFICIENT, reason="And the backups?")
    assert state(asked) == QuestionState.INSUFFICIENT
    questions.put(asked, by=reviewer, asked_of="Account team", via=Via.MEETING, due_on=date(2026, 11, 27))
    assert state(asked) == QuestionState.ASKED
    second = answer(asked, reviewer, "Thirty days, backups too.")
    answers.judge(second, by=reviewer, judged=Judged.SUFFICIENT)
    assert state(asked) == QuestionState.SETTLED
    assert [each.number for each in asked.answers.all()] == [1, 2]
    kinds = Event.objects.filter(target_type="question", target_id=asked.pk).order_by("pk")
    assert list(kinds.values_list("event_type", flat=True)) == [
        "question.created", "question.put", "question.answered", "question.judged", "question.put",
        "question.answered", "question.judged",
    ]  # fmt: skip


def test_an_answer_after_the_settlement_opens_the_judging_again(asked, reviewer):
    first = answer(asked, reviewer)
    answers.judge(first, by=reviewer, judged=Judged.SUFFICIENT)
    answer(asked, reviewer, "We were wrong: ninety days.")
    assert state(asked) == QuestionState.ANSWERED
    with pytest.raises(Refused, match="There is a newer answer to question 1"):
        answers.judge(first, by=reviewer, judged=Judged.SUFFICIENT)


def test_an_answer_to_a_draft_says_that_it_was_asked(small, reviewer):
    draft = questions.ask_new(small, by=reviewer, text="Where is it processed?")
    answer(draft, reviewer, source="Contract, annex 2", said_on=date(2026, 3, 1), via=Via.DOCUMENT)
    draft.refresh_from_db()
    assert (draft.state, draft.asked_on, draft.asked_of) == (
        QuestionState.ANSWERED, date(2026, 3, 1), "Contract, annex 2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"text": " \r\n "}, "Write down what was answered."),
        ({"text": "x" * 20_001},
         "The answer has 20,001 characters; at most 20,000 can be kept. Attach it as a file."),
        ({"source": ""}, "Say where the answer comes from: who said it, or which document."),
        ({"said_on": date(2026, 11, 21)},
         "An answer cannot be dated 21 November 2026: that day has not come yet."),
        ({"said_on": date(206, 11, 20)}, "An answer of 20 November 0206? Look at the day again."),
        ({"via": ""}, "Say through which channel the answer came."),
    ],
)  # fmt: skip
def test_what_cannot_be_an_answer_is_refused(asked, reviewer, values, sentence):
    with pytest.raises(Refused) as refused:
        answer(asked, reviewer, **values)
    assert str(refused.value) == sentence
    assert not Answer.objects.exists()


def test_a_long_answer_is_kept_whole_and_once(asked, reviewer):
    text = "Zeile für Zeile\n" * 624 + "Ende der Antwort"
    assert len(text) == 10_000
    answer(asked, reviewer, text.replace("\n", "\r\n"))
    assert Answer.objects.get().text == text
    with pytest.raises(Refused, match="recorded already"):
        answer(asked, reviewer, text)


def test_files_come_with_an_answer_or_nothing_does(asked, reviewer):
    with pytest.raises(Refused, match="an HTML page"):
        answer(asked, reviewer, attachments=[pdf(), SimpleUploadedFile("b.html", b"<html><script>")])
    assert (Answer.objects.count(), stored_files()) == (0, [])
    given = answer(asked, reviewer, attachments=[pdf()])
    attached = Attachment.objects.get(answer=given)
    assert (attached.name, attached.content_type) == ("report.pdf", "application/pdf")
    assert stored_files() == [attached.file.name.rpartition("/")[2]]
    with answers.read_attachment(attached, by=reviewer) as file:
        assert file.read() == pdf().read()
    assert Event.objects.get(event_type="question.file_read").content_hash == f"sha256:{attached.sha256}"


def test_answers_files_and_judgements_never_change(asked, reviewer):
    given = answer(asked, reviewer, attachments=[pdf()])
    answers.judge(given, by=reviewer, judged=Judged.SUFFICIENT)
    for model, change in ((Answer, {"text": "Forty."}), (Attachment, {"name": "x"}), (Judgement, {"reason": "x"})):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()


def test_not_sufficient_says_what_is_missing_and_the_same_opinion_counts_once(asked, reviewer):
    given = answer(asked, reviewer)
    with pytest.raises(Refused, match="Say what is missing"):
        answers.judge(given, by=reviewer, judged=Judged.INSUFFICIENT, reason="  ")
    for _ in range(2):
        answers.judge(given, by=reviewer, judged=Judged.INSUFFICIENT, reason="The backups.")
    assert given.judgements.count() == 1
    answers.judge(given, by=reviewer, judged=Judged.SUFFICIENT, reason="It says so on page 2.")
    assert state(asked) == QuestionState.SETTLED


def test_only_who_works_on_the_vendor_records_judges_and_takes(asked, reviewer, auditor):
    given = answer(asked, reviewer)
    for attempt in (
        lambda: answer(asked, auditor, "No."),
        lambda: answers.judge(given, by=auditor, judged=Judged.SUFFICIENT),
        lambda: answers.take(given, by=auditor),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert state(asked) == QuestionState.ANSWERED


def test_an_answer_becomes_evidence_of_whoever_takes_it(small, asked, ciso, reviewer):
    given = answer(asked, reviewer, "Dreißig Tage.")
    taken = answers.take(given, by=ciso)
    assert (taken.kind, taken.current.issued_on, taken.current.uploaded_by) == ("vendor_statement", TODAY, ciso)
    with taken.current.file.open() as file:
        text = file.read().decode()
    assert "Question 1, asked of Account team on 20 November 2026, e-mail:\nHow long is it kept?" in text
    assert "Answer 1 (Account team, dated 20 November 2026, e-mail):\nDreißig Tage." in text
    assert answers.cite(taken, asked.items.all(), by=reviewer) == []
    with pytest.raises(Refused, match="It was taken already"):
        answers.take(given, by=reviewer)
    submit(item(small, 1), reviewer)
    assert can_sign(ciso, item(small, 1)).reason.startswith("You uploaded the cited evidence")


def test_the_same_answer_with_the_same_files_is_recorded_once(asked, reviewer):
    answer(asked, reviewer, attachments=[pdf("one")])
    with pytest.raises(Refused, match="recorded already"):
        answer(asked, reviewer, attachments=[pdf("one")])
    answer(asked, reviewer, attachments=[pdf("two")])
    assert (Answer.objects.count(), len(stored_files())) == (2, 2)


def test_who_recorded_an_answer_does_not_sign_what_rests_on_it_whoever_took_it(small, asked, ciso, reviewer):
    taken = answers.take(answer(asked, ciso, attachments=[pdf("one")]), by=reviewer)
    answers.cite(taken, asked.items.all(), by=reviewer)
    submit(item(small, 1), reviewer)
    said = f"You recorded the answer that became the cited evidence “{taken.title}”. Someone else has to sign it."
    standing = Item.objects.with_standing().get(pk=item(small, 1).pk)
    with CaptureQueriesContext(connection) as captured:
        [citation] = standing.citations.all()
        assert citation.brought_by == {reviewer.pk, ciso.pk}
    assert len(captured) == 0
    assert can_sign(ciso, item(small, 1)).reason == can_sign(ciso, standing).reason == said
    library.add_version(taken, upload=pdf("a later one"), by=reviewer)
    assert can_sign(ciso, item(small, 1))


def test_a_file_that_came_with_an_answer_becomes_evidence_and_a_damaged_one_does_not(asked, reviewer):
    given = answer(asked, reviewer, attachments=[pdf("one"), pdf("two")])
    one, two = given.attachments.all()
    taken = answers.take(given, by=reviewer, attachment=one, kind="policy", title="Retention policy")
    assert (taken.title, taken.kind, taken.current.sha256) == ("Retention policy", "policy", one.sha256)
    with default_storage.open(two.file.name, "wb") as file:
        file.write(b"x" * two.size)
    with pytest.raises(Refused, match="other contents"):
        answers.take(given, by=reviewer, attachment=two)
    damaged = Event.objects.about(asked).filter(event_type="question.file_damaged")
    assert [event.reason.split(":")[0] for event in damaged] == [
        "The file in the storage has other contents than were stored"
    ]
    assert [(label, bool(wrong)) for label, wrong in CHECKS["files of answers"]()] == [
        (f"file {one.pk} of an answer (report.pdf)", False), (f"file {two.pk} of an answer (report.pdf)", True),
    ]  # fmt: skip
    assert Evidence.objects.count() == 1


def test_what_is_submitted_is_not_cited_and_says_so(small, asked, reviewer, evidence):
    submit(item(small, 1), reviewer, evidence, finding=Finding.CONFIRMED)
    taken = answers.take(answer(asked, reviewer), by=reviewer)
    [left] = answers.cite(taken, asked.items.all(), by=reviewer)
    assert left.startswith("Statement 1 does not cite it: The item is awaiting sign-off.")
