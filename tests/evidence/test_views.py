"""What does the browser get of evidence: pages, refusals in words, and files?"""

import html
import io
import re
from datetime import date

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import Event
from evidence import library
from evidence.choices import Confidentiality, Kind
from evidence.models import Evidence, Version
from reviews import catalogue, findings, opening
from tests.evidence.samples import PDF, stored_files
from vendors.models import Deployment

LIBRARY = "/vendors/anthropic/evidence/"
CLASS = {"kind": "policy", "confidentiality": "internal"}


def upload(content=PDF, name="report.pdf"):
    return SimpleUploadedFile(name, content)


def text_of(response):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", response.content.decode())))


def errors_for_the_script(response):
    """What upload.js shows: the text of the first [data-upload-errors]."""
    found = re.search(r"<(\w+) data-upload-errors>(.*?)</\1>", response.content.decode(), re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[2]))).strip()


def test_several_files_are_added_in_one_go(browser_of, reviewer):
    files = [upload(name="a.pdf"), upload(b"words", "b.txt")]
    response = browser_of(reviewer).post(LIBRARY, CLASS | {"files": files, "valid_until": "2030-01-01"}, follow=True)
    assert response.redirect_chain == [(LIBRARY, 302)]
    assert "In the library now: “a”, “b”." in text_of(response)
    assert {(e.title, e.current.valid_until) for e in Evidence.objects.all()} == {
        ("a", date(2030, 1, 1)),
        ("b", date(2030, 1, 1)),
    }


def test_a_refused_file_stops_no_other_and_what_was_typed_stays(browser_of, reviewer, files_dir):
    files = [upload(name="good.pdf"), upload(b"<html>", "page.pdf"), upload(b"", "empty.pdf")]
    response = browser_of(reviewer).post(LIBRARY, CLASS | {"files": files, "valid_until": "2030-01-01"})
    assert response.status_code == 422
    text = text_of(response)
    assert "1 file stored: good." in text
    assert "2 files not stored." in text
    assert errors_for_the_script(response) == (
        "“page.pdf” is an HTML page. Accepted are PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, TXT, CSV and MD files. "
        "“empty.pdf” is empty: it has 0 bytes."
    )
    assert '<option value="policy" selected>' in response.content.decode()
    assert 'value="2030-01-01"' in response.content.decode()
    assert [e.title for e in Evidence.objects.all()] == ["good"]
    assert len(stored_files(files_dir)) == 1


def test_a_file_above_the_limit_is_a_sentence_and_the_others_are_stored(browser_of, reviewer, settings):
    settings.UPLOAD_LIMIT_BYTES = 200_000
    files = [upload(PDF + b"x" * 300_000, "large.pdf"), upload(name="small.pdf")]
    response = browser_of(reviewer).post(LIBRARY, CLASS | {"files": files})
    assert response.status_code == 422
    assert errors_for_the_script(response) == "“large.pdf” has 0.3 MB; a file may have up to 0.2 MB."
    assert [e.title for e in Evidence.objects.all()] == ["small"]


def test_a_body_above_all_limits_is_a_page_that_says_so(browser_of, reviewer, settings):
    settings.UPLOAD_LIMIT_BYTES = 100_000
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    files = [upload(PDF + b"x" * 99_000, f"{number}.pdf") for number in range(7)]
    response = browser_of(reviewer).post(LIBRARY, CLASS | {"files": files})
    assert response.status_code == 413
    assert errors_for_the_script(response) == (
        "That is more than 0.6 MB in one go. Send fewer files at a time; each may have up to 0.1 MB."
    )
    assert Evidence.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "policy"}, "Choose at least one file, or drop it on the page."),
        ({"files": True}, "Choose what kind of document it is."),
        ({"files": True, "kind": "poem"}, "Select a valid choice. poem is not one of the available choices."),
        ({"files": True, "issued_on": "31.02.2026"}, "That is no day of the calendar: write it as 2026-06-30."),
        (
            {"files": True, "issued_on": "2024-06-30", "valid_until": "2024-01-01"},
            "It cannot end before it was issued on 30 June 2024.",
        ),
    ],
)
def test_what_is_missing_or_impossible_is_said_beside_its_field(browser_of, reviewer, fields, sentence):
    data = {"confidentiality": "internal"} | fields
    if fields.get("files"):
        data["files"] = [upload()]
    response = browser_of(reviewer).post(LIBRARY, data)
    assert response.status_code == 422
    assert sentence in errors_for_the_script(response)
    assert Evidence.objects.count() == 0


@pytest.mark.parametrize(
    "name",
    ["../../x.pdf", "nul\x00.pdf", "a\r\nb.pdf", "a\u202efdp.pdf", "🧑‍💻.pdf", "é" * 200 + ".pdf", "CON.pdf", '"><script>.pdf'],
)  # fmt: skip
def test_any_file_name_is_taken_and_shown_harmlessly(browser_of, reviewer, files_dir, name):
    client = browser_of(reviewer)
    response = client.post(LIBRARY, CLASS | {"files": [upload(name=name)]})
    assert response.status_code == 302
    version = Version.objects.get()
    assert not re.search("[\x00-\x1f/\\\\\u202e]", version.name)
    assert stored_files(files_dir)[0].parent == files_dir / "evidence" / str(version.evidence.vendor_id)
    assert b"<script>.pdf" not in client.get(LIBRARY).content
    download = client.get(reverse("evidence:download", args=[version.evidence_id, 1]))
    assert b"".join(download.streaming_content) == PDF
    assert "\r" not in download["Content-Disposition"]
    assert "\n" not in download["Content-Disposition"]


def test_a_file_name_of_four_kilobytes_is_a_page_that_says_so(browser_of, reviewer):
    file = io.BytesIO(PDF)
    file.name = "x" * 4096 + ".pdf"
    response = browser_of(reviewer).post(LIBRARY, CLASS | {"files": [file]})
    assert response.status_code == 400
    assert "The request could not be read" in text_of(response)


def test_rule_23_an_auditor_reads_the_library_and_adds_nothing(browser_of, auditor, add):
    evidence = add()
    client = browser_of(auditor)
    page = client.get(LIBRARY)
    assert page.status_code == 200
    assert "You may read everything about this vendor and change nothing." in text_of(page)
    assert b"data-upload" not in page.content
    assert client.post(LIBRARY, CLASS | {"files": [upload(PDF + b"new")]}).status_code == 403
    for name in ("correct", "version_new", "withdraw"):
        assert client.get(reverse(f"evidence:{name}", args=[evidence.pk])).status_code == 403
        assert client.post(reverse(f"evidence:{name}", args=[evidence.pk]), {"reason": "x"}).status_code == 403
    assert client.post(reverse("evidence:restore", args=[evidence.pk])).status_code == 403
    assert client.get(reverse("evidence:add_link", args=["anthropic"])).status_code == 403
    assert _downloaded(client, evidence, 1) == (200, b"%PDF-")
    assert Version.objects.count() == 1


def test_rule_23_what_a_stranger_may_not_see_does_not_exist(browser_of, stranger, add, reviewer):
    evidence = add(title="Secret report")
    library.add_version(evidence, by=reviewer, upload=upload(PDF + b"two"))
    client = browser_of(stranger)
    for address in (
        LIBRARY,
        reverse("evidence:add_link", args=["anthropic"]),
        reverse("evidence:evidence", args=[evidence.pk]),
        reverse("evidence:correct", args=[evidence.pk]),
        reverse("evidence:version_new", args=[evidence.pk]),
        reverse("evidence:withdraw", args=[evidence.pk]),
        reverse("evidence:download", args=[evidence.pk, 1]),
        reverse("evidence:download", args=[evidence.pk, 2]),
    ):
        assert client.get(address).status_code == 404, address
    assert client.post(LIBRARY, CLASS | {"files": [upload(PDF + b"3")]}).status_code == 404
    assert client.post(reverse("evidence:restore", args=[evidence.pk])).status_code == 404
    everything = client.get(reverse("evidence:all"))
    assert everything.status_code == 200
    assert "Secret report" not in text_of(everything)
    assert "Secret report" not in text_of(client.get(reverse("evidence:all"), {"q": "secret"}))
    assert Event.objects.filter(event_type="evidence.read").count() == 0


def test_rule_23_a_version_is_not_found_under_another_evidence(browser_of, reviewer, add):
    evidence, other = add(), add()
    library.add_version(other, by=reviewer, upload=upload(PDF + b"two"))
    client = browser_of(reviewer)
    assert client.get(reverse("evidence:download", args=[evidence.pk, 2])).status_code == 404
    assert _downloaded(client, other, 2) == (200, b"%PDF-")


def _downloaded(client, evidence, number):
    response = client.get(reverse("evidence:download", args=[evidence.pk, number]))
    return response.status_code, b"".join(response.streaming_content)[:5]


def test_a_download_is_an_attachment_that_nothing_runs_or_keeps(browser_of, reviewer, add):
    evidence = add(PDF, name="Größe.pdf")
    response = browser_of(reviewer).get(reverse("evidence:download", args=[evidence.pk, 1]))
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(PDF))
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe.pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"


def test_rule_24_a_download_is_recorded_before_its_first_byte(browser_of, reviewer, add):
    evidence = add(confidentiality=Confidentiality.CONFIDENTIAL)
    response = browser_of(reviewer).get(reverse("evidence:download", args=[evidence.pk, 1]))
    # A reader who goes away here has asked for not one byte, and is recorded.
    event = Event.objects.get(event_type="evidence.read")
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    assert event.actor_id == reviewer.pk
    assert event.content_hash == f"sha256:{evidence.current.sha256}"
    assert event.after["confidentiality"] == "confidential"
    assert event.request_id == response["X-Request-ID"]


def test_rule_24_a_download_whose_event_fails_sends_nothing(browser_of, reviewer, add):
    from django.db import IntegrityError, connection

    evidence = add()
    client = browser_of(reviewer)

    def refusing(execute, sql, params, many, context):
        if sql.startswith("INSERT") and "audit_event" in sql:
            raise IntegrityError("refused by the test")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refusing), pytest.raises(IntegrityError):
        client.get(reverse("evidence:download", args=[evidence.pk, 1]))


def test_old_versions_stay_readable(browser_of, reviewer, add):
    evidence = add(PDF)
    library.add_version(evidence, by=reviewer, upload=upload(PDF + b"2"))
    client = browser_of(reviewer)
    for number, content in ((1, PDF), (2, PDF + b"2")):
        response = client.get(reverse("evidence:download", args=[evidence.pk, number]))
        assert b"".join(response.streaming_content) == content


def test_a_missing_file_is_a_clear_page_and_an_event(browser_of, reviewer, add, files_dir):
    evidence = add()
    stored_files(files_dir)[0].unlink()
    response = browser_of(reviewer).get(reverse("evidence:download", args=[evidence.pk, 1]))
    assert response.status_code == 410
    assert "The file is missing from the storage." in text_of(response)
    assert Event.objects.filter(event_type="evidence.damaged").count() == 1
    assert Event.objects.filter(event_type="evidence.read").count() == 0


def test_a_link_has_nothing_to_download(browser_of, reviewer, vendor):
    evidence = library.add_link(vendor, url="https://example.com/a", title="Page", by=reviewer, **CLASS)
    client = browser_of(reviewer)
    assert client.get(reverse("evidence:download", args=[evidence.pk, 1])).status_code == 404
    page = client.get(evidence.get_absolute_url()).content.decode()
    assert 'href="https://example.com/a" target="_blank" rel="noopener noreferrer"' in page


def test_a_link_is_added_and_a_wrong_one_refused_beside_what_was_typed(browser_of, reviewer):
    client = browser_of(reviewer)
    address = reverse("evidence:add_link", args=["anthropic"])
    response = client.post(address, CLASS | {"url": "javascript:alert(1)", "title": "Trust centre"})
    assert response.status_code == 422
    assert "That is no web address" in text_of(response)
    assert 'value="Trust centre"' in response.content.decode()
    response = client.post(address, CLASS | {"url": "https://trust.anthropic.com", "title": "Trust centre"})
    assert response["Location"] == Evidence.objects.get().get_absolute_url()


def test_a_newer_version_is_added_and_the_same_file_refused(browser_of, reviewer, add):
    evidence = add(PDF)
    address = reverse("evidence:version_new", args=[evidence.pk])
    client = browser_of(reviewer)
    response = client.post(address, {"upload": upload(PDF), "issued_on": "2026-01-05"})
    assert response.status_code == 422
    assert "This is exactly version 1, the current one: nothing to replace." in text_of(response)
    assert 'value="2026-01-05"' in response.content.decode()
    assert "Choose a file or give an address" in text_of(client.post(address, {}))
    empty = client.post(address, {"upload": upload(b"", "empty.pdf")})
    assert "“empty.pdf” is empty: it has 0 bytes." in text_of(empty)
    response = client.post(address, {"upload": upload(PDF + b"2")}, follow=True)
    assert "Version 2 is the current one now." in text_of(response)


def test_a_correction_starts_from_what_is_there(browser_of, reviewer, add):
    evidence = add(title="Soc2", valid_until=date(2027, 6, 30))
    address = reverse("evidence:correct", args=[evidence.pk])
    client = browser_of(reviewer)
    page = client.get(address).content.decode()
    assert 'value="Soc2"' in page
    assert 'value="2027-06-30"' in page
    data = {"title": "SOC 2 report", "kind": "soc2_report", "confidentiality": "restricted", "valid_until": ""}
    client.post(address, data)
    again = Evidence.objects.get()
    assert (again.title, again.confidentiality, again.current.valid_until) == ("SOC 2 report", "restricted", None)


def test_withdrawing_asks_once_with_a_reason_and_can_be_undone(browser_of, reviewer, add):
    evidence = add(title="Report")
    address = reverse("evidence:withdraw", args=[evidence.pk])
    client = browser_of(reviewer)
    assert "Withdraw Report?" in text_of(client.get(address))
    assert client.post(address, {"reason": " "}).status_code == 422
    page = text_of(client.post(address, {"reason": "Of another product."}, follow=True))
    assert "Reason: Of another product." in page
    assert "Restore this evidence" in page
    assert client.get(reverse("evidence:version_new", args=[evidence.pk])).status_code == 403
    client.post(reverse("evidence:restore", args=[evidence.pk]))
    assert Evidence.objects.in_use().count() == 1


def test_who_read_it_is_shown_to_those_who_may_see_the_audit_log(browser_of, reviewer, auditor, add):
    evidence = add()
    client = browser_of(reviewer)
    assert _downloaded(client, evidence, 1) == (200, b"%PDF-")
    assert "The audit log is for stakeholders, review leads and auditors" in text_of(
        client.get(evidence.get_absolute_url())
    )
    assert "Reviewer (Reviewer) downloaded version 1" in text_of(browser_of(auditor).get(evidence.get_absolute_url()))


@time_machine.travel("2026-11-21T12:00Z", tick=False)
def test_the_filters_live_in_the_address(browser_of, reviewer, add):
    add(title="Fresh", valid_until=date(2027, 6, 1))
    add(title="Soon over", valid_until=date(2026, 12, 1))
    add(title="Over", valid_until=date(2026, 11, 20), kind=Kind.POLICY, confidentiality=Confidentiality.PUBLIC)
    gone = add(title="Gone")
    library.withdraw(gone, by=reviewer, reason="Wrong.")
    client = browser_of(reviewer)

    def titles(**query):
        return [evidence.title for evidence in client.get(LIBRARY, query).context["page"]]

    assert titles() == ["Fresh", "Over", "Soon over"]
    assert titles(shown="expiring") == ["Soon over"]
    assert titles(shown="expired") == ["Over"]
    assert titles(shown="withdrawn") == ["Gone"]
    assert titles(kind="policy") == ["Over"]
    assert titles(confidentiality="public", shown="expired") == ["Over"]
    assert titles(q="soon OVER") == ["Soon over"]
    assert titles(q="report-1") == ["Fresh"]
    assert titles(kind="poem", shown="nonsense", page="x") == ["Fresh", "Over", "Soon over"]
    assert titles(q="nothing like it") == []
    chips = client.get(LIBRARY).context["chips"]
    assert [(chip["label"], chip["count"]) for chip in chips] == [
        ("In use", 3),
        ("Expiring", 1),
        ("Expired", 1),
        ("Withdrawn", 1),
    ]


def test_an_old_versions_date_does_not_make_it_expired(browser_of, reviewer, add):
    evidence = add(valid_until=date(2020, 1, 1))
    library.add_version(evidence, by=reviewer, upload=upload(PDF + b"2"), valid_until=date(2090, 1, 1))
    page = browser_of(reviewer).get(LIBRARY, {"shown": "expired"}).context["page"]
    assert list(page) == []


@pytest.mark.parametrize("address", [LIBRARY, "/evidence/", LIBRARY + "?q=report"])
def test_a_list_costs_the_same_at_one_and_at_thirty_rows(browser_of, reviewer, add, address, django_assert_num_queries):
    client = browser_of(reviewer)
    add()
    client.get(address)
    queries = {LIBRARY: 10, "/evidence/": 9, LIBRARY + "?q=report": 10}[address]
    with django_assert_num_queries(queries):
        client.get(address)
    for _ in range(29):
        library.add_version(add(), by=reviewer, upload=upload(PDF + f"more {Version.objects.count()}".encode()))
    with django_assert_num_queries(queries):
        response = client.get(address)
    assert len(response.context["page"]) == 25


def test_an_empty_library_says_the_next_step(browser_of, reviewer, auditor):
    assert "Drop the vendor’s SOC 2 report" in text_of(browser_of(reviewer).get(LIBRARY))
    assert "No evidence yet" in text_of(browser_of(auditor).get("/evidence/"))


def test_the_page_says_where_it_is_cited(browser_of, reviewer, lead, vendor, add, django_assert_num_queries):
    checklist, _ = catalogue.load(settings.BASE_DIR / "fixtures" / "checklists" / "claude-security-review-v1.yaml")
    deployment = Deployment.objects.create(vendor=vendor, name="Enterprise", channel="claude_enterprise")
    review = opening.open_review(deployment, checklist, by=lead)
    evidence = add()
    client = browser_of(reviewer)
    items = list(review.items.all()[:20])
    findings.cite(items[0], evidence, by=reviewer, locator="p. 41")
    page = client.get(evidence.get_absolute_url())
    assert f"1. {items[0].statement.text}" in text_of(page)
    assert "· p. 41" in text_of(page)
    assert items[0].get_absolute_url() in page.content.decode()
    with django_assert_num_queries(9):
        client.get(evidence.get_absolute_url())
    for item in items[1:]:
        findings.cite(item, evidence, by=reviewer)
    with django_assert_num_queries(9):
        client.get(evidence.get_absolute_url())
    row = client.get(LIBRARY).context["page"][0]
    assert row.citation_count == 20
