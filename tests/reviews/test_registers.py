"""Registers as spreadsheets: the rows of the page, for the same people, under the same filter, and written down."""

import csv
import io
import zipfile

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts import grants
from accounts.choices import Access
from audit.models import Event
from evidence import library
from reviews.asking import questions
from reviews.recurring import obligations
from reviews.views import registers
from tests.cast import add_evidence, pdf
from vendors.models import Vendor

FORMULA = '=HYPERLINK("http://evil.example.com","click")'


@pytest.fixture
def other_vendor(stranger):
    vendor = Vendor.objects.create(name="Hidden Ltd", slug="hidden", created_by=stranger)
    grants.give(stranger, Access.LEAD, vendor)
    return vendor


def rows_of(response):
    """The rows of a CSV as dicts, after the byte order mark."""
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def exported(event_type):
    return Event.objects.filter(event_type=event_type).order_by("pk")


def test_the_evidence_register_has_the_rows_of_the_page_and_no_address_under_nda(
    client, vendor, other_vendor, reviewer, stranger
):
    soc2 = add_evidence(vendor, reviewer, "SOC 2 report", kind="soc2_report", valid_until=timezone.localdate())
    library.add_version(soc2, by=reviewer, upload=pdf("second"))
    for level in ("restricted", "public"):
        library.add_link(
            vendor,
            url=f"https://example.com/{level}",
            title=f"Page {level}",
            by=reviewer,
            kind="public_page",
            confidentiality=level,
        )
    add_evidence(other_vendor, stranger, "Hidden")
    client.force_login(reviewer)
    address = reverse("reviews:evidence_export", args=["csv"])
    rows = rows_of(client.get(address))
    assert [(row["Evidence"], row["Vendor"], row["Version"], row["Link"], row["State"]) for row in rows] == [
        ("Page public", "Anthropic", "1", "https://example.com/public", "No end date"),
        ("Page restricted", "Anthropic", "1", "", "No end date"),
        ("SOC 2 report", "Anthropic", "2", "", "No end date"),
    ]
    assert rows[2]["SHA-256"] == soc2.versions.get(number=2).sha256
    rows = rows_of(client.get(f"{reverse('reviews:library_export', args=[vendor.slug, 'csv'])}?kind=soc2_report"))
    assert [row["Evidence"] for row in rows] == ["SOC 2 report"]
    first, second = exported("evidence.exported")
    assert (first.vendor_id, first.actor_name) == (vendor.pk, "Reviewer")
    assert second.after == {"format": "csv", "rows": 1, "of": 3, "filter": "Shown: In use; Kind: SOC 2 report"}
    assert second.content_hash.startswith("sha256:")
    assert client.get(reverse("reviews:library_export", args=["hidden", "csv"])).status_code == 404
    assert client.get(reverse("reviews:evidence_export", args=["exe"])).status_code == 404


def test_questions_and_obligations_leave_under_the_filter_of_their_page(client, review, lead, reviewer, vendor):
    asked = {"items": [], "topic": "", "wanted": ""}
    first = questions.ask_new(review, by=reviewer, text=FORMULA, **asked)
    questions.ask_new(review, by=reviewer, text="-5 days", **asked)
    questions.withdraw(first, by=reviewer, version=first.version, reason="Asked twice.")
    values = {"every": 90, "unit": "day", "first_on": timezone.localdate(), "instructions": ""}
    obligations.create(vendor, by=lead, duty="other", title="Rotate the keys", owner=lead, **values)
    client.force_login(lead)
    address = reverse("reviews:questions_register", args=[review.slug, "csv"])
    assert [row["Question"] for row in rows_of(client.get(address))] == ["-5 days"]
    withdrawn = rows_of(client.get(f"{address}?show=withdrawn"))
    assert [(row["Question"], row["Why withdrawn"]) for row in withdrawn] == [(f"'{FORMULA}", "Asked twice.")]
    assert [(event.after["rows"], event.after["of"], event.target_id) for event in exported("questions.exported")] == [
        (1, 2, str(review.pk)),
        (1, 2, str(review.pk)),
    ]
    address = reverse("reviews:obligations_export", args=["csv"])
    (row,) = rows_of(client.get(f"{address}?vendor={vendor.pk}"))
    assert (row["Obligation"], row["How often"], row["Owner"]) == ("Rotate the keys", "every 90 days", "Lead")
    assert lead.email not in str(row)
    assert rows_of(client.get(f"{address}?state=ended")) == []
    assert [event.after["filter"] for event in exported("obligations.exported")] == [
        "State: In force; Vendor: Anthropic",
        "State: Ended",
    ]


def test_the_audit_log_leaves_as_text_whatever_was_typed_and_only_what_one_may_audit(
    client, vendor, other_vendor, auditor, reviewer
):
    add_evidence(vendor, reviewer, FORMULA)
    client.force_login(auditor)
    response = client.get(f"{reverse('reviews:audit_export', args=['xlsx'])}?words=HYPERLINK")
    sheet = load_workbook(io.BytesIO(response.content)).worksheets[0]
    heading = {cell.value: cell.column for cell in sheet[1]}
    cell = sheet.cell(2, heading["About"])
    assert (sheet.max_row, cell.value, cell.data_type, cell.quotePrefix) == (2, FORMULA, "s", True)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(response.content)).read("xl/worksheets/sheet1.xml")
    assert Event.objects.filter(vendor_id=other_vendor.pk).exists()
    whole = rows_of(client.get(reverse("reviews:audit_export", args=["csv"])))
    visible = Event.objects.visible_to(auditor).exclude(pk=exported("audit.exported").last().pk)
    assert [int(row["Event"]) for row in whole] == list(visible.newest_first().values_list("pk", flat=True))
    assert "Hidden Ltd" not in str(whole)
    client.force_login(reviewer)
    assert client.get(reverse("reviews:audit_export", args=["csv"])).status_code == 403


def test_people_and_access_are_for_administrators(client, administrator, lead, reviewer, vendor):
    client.force_login(administrator)
    (row,) = rows_of(client.get(f"{reverse('reviews:people_export', args=['csv'])}?q=reviewer"))
    assert (row["Name"], row["Role"], row["State"]) == ("Reviewer", "Reviewer", "Active")
    assert row["Access"] == "Anthropic: Reviewer: upload evidence and work on items"
    rows = rows_of(client.get(reverse("reviews:access_export", args=["csv"])))
    assert [(row["Name"], row["Vendor"], row["Access"].partition(":")[0]) for row in rows] == [
        ("Lead", "Anthropic", "Review lead"),
        ("Reviewer", "Anthropic", "Reviewer"),
    ]
    assert [event.vendor_id for event in exported("people.exported")] == [None]
    client.force_login(lead)
    for name in ("people_export", "access_export"):
        assert client.get(reverse(f"reviews:{name}", args=["csv"])).status_code == 403


def test_too_many_rows_are_refused_with_what_to_do(client, auditor, vendor, lead):
    row = {
        "event_type": "evidence.read",
        "actor_name": "Lead",
        "target_type": "vendor",
        "target_id": "1",
        "vendor_id": vendor.pk,
    }
    Event.objects.bulk_create(Event(**row, target_label=f"{number}") for number in range(registers.MOST_ROWS + 1))
    client.force_login(auditor)
    log_length = Event.objects.count()
    response = client.get(f"{reverse('reviews:audit_export', args=['csv'])}?actor=Lead", follow=True)
    assert response.redirect_chain == [(f"{reverse('audit:events')}?actor=Lead", 302)]
    assert "rows, and one file takes 5,000. Filter first, say by days, and take several." in response.content.decode()
    assert Event.objects.count() == log_length


def test_a_register_costs_the_same_for_one_and_for_thirty_rows(
    client, vendor, reviewer, review, django_assert_num_queries
):
    client.force_login(reviewer)
    for number in range(30):
        add_evidence(vendor, reviewer, f"Report {number}")
        questions.ask_new(review, by=reviewer, text=f"Is it so, {number}?", items=[], topic="", wanted="")
        if number in {0, 29}:
            for name, args, queries in (
                ("evidence_export", ["csv"], 13),
                ("questions_register", [review.slug, "csv"], 13),
            ):
                with django_assert_num_queries(queries):
                    assert len(rows_of(client.get(reverse(f"reviews:{name}", args=args)))) == number + 1
