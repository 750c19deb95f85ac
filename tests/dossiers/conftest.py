"""A review with something of everything a dossier tells."""

import datetime

import pytest
from django.utils import timezone

from evidence import library
from evidence.choices import Kind
from reviews import catalogue, decisions, findings, gate, ownership, signoffs, workflow
from reviews.asking import escalations
from reviews.choices import Finding, Outcome
from tests.cast import add_evidence, item, pdf, record, settle, sign, submit
from tests.stores import bucket, s3_server, store  # noqa: F401
from vendors.models import Contact

QUOTE_UNDER_NDA = "The auditor noted two exceptions in the tests of change management."
HOSTILE = (
    '<link rel="attachment" href="file:///etc/passwd"><img src="http://127.0.0.1:1/x.png">'
    '<table><tr><td colspan="99999999">wide</td></tr></table>{{ settings.SECRET_KEY }}{% include "base.html" %}'
)
UNICODE = "Zoë Łukasz Straße Öl Čech Ω; 中文 日本語 한국어; עברית; العربية; हिन्दी; \U00010380; a\u202eb"


@pytest.fixture
def one_statement(db, checklist_file):
    """A checklist whose dossier is laid out in half the time, for tests that ask nothing of what it says."""
    stored, _ = catalogue.store(checklist_file.model_copy(update={"statements": checklist_file.statements[:1]}))
    return stored


@pytest.fixture
def soc2(vendor, reviewer):
    """Under NDA, in two versions, good for another 200 days."""
    today = timezone.localdate()
    evidence = add_evidence(
        vendor, reviewer, "SOC 2 Type II report", kind=Kind.SOC2_REPORT, confidentiality="restricted",
        period_start=today - datetime.timedelta(days=700), period_end=today - datetime.timedelta(days=400),
    )  # fmt: skip
    library.add_version(
        evidence, by=reviewer, upload=pdf("the second year"), period_start=today - datetime.timedelta(days=400),
        period_end=today - datetime.timedelta(days=165),
    )  # fmt: skip
    return evidence


@pytest.fixture
def page(vendor, reviewer):
    return library.add_link(
        vendor, url="https://trust.example.com/encryption", title="Encryption at rest, public page", by=reviewer,
        kind=Kind.PUBLIC_PAGE, confidentiality="public", issued_on=timezone.localdate(),
    )  # fmt: skip


@pytest.fixture
def rich_review(review, reviewer, second_reviewer, lead, vendor, evidence, soc2, page):
    """47 items in all eight states, with hostile and foreign-script notes, two decisions, and a letter sent."""
    Contact.objects.create(vendor=vendor, name="Account team", email="account@example.com", is_account_team=True)
    first = item(review, 1)
    record(first, reviewer, notes="Opinion without reservations. " * 12)
    findings.cite(item(review, 1), soc2, by=reviewer, locator="p. 41, CC6.1", quote=QUOTE_UNDER_NDA)
    workflow.apply(workflow.SUBMIT, item(review, 1), by=reviewer)
    sign(item(review, 1))
    record(item(review, 2), reviewer, notes=HOSTILE)
    findings.cite(item(review, 2), evidence, by=reviewer, locator="section 3", quote="Security and availability.")
    workflow.apply(workflow.SUBMIT, item(review, 2), by=reviewer)
    sign(item(review, 2))
    settle(review, [3, 4, 6, 7, 8, 10, 16, 17, 18, 20, 22, 31, 32, 33, 40, 41, 46], reviewer, evidence)
    for number in (19, 21):
        submit(item(review, number), reviewer, page, notes=UNICODE)
        sign(item(review, number))
    settle(review, [5, 42], reviewer, finding=Finding.UNCONFIRMED)
    settle(review, [24], reviewer, finding=Finding.NOT_APPLICABLE)
    submit(item(review, 12), reviewer, evidence)
    record(item(review, 13), reviewer, notes="Waiting for the contract.")
    submit(item(review, 39), reviewer, evidence)
    withdrawn = submit(item(review, 47), reviewer, evidence)
    sign(withdrawn)
    signoffs.withdraw(withdrawn, by=withdrawn.holder, reason="The wrong contract was read.")
    lapsing = add_evidence(vendor, second_reviewer, "Penetration test 2025", kind=Kind.PENETRATION_TEST,
                           confidentiality="restricted", valid_until=timezone.localdate())  # fmt: skip
    settle(review, [11, 23], reviewer, lapsing)
    library.add_version(lapsing, by=second_reviewer, upload=pdf("of this year"))
    ownership.set_due([item(review, 14)], due_on=timezone.localdate() - datetime.timedelta(days=3), by=lead)
    ciso = review.holders["ciso"]
    for outcome, reason in (
        (Outcome.HOLD, "Too little is signed."),
        (Outcome.ESCALATE, "Statements 5 and 42 stay open."),
    ):
        shown = decisions.shown(gate.assess(review), to=ciso)
        decisions.decide(review, by=ciso, outcome=outcome, reason=reason, shown=shown)
    letter = escalations.draft(review, by=lead, items=[item(review, 5), item(review, 42)])
    letter = escalations.send(letter, by=lead, version=1, mailed=False)
    declined = letter.with_questions.get(item__statement__number=42)
    escalations.settle(declined, by=lead, outcome="declined", remark="Not for customers.")
    return review
