"""Small PDFs of one thing: who may have one, how is it made, and what does it say?"""

import hashlib

import pytest
from django.test import override_settings
from django.urls import reverse
from pypdf import PdfReader

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from dossiers import making, papers, requests, verification
from dossiers.choices import State
from dossiers.models import Paper
from dossiers.tasks import make_paper
from dossiers.wording import printable
from reviews.models import Escalation
from tests.cast import item


@pytest.fixture
def escalation(review, lead, reviewer, vendor):
    """A draft about two statements, addressed to somebody whose name runs from right to left."""
    made = Escalation.objects.create(
        vendor=vendor, review=review, number=3, created_by=lead, answer_by="2027-03-05", opening="Please answer."
    )
    made.addressees.create(name="יעל כהן", job_title="مديرة الحساب", email="account@example.com")
    for number in (1, 17):
        asked = review.questions.create(
            number=number, text=f"What about {number}?", wanted="A report", created_by=reviewer
        )
        made.escalated.create(item=item(review, number), question=asked)
    return made


@pytest.fixture
def paper(escalation, auditor):
    return papers.request("letter", str(escalation.pk), by=auditor)


def fresh(paper):
    return Paper.objects.with_all().get(pk=paper.pk)


def events_of(paper):
    return list(Event.objects.about(paper).order_by("pk").values_list("event_type", "actor_name"))


def signed_in(client, user):
    client.force_login(user)
    return client


def test_a_letter_becomes_a_pdf_that_says_what_the_letter_says(paper, files_dir, client, auditor):
    make_paper(paper.pk)
    made = fresh(paper)
    assert (made.state, made.error, made.percent) == (State.READY, "", 100)
    stored = files_dir / made.file.name
    assert made.file.name.startswith("papers/letter/")
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == made.sha256
    pdf = PdfReader(stored)
    text = " ".join("\n".join(page.extract_text() for page in pdf.pages).split())
    assert "Our reference Escalation 3 · Anthropic" in text
    assert "Answer by 5 March 2027" in text
    assert "What about 17?" in text
    assert "Draft, not sent" in text
    # As it is read: the Hebrew name from the right, each script with letters of its own.
    assert "כהן" in text or "ןהכ" in text
    assert not pdf.attachments
    assert pdf.metadata.title == "Escalation 3"
    assert [label for label, wrong in verification.papers() if not wrong] == [f"paper {made.pk}"]
    response = signed_in(client, auditor).get(reverse("dossiers:paper_download", args=[made.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="escalation-3-anthropic.pdf"'
    assert b"".join(response.streaming_content) == stored.read_bytes()
    assert [kind for kind, _ in events_of(paper)] == ["paper.requested", "paper.made", "paper.downloaded"]


def test_a_second_press_answers_with_the_unfinished_one(paper, escalation, auditor, reviewer):
    assert papers.request("letter", str(escalation.pk), by=auditor) == paper
    assert papers.request("letter", str(escalation.pk), by=reviewer) != paper


def test_nobody_asks_for_what_they_may_not_see(escalation, stranger, auditor):
    for kind, subject, who in (
        ("letter", str(escalation.pk), stranger),
        ("letter", "9" * 30, auditor),
        ("letter", "x", auditor),
        ("nonsense", str(escalation.pk), auditor),
    ):
        with pytest.raises(Refused, match="may no longer see"):
            papers.request(kind, subject, by=who)
    assert not Paper.objects.exists()


def test_who_lost_access_meanwhile_gets_neither_paper_nor_page(paper, auditor, vendor, client):
    grants.take(auditor, Access.AUDIT, vendor)
    make_paper(paper.pk)
    assert (fresh(paper).state, fresh(paper).error) == (State.FAILED, papers.NO_ACCESS)
    assert events_of(paper)[-1] == ("paper.failed", "Auditor")
    assert signed_in(client, auditor).get(paper.get_absolute_url()).status_code == 404
    assert client.get(reverse("dossiers:paper_download", args=[paper.pk])).status_code == 404


def test_a_paper_is_for_whoever_asked_and_nobody_else(paper, client, reviewer, stranger):
    for person in (reviewer, stranger):
        assert signed_in(client, person).get(paper.get_absolute_url()).status_code == 404


def test_the_button_leads_to_a_page_that_looks_again_until_the_paper_is_there(client, escalation, reviewer):
    response = signed_in(client, reviewer).post(reverse("dossiers:paper_request", args=["letter", escalation.pk]))
    paper = Paper.objects.get()
    assert response.url == paper.get_absolute_url()
    assert 'hx-trigger="every 1s"' in client.get(response.url).content.decode()
    requests.fail(paper, making.UNEXPECTED)
    page = client.get(response.url).content.decode()
    assert "hx-trigger" not in page
    assert "Something unexpected went wrong" in page
    assert "Try again" in page
    assert client.get(reverse("dossiers:paper_download", args=[paper.pk])).url == paper.get_absolute_url()


def test_a_message_that_comes_twice_makes_one_file(paper, files_dir):
    with override_settings(DOSSIER_SECONDS=0):  # too little time for any page: no need to lay one out
        make_paper(paper.pk)
        make_paper(paper.pk)
    failed = fresh(paper)
    assert (failed.state, failed.attempt) == (State.FAILED, 1)
    assert failed.error.startswith("The PDF took longer than the 0 seconds")
    assert not list(files_dir.rglob("*.pdf"))


def test_what_a_paper_prints_is_plain_and_shows_what_steers_text():
    said = printable({"name": "a\u202eb", "rows": (1, {"text": "x" * 20_500}), "none": None})
    assert said["name"] == "a‹U+202E›b"
    assert said["rows"][1]["text"].endswith("… (shortened; 20,500 characters)")
    with pytest.raises(TypeError, match="not object"):
        printable({"rows": [object()]})
