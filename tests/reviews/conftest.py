"""On which smaller stage do the tests of reviews play, and through which browser?"""

import html
import re
from pathlib import Path

import pytest

from accounts import grants
from accounts.choices import Access, Role
from reviews import catalogue, opening, ownership
from reviews.choices import Finding
from reviews.models import Review
from reviews.weekly import syncs
from tests.cast import PASSWORD, add_evidence, item, person, settle, sign, submit
from tests.reviews.again.again import decide
from tests.unwritable import no_more_events  # noqa: F401
from vendors.models import Deployment, Vendor

TWELVE = Path(__file__).parent / "twelve-points.yaml"


@pytest.fixture(scope="session")
def twelve_file():
    return catalogue.read(TWELVE)


@pytest.fixture
def twelve(db, twelve_file):
    """A checklist of twelve statements: Go at 10, escalate at 3, 14 days; 1 to 6 CISO, 7 to 11 legal, 12 nobody."""
    stored, _ = catalogue.store(twelve_file)
    return stored


@pytest.fixture
def small(deployment, twelve, lead, stakeholders):
    """A review of the twelve statements, just opened."""
    return opening.open_review(deployment, twelve, by=lead, title="Small review", holders=stakeholders)


@pytest.fixture
def browser_of(client):
    """Sign a person in: `browser_of(ciso).get(...)`. The sign-in is no re-authentication."""

    def sign_in(person):
        client.logout()
        client.force_login(person)
        return client

    return sign_in


def address(review, number, act=""):
    return f"{item(review, number).get_absolute_url()}{act}"


def text_of(response):
    """What a person reads on the page: no tags, one space between words."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def fresh(review):
    """The review as the next request reads it: nothing of it cached."""
    return Review.objects.with_context().get(pk=review.pk)


def field(response, name):
    """The value of a hidden field of the page."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', response.content.decode())
    return html.unescape(found[1])


def sign_in_the_browser(client, review, number, password=PASSWORD, **changes):
    """Open the item, type the password and click, as a signer does."""
    page = client.get(address(review, number))
    return client.post(
        address(review, number, "sign/"), {"shown": field(page, "shown"), "password": password} | changes, follow=True
    )


def typed(each, **values):
    """What the form of an item sends."""
    return {
        "finding": "confirmed",
        "reason": "",
        "asked": "",
        "asked_of": "",
        "notes": "",
        "version": each.version,
    } | values


def textarea(response, name):
    """What stands in a box of the page."""
    page = response.content.decode()
    start = page.index(f'name="{name}"')
    return html.unescape(page[page.index(">", start) + 1 : page.index("</textarea>", start)]).removeprefix("\n")


@pytest.fixture
def own_evidence(vendor, reviewer):
    return add_evidence(vendor, reviewer, "Report of one statement", kind="penetration_test")


@pytest.fixture
def varied(small, reviewer, evidence, own_evidence, lead):
    """As `approved`; 5 rests on a report of its own, and 12 is settled, so that nothing is in the delta by itself."""
    settle(small, [1, 2, 3, 4, *range(6, 11)], reviewer, evidence)
    settle(small, [5], reviewer, own_evidence)
    settle(small, [11], reviewer, finding=Finding.NOT_APPLICABLE)
    ownership.hand_over([item(small, 12)], to=small.holders["legal"], by=lead)
    submit(item(small, 12), reviewer, evidence, asked="Who holds it?", asked_of="Account team")
    sign(item(small, 12))
    decide(small)
    return fresh(small)


@pytest.fixture
def sync(small, lead):
    return syncs.open_sync(small, by=lead)


@pytest.fixture
def other(db, twelve):
    """A review of another vendor, whose lead knows nothing of the first."""
    owner = person("Other lead", Role.LEAD)
    vendor = Vendor.objects.create(name="Sassafras", slug="sassafras", created_by=owner)
    grants.give(owner, Access.LEAD, vendor)
    way = Deployment.objects.create(vendor=vendor, name="Their way", channel="claude_api", data_classes=["internal"])
    return opening.open_review(way, twelve, by=owner, title="Other review")
