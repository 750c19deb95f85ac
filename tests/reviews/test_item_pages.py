"""Does one item work in the browser, and is nothing lost when it is refused? (rules 1 and 23)"""

import html
import unicodedata

import pytest

from evidence.models import Evidence
from reviews import findings, ownership, workflow
from reviews.choices import Finding, Status
from reviews.models import Comment
from tests.cast import add_evidence, bring_to, item, pdf, record, sign, submit
from tests.reviews.conftest import address, field, text_of, textarea, typed

TEXT_LIMIT = 20_000

# Recording


def test_a_finding_is_saved_and_the_work_begins(small, browser_of, reviewer):
    client = browser_of(reviewer)
    response = client.post(address(small, 1, "record/"), typed(item(small, 1), notes="Read."), follow=True)
    assert response.redirect_chain == [(address(small, 1), 302)]
    assert "Saved." in text_of(response)
    each = item(small, 1)
    assert (each.finding, each.notes, each.status, each.finding_by) == (
        "confirmed",
        "Read.",
        Status.IN_PROGRESS,
        reviewer,
    )


def test_saving_and_submitting_is_one_click(small, browser_of, reviewer):
    client = browser_of(reviewer)
    values = typed(item(small, 8), finding="unconfirmed", reason="Nobody knows.", and_submit="1")
    response = client.post(address(small, 8, "record/"), values, follow=True)
    assert "submitted" in text_of(response)
    assert item(small, 8).status == Status.AWAITING


def test_what_is_not_ready_to_be_submitted_is_saved_and_the_reason_said(small, browser_of, reviewer):
    client = browser_of(reviewer)
    response = client.post(address(small, 1, "record/"), typed(item(small, 1), notes="Kept.", and_submit="1"))
    assert response.status_code == 422
    assert "Cite at least one piece of evidence" in text_of(response)
    assert (item(small, 1).notes, item(small, 1).status) == ("Kept.", Status.IN_PROGRESS)


def test_a_stale_tab_shows_both_texts_and_saving_again_is_a_decision(small, browser_of, reviewer, second_reviewer):
    opened = item(small, 1)
    record(opened, second_reviewer, notes="Theirs, newer.")
    client = browser_of(reviewer)
    response = client.post(address(small, 1, "record/"), typed(opened, notes="Mine, older tab."))
    assert response.status_code == 422
    assert "someone changed this item while you were writing" in text_of(response)
    assert "Theirs, newer." in text_of(response)
    assert textarea(response, "notes") == "Mine, older tab."
    assert item(small, 1).notes == "Theirs, newer."

    again = typed(opened, notes="Mine, older tab.", version=field(response, "version"))
    assert client.post(address(small, 1, "record/"), again).status_code == 302
    assert item(small, 1).notes == "Mine, older tab."


def test_a_stale_tab_that_changes_nothing_is_no_conflict(small, browser_of, reviewer, second_reviewer):
    opened = item(small, 1)
    record(opened, second_reviewer, notes="Same.")
    response = browser_of(reviewer).post(address(small, 1, "record/"), typed(opened, notes="Same."))
    assert response.status_code == 302


def test_the_second_conflict_in_a_row_is_shown_too(small, browser_of, reviewer, second_reviewer):
    opened = item(small, 1)
    record(opened, second_reviewer, notes="Theirs 1.")
    client = browser_of(reviewer)
    response = client.post(address(small, 1, "record/"), typed(opened, notes="Mine."))
    record(item(small, 1), second_reviewer, notes="Theirs 2.")
    again = typed(opened, notes="Mine.", version=field(response, "version"))
    response = client.post(address(small, 1, "record/"), again)
    assert response.status_code == 422
    assert "Theirs 2." in text_of(response)
    assert item(small, 1).notes == "Theirs 2."


@pytest.mark.parametrize("name", ["notes", "reason", "asked"])
def test_a_text_of_200_kb_is_refused_in_a_sentence_and_stays_in_the_form(small, browser_of, reviewer, name):
    long = "word " * 40_000
    response = browser_of(reviewer).post(address(small, 1, "record/"), typed(item(small, 1), **{name: long}))
    assert response.status_code == 422
    assert "at most 20000 characters" in text_of(response)
    assert textarea(response, name).strip() == long.strip()
    assert getattr(item(small, 1), name) == ""


def test_a_text_of_exactly_the_limit_is_saved(small, browser_of, reviewer):
    browser_of(reviewer).post(address(small, 1, "record/"), typed(item(small, 1), notes="é" * TEXT_LIMIT))
    assert item(small, 1).notes == "é" * TEXT_LIMIT


@pytest.mark.parametrize(
    "text",
    [
        "Zoë & Łukasz <b>Straße</b>",
        "👩‍👩‍👧‍👦 ✓ 🇨🇭",
        "עברית العربية",
        "a\u202eb\u200d\u0301\ufeff",
        unicodedata.normalize("NFD", "Zoë"),
        "<script>alert(1)</script>{{ settings.SECRET_KEY }}{% now 'Y' %}",
        "line\nline\n\nline",
    ],
)
def test_any_text_is_kept_as_it_was_typed_and_printed_as_text(small, browser_of, reviewer, evidence, text):
    client = browser_of(reviewer)
    assert client.post(address(small, 1, "record/"), typed(item(small, 1), notes=text)).status_code == 302
    assert item(small, 1).notes.replace("\r\n", "\n") == text
    page = client.get(address(small, 1))
    assert textarea(page, "notes").replace("\r\n", "\n") == text
    assert b"<script>alert(1)" not in page.content
    findings.cite(item(small, 1), evidence, by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    sign(item(small, 1))
    assert html.escape(text.split("\n")[0]) in client.get(address(small, 1)).content.decode()


@pytest.mark.parametrize("act", ["record/", "comment/", "submit/", "sign/", "owner/"])
def test_a_nul_is_a_sentence_and_never_a_crash(small, browser_of, reviewer, ciso, act):
    bring_to(small, Status.IN_PROGRESS, by=reviewer, evidence=None)
    values = typed(item(small, 1), notes="a\x00b", text="a\x00b", remark="a\x00b", role="a\x00b", shown="a\x00b")
    response = browser_of(reviewer).post(address(small, 1, act), values)
    assert response.status_code in {403, 422}
    assert "Null characters are not allowed" in text_of(response) or act in {"owner/", "sign/"}


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "1.5"])
def test_a_forged_version_is_refused_and_the_text_stays(small, browser_of, reviewer, version):
    each = item(small, 1)
    response = browser_of(reviewer).post(address(small, 1, "record/"), typed(each, notes="Mine.", version=version))
    assert response.status_code == 422
    assert textarea(response, "notes") == "Mine."
    assert item(small, 1).notes == ""


def test_a_finding_that_does_not_exist_is_refused(small, browser_of, reviewer):
    response = browser_of(reviewer).post(address(small, 1, "record/"), typed(item(small, 1), finding="signed"))
    assert response.status_code == 422
    assert item(small, 1).finding == ""


def test_fields_that_are_not_in_the_form_are_not_written(small, browser_of, reviewer, legal):
    forged = {"status": "complete", "role": "legal", "owner": legal.pk, "submitted_by": legal.pk, "submission": 5}
    browser_of(reviewer).post(address(small, 1, "record/"), typed(item(small, 1), **forged))
    each = item(small, 1)
    assert (each.status, each.role, each.owner, each.submitted_by, each.submission) == (
        Status.IN_PROGRESS,
        "ciso",
        None,
        None,
        0,
    )


def test_rule_23_what_is_submitted_is_not_edited_and_the_rule_is_said(small, browser_of, reviewer, evidence):
    bring_to(small, Status.AWAITING, by=reviewer, evidence=evidence)
    response = browser_of(reviewer).post(address(small, 1, "record/"), typed(item(small, 1), notes="Typed meanwhile."))
    assert response.status_code == 422
    assert "Not saved. The item is awaiting sign-off. Take the submission back to change it." in text_of(response)
    assert textarea(response, "notes") == "Typed meanwhile."
    assert item(small, 1).notes == ""


# Citing


def test_evidence_of_the_library_is_cited(small, browser_of, reviewer, evidence):
    client = browser_of(reviewer)
    assert "SOC 2 report" in text_of(client.get(address(small, 1, "cite/")))
    response = client.post(address(small, 1, "cite/"), {"evidence": evidence.pk, "locator": "p. 41"}, follow=True)
    assert "Cited: SOC 2 report." in text_of(response)
    assert [str(citation) for citation in item(small, 1).citations.all()] == ["SOC 2 report, p. 41"]


def test_a_new_file_is_stored_and_cited_in_one_go(small, browser_of, reviewer):
    values = {"upload": pdf("new"), "kind": "contract", "confidentiality": "internal", "locator": "p. 1"}
    response = browser_of(reviewer).post(address(small, 1, "cite/"), values | {"valid_until": "2030-01-01"})
    assert response.status_code == 302
    evidence = Evidence.objects.get()
    assert (evidence.kind, evidence.confidentiality, evidence.current.uploaded_by) == ("contract", "internal", reviewer)
    assert item(small, 1).citations.get().evidence == evidence


@pytest.mark.parametrize("both", [False, True])
def test_one_of_the_two_is_cited(small, browser_of, reviewer, evidence, both):
    values = {"evidence": evidence.pk, "upload": pdf("new")} if both else {}
    response = browser_of(reviewer).post(address(small, 1, "cite/"), values | {"locator": "p. 1"})
    assert response.status_code == 422
    assert "one of the two" in text_of(response)
    assert item(small, 1).citations.count() == 0
    assert Evidence.objects.count() == 1


def test_what_is_cited_there_already_is_refused_and_what_was_typed_stays(small, browser_of, reviewer, evidence):
    findings.cite(item(small, 1), evidence, by=reviewer, locator="p. 1")
    values = {"evidence": evidence.pk, "locator": "p. 1", "quote": "So it is."}
    response = browser_of(reviewer).post(address(small, 1, "cite/"), values)
    assert response.status_code == 422
    assert "cited at this place already" in text_of(response)
    assert textarea(response, "quote") == "So it is."


def test_a_refused_file_leaves_neither_evidence_nor_citation(small, browser_of, reviewer):
    from django.core.files.uploadedfile import SimpleUploadedFile

    response = browser_of(reviewer).post(
        address(small, 1, "cite/"), {"upload": SimpleUploadedFile("page.pdf", b"<html><script>")}
    )
    assert response.status_code == 422
    assert "HTML" in text_of(response)
    assert (Evidence.objects.count(), item(small, 1).citations.count()) == (0, 0)


def test_a_citation_is_removed_from_its_own_item_only(small, browser_of, reviewer, evidence):
    citation = findings.cite(item(small, 1), evidence, by=reviewer)
    client = browser_of(reviewer)
    assert client.post(address(small, 3, f"citations/{citation.pk}/remove/")).status_code == 404
    assert client.post(address(small, 1, f"citations/{10**25}/remove/")).status_code == 404
    assert client.post(address(small, 1, f"citations/{citation.pk}/remove/")).status_code == 302
    assert item(small, 1).citations.count() == 0


# Discussion and owner


def test_a_comment_is_written_whatever_the_status(small, browser_of, reviewer, evidence):
    client = browser_of(reviewer)
    for status in (Status.NOT_STARTED, Status.AWAITING, Status.COMPLETE):
        bring_to(small, status, by=reviewer, evidence=evidence) if status != Status.COMPLETE else sign(item(small, 1))
        response = client.post(address(small, 1, "comment/"), {"text": f"While {status}."}, follow=True)
        assert f"While {status}." in text_of(response)
    assert Comment.objects.count() == 3


@pytest.mark.parametrize("text", ["", "   ", "x" * (TEXT_LIMIT + 1)])
def test_a_comment_without_words_or_with_too_many_is_refused_and_stays(small, browser_of, reviewer, text):
    response = browser_of(reviewer).post(address(small, 1, "comment/"), {"text": text})
    assert response.status_code == 422
    assert textarea(response, "text").strip() == text.strip()
    assert Comment.objects.count() == 0


def test_rule_01_the_suggested_role_is_accepted_on_the_page(small, browser_of, reviewer, it_security):
    client = browser_of(reviewer)
    assert "Suggested: IT security." in text_of(client.get(address(small, 12)))
    response = client.post(address(small, 12, "owner/"), {"accept": "1"}, follow=True)
    assert "belongs to IT security now" in text_of(response)
    assert item(small, 12).holder == it_security


def test_the_lead_hands_over_and_moves_the_due_day_on_the_page(small, browser_of, lead, legal):
    values = {"role": "ciso", "owner": legal.pk, "due_on": "2030-01-31"}
    assert browser_of(lead).post(address(small, 1, "owner/"), values).status_code == 302
    assert (item(small, 1).holder, str(item(small, 1).due_on)) == (legal, "2030-01-31")


@pytest.mark.parametrize(
    "wrong", [{"owner": "reviewer"}, {"role": "chief"}, {"due_on": "never"}, {"due_on": "0000-00-00"}]
)
def test_an_owner_or_day_that_cannot_be_is_refused(small, browser_of, lead, reviewer, wrong):
    values = {"role": "ciso", "owner": "", "due_on": "2030-01-31"} | wrong
    values["owner"] = reviewer.pk if values["owner"] else ""
    response = browser_of(lead).post(address(small, 1, "owner/"), values)
    assert response.status_code == 422
    assert str(item(small, 1).due_on) != "2030-01-31"
    assert item(small, 1).owner is None


def test_a_hand_over_that_fails_in_part_changes_nothing(small, browser_of, reviewer, legal):
    """A reviewer may give an unowned item a role, and not hand it over: so the role stays, too."""
    values = {"role": "legal", "owner": legal.pk, "due_on": "2030-01-31"}
    assert browser_of(reviewer).post(address(small, 12, "owner/"), values).status_code == 403
    assert item(small, 12).role == ""


def test_an_item_says_what_its_owner_and_its_signer_need(small, browser_of, reviewer, evidence, auditor, lead, legal):
    ownership.hand_over([item(small, 1)], to=legal, by=lead)
    submit(item(small, 1), reviewer, evidence, Finding.UNCONFIRMED, reason="Nobody <answered>.", notes="Asked twice.")
    text = text_of(browser_of(auditor).get(address(small, 1)))
    for words in ("A contract exists.", "Legal", "Nobody <answered>.", "Asked twice.", "SOC 2 report", "p. 3"):
        assert words in text


def test_long_titles_and_names_break_nothing(small, vendor, browser_of, reviewer):
    reviewer.name = "N" * 150
    reviewer.save()
    evidence = add_evidence(vendor, reviewer, "T" * 200)
    findings.cite(item(small, 1), evidence, by=reviewer, locator="L" * 200, quote="Q" * 2000)
    record(item(small, 1), reviewer, notes="W" * TEXT_LIMIT)
    small.title = "R" * 150
    small.save()
    client = browser_of(reviewer)
    for path in ("", "cite/"):
        assert client.get(address(small, 1, path)).status_code == 200
    assert client.get(small.get_absolute_url()).status_code == 200
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    assert sign(item(small, 1)).act == "signed"
