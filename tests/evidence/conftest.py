"""Whom do the tests of evidence work with, and how does a file get into the library?"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import User
from evidence import library
from evidence.choices import Confidentiality, Kind
from tests.evidence.samples import PDF
from tests.stores import bucket, s3_server, store  # noqa: F401
from vendors.models import Vendor


def _person(role):
    return User.objects.create_user(f"{role}@example.com", "a long enough password", name=role.label, role=role)


@pytest.fixture
def lead(db):
    return _person(Role.LEAD)


@pytest.fixture
def vendor(lead):
    vendor = Vendor.objects.create(name="Anthropic", slug="anthropic", created_by=lead)
    grants.give(lead, Access.LEAD, vendor)
    return vendor


@pytest.fixture
def reviewer(vendor):
    person = _person(Role.REVIEWER)
    grants.give(person, Access.REVIEW, vendor)
    return person


@pytest.fixture
def auditor(vendor):
    person = _person(Role.AUDITOR)
    grants.give(person, Access.AUDIT, vendor)
    return person


@pytest.fixture
def stranger(lead):
    """Someone with a vendor of their own, and no access to Anthropic."""
    person = _person(Role.CISO)
    other = Vendor.objects.create(name="Another vendor", slug="another", created_by=lead)
    grants.give(person, Access.SIGN, other)
    return person


@pytest.fixture
def browser_of(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def add(vendor, reviewer):
    """Add a PDF to the library; each call another one."""
    count = 0

    def add_pdf(content=None, name="", to=vendor, by=reviewer, **fields):
        nonlocal count
        count += 1
        upload = SimpleUploadedFile(name or f"report-{count}.pdf", content or PDF + b"%d" % count)
        said = {"kind": Kind.SOC2_REPORT, "confidentiality": Confidentiality.CONFIDENTIAL} | fields
        return library.add_file(to, upload, by=by, **said)

    return add_pdf
