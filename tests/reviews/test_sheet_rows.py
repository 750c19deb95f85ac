"""Does each cell of a review's sheet say what the item's page says, and nothing its reader may not see?"""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.site import link
from evidence import library
from reviews import findings, gate, ownership, sheet_rows
from reviews.choices import Finding
from reviews.models import Item
from reviews.sheet_columns import COLUMNS, TAKEN, row_version
from tests.cast import add_evidence, item, record, settle


def cells(review, number, user):
    items = Item.objects.filter(review=review, statement__number=number).with_standing()
    return sheet_rows.said(items, user=user)[items[0].pk]


def test_a_row_says_everything_of_an_item_in_the_words_of_its_page(small, reviewer, evidence, lead, auditor):
    page = library.add_link(small.vendor, url="https://vendor.example/a?b=1&c", by=reviewer, title="Page", kind="public_page",
                            confidentiality="public")  # fmt: skip
    findings.cite(item(small, 3), page, by=reviewer, quote="As of now.")
    findings.cite(item(small, 3), page, by=reviewer, locator="top")
    settle(small, [3], reviewer, evidence)
    ownership.hand_over([item(small, 4)], to=small.holders["legal"], by=lead)
    record(item(small, 4), reviewer, Finding.UNCONFIRMED, notes="=1+1\n-5 days ")

    signed, open_one = cells(small, 3, auditor), cells(small, 4, auditor)

    statement, today = item(small, 3).statement, timezone.localdate().isoformat()
    taken = {
        "stakeholder": "CISO",
        "status": "Complete",
        "links": f"https://vendor.example/a?b=1&c\n{link(evidence.get_absolute_url())}",
        "notes": "",
        "owner": "",
        "due_on": item(small, 3).due_on.isoformat(),
        "finding": "Confirmed",
        "reason": "",
        "asked": "",
        "asked_of": "",
    }
    assert signed == taken | {
        "item": f"3. {statement.text}",
        "wanted": "",
        "number": "3",
        "category": statement.category.name,
        "position": str(statement.position),
        "answered_by": "Vendor's answer",
        "citations": "Page, version 1: “As of now.”\nPage, version 1, top\nSOC 2 report, version 1, p. 3",
        "standing": "Confirmed",
        "signed_by": "CISO, CISO",
        "signed_on": today,
        "id": f"{small.slug}/3",
        "version": row_version(taken),
    }
    assert set(signed) == {column.name for column in COLUMNS}
    shown = {"status", "owner", "finding", "reason", "asked", "asked_of", "notes", "signed_by", "standing"}
    assert {name: open_one[name] for name in shown} == {
        "status": "In progress",
        "owner": "legal@example.com",
        "finding": "Cannot be confirmed",
        "reason": "The account team has not answered.",
        "asked": "Is it so?",
        "asked_of": "Account team",
        "notes": "=1+1\n-5 days ",
        "signed_by": "",
        "standing": "In progress",
    }


def test_neither_evidence_of_another_vendor_nor_a_restricted_address_is_in_a_sheet(small, reviewer, stranger, auditor):
    secret = library.add_link(small.vendor, url="https://vendor.example/secret", by=reviewer, title="Under NDA",
                              kind="other", confidentiality="restricted")  # fmt: skip
    findings.cite(item(small, 3), secret, by=reviewer, locator="p. 9", quote="Not for you.")

    read = cells(small, 3, auditor)

    assert read["links"] == link(secret.get_absolute_url())
    assert read["citations"] == "Under NDA, version 1, p. 9"
    unread = cells(small, 3, stranger)
    assert (unread["links"], unread["citations"]) == ("", "")


def test_many_rows_ask_the_database_as_often_as_one_and_what_is_taken_is_the_same(small, reviewer, evidence, lead):
    add_evidence(small.vendor, reviewer, "Other")
    settle(small, range(1, 9), reviewer, evidence)

    def queries(items):
        with CaptureQueriesContext(connection) as found:
            sheet_rows.said(items, user=type(lead).objects.get(pk=lead.pk))
        return len(found)

    one = Item.objects.filter(review=small, statement__number=1)
    assert queries(one.with_standing()) == queries(Item.objects.filter(review=small).with_standing()) == 8
    items = gate.items_in_force(small)
    whole, part = sheet_rows.said(items, user=lead), sheet_rows.taken(items, user=lead)
    assert part == {pk: {name: texts[name] for name in TAKEN} for pk, texts in whole.items()}
