"""Who plays in the tests, and on which stage? A fixed cast named by role; state is reached through domain calls."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import User
from evidence import library
from evidence.choices import Kind
from reviews import catalogue, findings, opening, signoffs, workflow
from reviews.choices import Finding, Status
from reviews.models import Item
from vendors.choices import Channel
from vendors.models import Deployment, Vendor

PASSWORD = "correct horse battery staple"
CHECKLIST = Path(__file__).parent.parent / "fixtures/checklists/claude-security-review-v1.yaml"


def person(name, role, vendor=None, *accesses):
    """A person with the password above and these accesses to the vendor; the address follows the name."""
    email = f"{name.lower().replace(' ', '-')}@example.com"
    user = User.objects.create_user(email, PASSWORD, name=name, role=role)
    for access in accesses:
        grants.give(user, access, vendor)
    return user


@pytest.fixture
def vendor(lead_account):
    vendor = Vendor.objects.create(name="Anthropic", slug="anthropic", created_by=lead_account)
    grants.give(lead_account, Access.LEAD, vendor)
    return vendor


@pytest.fixture
def lead_account(db):
    return person("Lead", Role.LEAD)


@pytest.fixture
def lead(lead_account, vendor):
    return lead_account


@pytest.fixture
def reviewer(vendor):
    return person("Reviewer", Role.REVIEWER, vendor, Access.REVIEW)


@pytest.fixture
def second_reviewer(vendor):
    return person("Second reviewer", Role.REVIEWER, vendor, Access.REVIEW)


@pytest.fixture
def ciso(vendor):
    return person("CISO", Role.CISO, vendor, Access.SIGN)


@pytest.fixture
def compliance_officer(vendor):
    return person("Compliance officer", Role.COMPLIANCE_OFFICER, vendor, Access.SIGN)


@pytest.fixture
def privacy_officer(vendor):
    return person("Privacy officer", Role.PRIVACY_OFFICER, vendor, Access.SIGN)


@pytest.fixture
def it_security(vendor):
    return person("IT security", Role.IT_SECURITY, vendor, Access.SIGN)


@pytest.fixture
def legal(vendor):
    return person("Legal", Role.LEGAL, vendor, Access.SIGN)


@pytest.fixture
def auditor(vendor):
    return person("Auditor", Role.AUDITOR, vendor, Access.AUDIT)


@pytest.fixture
def administrator(db):
    """Without a grant on any vendor."""
    return person("Administrator", Role.ADMINISTRATOR)


@pytest.fixture
def stranger(db):
    """A reviewer of another vendor only."""
    return person("Stranger", Role.REVIEWER)


@pytest.fixture(scope="session")
def checklist_file():
    return catalogue.read(CHECKLIST)


@pytest.fixture
def checklist(db, checklist_file):
    stored, _ = catalogue.store(checklist_file)
    return stored


@pytest.fixture
def deployment(vendor):
    return Deployment.objects.create(
        vendor=vendor,
        name="Claude Enterprise",
        channel=Channel.CLAUDE_ENTERPRISE,
        data_classes=["internal", "confidential"],
        regimes=["gdpr", "hipaa"],
    )


@pytest.fixture
def stakeholders(ciso, compliance_officer, privacy_officer, it_security, legal):
    """`{role: person}` of all five."""
    return {who.role: who for who in (ciso, compliance_officer, privacy_officer, it_security, legal)}


@pytest.fixture
def review(deployment, checklist, lead, stakeholders):
    """Just opened: every role assigned, 37 and 45 without an owner."""
    return opening.open_review(deployment, checklist, by=lead, holders=stakeholders)


@pytest.fixture
def evidence(vendor, reviewer):
    return add_evidence(vendor, reviewer)


def pdf(content="made up"):
    """A small upload that is a PDF by its content; other words make another file."""
    return SimpleUploadedFile("report.pdf", b"%PDF-1.7\n% " + content.encode() + b"\n%%EOF\n", "application/pdf")


def add_evidence(vendor, by, title="SOC 2 report", content=None, **values):
    values = {"kind": Kind.OTHER, "confidentiality": "confidential", **values}
    return library.add_file(vendor, pdf(content or title), by=by, title=title, **values)


def item(review, number):
    return Item.objects.with_standing().get(review=review, statement__number=number)


def record(item, by, finding=Finding.CONFIRMED, **values):
    """Write a finding with all the ground rule 4 asks for, but citations."""
    ground = {"reason": "", "asked": "", "asked_of": "", "notes": ""}
    if finding != Finding.CONFIRMED:
        ground["reason"] = "The account team has not answered."
    if finding == Finding.UNCONFIRMED:
        ground |= {"asked": "Is it so?", "asked_of": "Account team"}
    return findings.record(item, by=by, version=item.version, finding=finding, **(ground | values))


def submit(item, by, evidence=None, finding=Finding.CONFIRMED, **values):
    """From open to awaiting sign-off, through the domain."""
    record(item, by, finding, **values)
    if evidence:
        findings.cite(item, evidence, by=by, locator="p. 3")
    return workflow.apply(workflow.SUBMIT, item, by=by)


def sign(item, by=None):
    """The owner signs exactly what there is."""
    item = Item.objects.with_standing().get(pk=item.pk)
    by = by or item.holder
    return signoffs.sign(item, by=by, shown=signoffs.shown(item, to=by))


def settle(review, numbers, by, evidence=None, finding=Finding.CONFIRMED):
    """Submit and sign these items; those without an owner take the role the checklist suggests first."""
    from reviews import ownership

    for number in numbers:
        each = item(review, number)
        if each.is_unowned:
            each = ownership.take_role(each, each.statement.suggested_role, by=by)
        submit(each, by, evidence, finding)
        sign(each)


def bring_to(review, status, number=1, *, by, evidence):
    """An item of the review in this status, reached as people reach it."""
    each = item(review, number)
    if status == Status.NOT_STARTED:
        return each
    record(each, by)
    if status != Status.IN_PROGRESS:
        findings.cite(each, evidence, by=by, locator="p. 3")
        workflow.apply(workflow.SUBMIT, each, by=by)
    if status == Status.COMPLETE:
        sign(each)
    return item(review, number)
