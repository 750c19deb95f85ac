"""What do the pages of questions to the vendor show, and what do their forms do?"""

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from evidence.models import Evidence
from reviews.asking import answers, questions, standard_questions
from reviews.choices import Judged, QuestionState, Via
from reviews.models import Answer, Question
from tests.cast import CHECKLIST, item, pdf, record
from tests.reviews.conftest import address, field, text_of, textarea
from vendors.models import Contact

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def on_20_november(time_machine):
    time_machine.move_to("2026-11-20T10:00:00Z", tick=False)


def at(review, path=""):
    return f"/reviews/{review.slug}/questions/{path}"


def ask(review, by, text="How long is it kept?", numbers=(1,), **put):
    question = questions.ask_new(review, by=by, text=text, items=[item(review, number) for number in numbers])
    if put:
        questions.put(question, by=by, **({"asked_of": "Account team", "via": Via.EMAIL} | put))
    question.refresh_from_db()
    return question


def answer(question, by, text="Thirty days.", **values):
    given = {"source": "Account team", "said_on": TODAY, "via": Via.EMAIL} | values
    return answers.record(question, by=by, text=text, **given)


def chips(response):
    """`{filter: count}` as the page shows it."""
    found = re.findall(r'class="cs-chip"[^>]*>([^<]+?) <span class="cs-chip-count">(\d+)', response.content.decode())
    return {label: int(count) for label, count in found}


@pytest.fixture
def varied_questions(small, reviewer):
    """One question in each place the filters know."""
    ask(small, reviewer, "To ask?")
    ask(small, reviewer, "Waiting?", due_on=date(2026, 11, 20))
    ask(small, reviewer, "Late?", asked_on=date(2026, 11, 1), due_on=date(2026, 11, 19), numbers=(2,))
    for text, judged in (("To judge?", None), ("Insufficient?", Judged.INSUFFICIENT), ("Settled?", Judged.SUFFICIENT)):
        given = answer(ask(small, reviewer, text, due_on=None), reviewer)
        if judged:
            answers.judge(given, by=reviewer, judged=judged, reason="Page 3.")
    questions.withdraw(ask(small, reviewer, "Withdrawn?"), by=reviewer, reason="Answered by the contract.")
    return small


def test_the_list_counts_and_filters(browser_of, reviewer, varied_questions):
    browser = browser_of(reviewer)
    page = browser.get(at(varied_questions))
    assert chips(page) == {
        "All": 6, "To ask": 1, "Waiting": 2, "Late": 1, "To judge": 1, "Insufficient": 1, "Answered": 1, "Withdrawn": 1,
    }  # fmt: skip
    for show, shown in (("late", ["Late?"]), ("withdrawn", ["Withdrawn?"]), ("nonsense", None)):
        listed = [each.text for each in browser.get(at(varied_questions), {"show": show}).context["page"]]
        assert listed == shown or (shown is None and len(listed) == 6)
    about_two = browser.get(at(varied_questions), {"statement": "2"}).context["page"]
    assert [each.text for each in about_two] == ["Late?"]


def test_the_list_asks_the_database_as_often_for_thirty_questions_as_for_one(browser_of, small, reviewer):
    browser = browser_of(reviewer)
    counts = []
    for more in (1, 29):
        for _ in range(more):
            answer(ask(small, reviewer, numbers=(1, 2)), reviewer)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(at(small)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_standard_questions_are_chosen_and_put_to_the_account_team(browser_of, review, vendor, reviewer):
    standard_questions.load(standard_questions.beside(CHECKLIST))
    Contact.objects.create(vendor=vendor, name="Support", email="support@example.com")
    team = Contact.objects.create(vendor=vendor, name="Account manager", job_title="Sales", is_account_team=True)
    browser = browser_of(reviewer)
    offered = browser.get(at(review, "standard/")).context["offered"]
    assert "49 standard questions" not in text_of(browser.get(at(review)))
    browser.post(at(review, "standard/"), {"chosen": [each.pk for each in offered[:3]]})
    form = browser.get(at(review, "put/")).context["form"]
    assert form.initial["contact"] == team
    drafts = Question.objects.values_list("pk", flat=True)
    sent = {"questions": list(drafts), "contact": team.pk, "asked_of": "", "via": "email", "asked_on": "2026-11-20"}
    browser.post(at(review, "put/"), sent | {"due_on": "2026-12-04"})
    asked = Question.objects.order_by().values_list("state", "asked_of", "due_on").distinct()
    assert list(asked) == [("asked", "Account manager, Sales (account team)", date(2026, 12, 4))]


def test_a_question_is_asked_answered_with_a_file_judged_and_taken(browser_of, small, reviewer):
    browser = browser_of(reviewer)
    page = browser.get(at(small, "new/"), {"statement": "3"})
    assert textarea(page, "text") == item(small, 3).statement.ask
    browser.post(at(small, "new/"), {"text": "How long?", "items": [item(small, 3).pk], "version": "1"})
    question = Question.objects.get()
    here = question.get_absolute_url()
    asked = {"asked_of": "Support", "via": "email", "asked_on": "2026-11-20", "version": question.version}
    browser.post(f"{here}put/", asked)
    said = {"text": "Thirty days.", "source": "Mail of Support", "said_on": "2026-11-20", "via": "email"}
    browser.post(f"{here}answer/", said | {"files": [pdf()]})
    given = Answer.objects.get()
    attached = given.attachments.get()
    download = browser.get(f"{here}files/{attached.pk}/")
    assert download["Content-Disposition"] == 'attachment; filename="report.pdf"'
    assert download["X-Content-Type-Options"] == "nosniff"
    assert b"".join(download.streaming_content) == pdf().read()
    version = field(browser.get(here), "version")
    browser.post(f"{here}answers/1/judge/", {"judged": "sufficient", "reason": "", "version": version})
    question.refresh_from_db()
    assert question.state == QuestionState.SETTLED
    taken = {"kind": "policy", "confidentiality": "internal", "title": "Retention", "cite": "on"}
    browser.post(f"{here}answers/1/take/?file={attached.pk}", taken)
    assert Evidence.objects.get().citations.get().item.number == 3
    page = text_of(browser.get(here))
    assert "in the evidence as Retention" in page
    history = [
        each for each in ("asked it of Support", "judged answer 1: sufficient", "read report.pdf") if each in page
    ]
    assert len(history) == 3


def test_a_refusal_keeps_what_was_typed_and_a_stale_form_is_based_on_the_newest(browser_of, small, reviewer, lead):
    question = ask(small, reviewer, via=Via.EMAIL)
    browser = browser_of(reviewer)
    here = question.get_absolute_url()
    late = browser.post(
        f"{here}answer/", {"text": "Ninety.", "source": "Mail", "said_on": "2026-11-21", "via": "email"}
    )
    assert (late.status_code, textarea(late, "text")) == (422, "Ninety.")
    assert "that day has not come yet" in text_of(late)
    given = answer(question, lead)
    stale = browser.post(
        f"{here}answers/1/judge/", {"judged": "insufficient", "reason": "Backups?", "version": question.version}
    )
    assert (stale.status_code, textarea(stale, "reason")) == (422, "Backups?")
    assert given.judgements.count() == 0
    question.refresh_from_db()
    again = {"judged": "insufficient", "reason": "Backups?", "version": field(stale, "version")}
    assert browser.post(f"{here}answers/1/judge/", again).status_code == 302


def test_two_who_edit_one_draft_see_both_texts(browser_of, small, reviewer, lead):
    question = ask(small, reviewer)
    questions.change(question, by=lead, version=1, text="How long, in backups too?")
    page = browser_of(reviewer).post(
        f"{question.get_absolute_url()}edit/", {"text": "How long exactly?", "version": "1", "items": []}
    )
    assert page.status_code == 422
    assert "How long, in backups too?" in text_of(page)
    assert (textarea(page, "text"), field(page, "version")) == ("How long exactly?", "2")


def test_the_item_shows_its_questions_and_takes_over_what_was_asked(browser_of, small, reviewer, auditor):
    each = record(item(small, 1), reviewer, finding="unconfirmed", asked="", asked_of="")
    question = ask(small, reviewer, due_on=date(2026, 12, 1))
    answer(question, reviewer)
    browser = browser_of(reviewer)
    assert "Asked of Account team on 20 November 2026 Thirty days." in text_of(browser.get(address(small, 1)))
    browser.post(address(small, 1, f"asked/{question.number}/"))
    each.refresh_from_db()
    assert (each.asked, each.asked_of) == (
        "How long is it kept? (question 1, asked on 20 November 2026)", "Account team",
    )  # fmt: skip
    page = text_of(browser_of(auditor).get(address(small, 1)))
    assert "How long is it kept?" in page
    assert "Ask about this statement" not in page
    assert "How long is it kept?" in text_of(browser.get(small.vendor.get_absolute_url()))


def test_a_stranger_finds_neither_question_nor_file(browser_of, small, reviewer, stranger):
    question = ask(small, reviewer)
    attached = answer(question, reviewer, attachments=[pdf()]).attachments.get()
    browser = browser_of(stranger)
    here = question.get_absolute_url()
    paths = (at(small), here, f"{here}files/{attached.pk}/", f"{here}answers/1/take/")
    assert [browser.get(path).status_code for path in paths] == [404] * 4
    other = ask(small, reviewer, "Another?")
    assert browser_of(reviewer).get(f"{other.get_absolute_url()}files/{attached.pk}/").status_code == 404


def test_the_list_is_exported_as_it_is_filtered_and_the_answers_brought_in(browser_of, varied_questions, reviewer):
    review = varied_questions
    browser = browser_of(reviewer)
    late = browser.get(at(review, "export/"), {"show": "late"})
    assert late["Content-Disposition"] == f'attachment; filename="questions-{review.slug}.xlsx"'
    sheet = load_workbook(io.BytesIO(late.content))
    assert [row[2].value for row in sheet.active.iter_rows(min_row=2)] == ["Late?"]
    sheet.active["F2"] = "Here it is."
    stream = io.BytesIO()
    sheet.save(stream)
    page = browser.post(at(review, "import/"), {"file": SimpleUploadedFile("a.xlsx", stream.getvalue())})
    assert "1 new answer" in text_of(page)
    assert not Answer.objects.filter(text="Here it is.").exists()
    done = browser.post(at(review, "import/record/"), {"sealed": field(page, "sealed")}, follow=True)
    assert "1 answer recorded." in text_of(done)
    assert Answer.objects.get(text="Here it is.").source == "a.xlsx, row 2"
    mail = textarea_by_id(browser.get(at(review, "mail/"), {"show": "insufficient"}))
    assert "Insufficient?" in mail
    assert "Waiting?" not in mail
    none = browser.post(at(review, "import/"), {"file": SimpleUploadedFile("a.xlsx", b"")})
    assert (none.status_code, "is empty: it has 0 bytes" in text_of(none)) == (422, True)


def textarea_by_id(response):
    return re.search(r'<textarea[^>]*id="mail-text"[^>]*>(.*?)</textarea>', response.content.decode(), re.DOTALL)[1]
