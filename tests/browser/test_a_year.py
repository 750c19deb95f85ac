"""Does an approval stay true for a year? One story in a real browser, on the moved clock of the process that serves it.

January: approved. March: an insurance changes. April: looked at again, and decided anew. May: a report has expired.
What the scheduler asks for every minute is called here as a worker calls it.
"""

import datetime
import io
import re

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from dossiers.tasks import render_dossier
from evidence import library
from evidence.choices import Kind
from reviews import decisions, gate
from reviews.choices import Duty, Outcome
from reviews.models import Obligation, Review
from reviews.recurring import obligations
from tests.browser.conftest import WIDTH_OF
from tests.cast import PASSWORD, add_evidence, pdf, settle
from tests.reviews.conftest import small, twelve, twelve_file  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ENDED, ON_HOLD = "ended on 30 April 2027", "no longer holds"


def at(month, day, hour=9):
    return datetime.datetime(2027, month, day, hour, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def clock():
    with time_machine.travel(at(1, 12), tick=True) as traveller:
        yield traveller


@pytest.fixture
def site(clock, live_server):
    """In this process, so that it reads the moved clock."""
    return live_server


@pytest.fixture
def world(clock, browser, small, vendor, reviewer):  # noqa: F811
    """Twelve signed statements, of which Go needs ten: 2, 7 and 8 rest on the report, 4 on the insurance."""
    report = add_evidence(
        vendor, reviewer, "SOC 2 report", kind=Kind.SOC2_REPORT,
        period_end=datetime.date(2026, 4, 30), valid_until=datetime.date(2027, 4, 30),
    )  # fmt: skip
    insurance = add_evidence(vendor, reviewer, "Insurance")
    contract = add_evidence(vendor, reviewer, "Contract", kind=Kind.CONTRACT)
    settle(small, [2, 7, 8], reviewer, report)
    settle(small, [4], reviewer, insurance)
    settle(small, [1, 3, 5, 6, 9, 10, 11, 12], reviewer, contract)
    return small


def test_an_approval_is_looked_at_again_and_falls_when_its_report_expires(
    world, poke, as_one, broker, vendor, lead, reviewer, ciso, legal
):
    _decides(as_one(ciso), world, "All twelve are satisfied.")
    _accepts_what_is_proposed(as_one(lead))

    poke(at(3, 1))
    insurance = vendor.evidence.get(title="Insurance")
    library.add_version(insurance, by=reviewer, upload=pdf("the next year"))
    assert not Review.objects.exclude(pk=world.pk).exists()

    poke(at(4, 1))
    review = Review.objects.exclude(pk=world.pk).get()
    page = as_one(reviewer)
    _sees_what_is_inherited(page, review)
    _affirms(page, review, 7)
    _changes(page, review, 4)
    _signs(as_one(legal), review, 7)
    page = as_one(ciso)
    _signs(page, review, 4)
    page.goto(review.get_absolute_url())
    expect(page.get_by_text("10 confirmed").first).to_be_visible()
    _decides(page, review, "Ten of twelve, and the next report is on its way.", needs_password=False)
    _reads_the_difference(page, review)
    _reads_the_dossier(page, review, broker)

    monday = (at(5, 3)).date()
    assert _told_around_the_last_day(poke) == {
        legal.email: [(ENDED, monday)],
        ciso.email: [(ENDED, monday), (ON_HOLD, monday)],
        lead.email: [(ON_HOLD, monday)],
    }
    page = as_one(ciso)
    page.goto(review.get_absolute_url())
    expect(page.get_by_text("9 confirmed").first).to_be_visible()
    expect(page.get_by_text("In review: hold").first).to_be_visible()
    expect(page.get_by_text("Approval on hold").first).to_be_visible()


def _decides(page, review, why, needs_password=True):
    page.goto(f"{review.get_absolute_url()}decision/")
    page.get_by_label("Go: approved").check()
    page.get_by_role("textbox", name="Why").fill(why)
    if needs_password:
        page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign the decision").click()
    expect(page.get_by_text("Decided and signed: Go: approved.")).to_be_visible()


def _accepts_what_is_proposed(page):
    page.goto("/obligations/")
    expect(page.get_by_text("first on 12 April 2027")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Accept all")).click()
    row = page.get_by_role("row").filter(has_text="Quarterly compliance review")
    expect(row.get_by_role("cell", name="every quarter")).to_be_visible()


def _sees_what_is_inherited(page, review):
    page.goto(review.get_absolute_url())
    tile = page.locator("a.cs-tile").nth(6)
    expect(tile).to_have_attribute("aria-label", re.compile("Inherited, not re-affirmed"))
    expect(page.get_by_text("8 confirmed").first).to_be_visible()


def _affirms(page, review, number):
    page.goto(f"{review.get_absolute_url()}items/{number}/")
    expect(page.get_by_role("heading", name="Last time and now")).to_be_visible()
    page.get_by_role("button", name="Re-affirm: submit unchanged").click()
    expect(page.get_by_text(f"Statement {number} is submitted; its owner can sign it now.")).to_be_visible()


def _changes(page, review, number):
    page.goto(f"{review.get_absolute_url()}items/{number}/")
    page.get_by_role("textbox", name="Notes").fill("The insurance of the next year covers twice the sum.")
    page.get_by_role("button", name="Save and submit for sign-off").click()
    expect(page.get_by_text(f"Statement {number} is submitted; its owner can sign it now.")).to_be_visible()


def _signs(page, review, number):
    page.goto(f"{review.get_absolute_url()}items/{number}/")
    page.get_by_label("Your password, to sign").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign")).click()
    expect(page.get_by_text(f"Signed: statement {number}, confirmed.")).to_be_visible()


def _reads_the_difference(page, review):
    page.goto(f"{review.get_absolute_url()}difference/")
    row = page.get_by_role("row").filter(has_text="An insurance exists.")
    expect(row).to_contain_text("differs: evidence")
    expect(row).to_contain_text("version 2")
    expect(page.get_by_role("row").filter(has_text="The contract is signed.")).to_have_count(0)


def _reads_the_dossier(page, review, broker):
    page.goto(f"{review.get_absolute_url()}dossiers/")
    page.get_by_role("button", name="Request a dossier").click()
    [(_, args)] = [sent for sent in broker() if sent[0] == render_dossier.name]
    render_dossier.apply(args, throw=True)
    page.reload()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the PDF").click()
    sheets = PdfReader(io.BytesIO(download.value.path().read_bytes())).pages
    text = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    assert "The insurance of the next year covers twice the sum." in text
    annex = text.partition("Annex D: What changed since Small review")[2]
    assert "This review looks again at 4 of 12 statements" in annex
    assert "4 An insurance exists. differs: evidence" in annex


def _told_around_the_last_day(poke):
    """`{address: [(what was said, day)]}` of three pokes a day; 30 April is a Friday, and mail rests on weekends."""
    told = {}
    for days in range(12):
        for hour in (0, 9, 17):
            moment = at(4, 26, hour) + datetime.timedelta(days=days)
            for mail in poke(moment):
                said = [(words, moment.date()) for words in (ENDED, ON_HOLD) if words in mail.body]
                told[mail.to[0]] = told.get(mail.to[0], []) + said
    return {address: said for address, said in told.items() if said}


@pytest.fixture
def in_april(world, poke, clock, lead, ciso):
    """The same until April, without a browser: the quarterly review that was prepared."""
    decisions.decide(
        world, by=ciso, outcome=Outcome.GO, reason="All twelve.", shown=decisions.shown(gate.assess(world), to=ciso)
    )
    obligations.accept_all(world.vendor, by=lead)
    for day in (at(1, 13), at(2, 15), at(3, 1), at(4, 1)):
        poke(day)
    return Review.objects.exclude(pk=world.pk).get()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_what_recurs_fit_the_width_and_are_accessible(in_april, as_one, look, lead, scheme):
    review = in_april.get_absolute_url()
    quarterly, access = (Obligation.objects.get(duty=duty) for duty in (Duty.QUARTERLY_REVIEW, Duty.ACCESS_REVIEW))
    pages = {
        "obligations": "/obligations/",
        "obligation": quarterly.get_absolute_url(),
        "obligation-edit": f"{quarterly.get_absolute_url()}edit/",
        "occurrence": access.occurrences.earliest("due_on").get_absolute_url(),
        "review": review,
        "item": f"{review}items/7/",
        "chain": f"{review}chain/",
        "difference": f"{review}difference/?show=all",
        "reassess": f"{in_april.again.previous.get_absolute_url()}reassess/",
        "calendar": "/calendar/",
        "calendar-list": "/calendar/?view=list",
        "calendar-address": "/calendar/address/",
        "ahead": "/ahead/",
        "reminders": "/reminders/",
        "messages": "/messages/?show=planned",
        "telling": "/profile/reminders/",
        "absence": "/profile/absences/new/",
    }
    page, problems = as_one(lead, color_scheme=scheme), {}
    for name, address in pages.items():
        assert page.goto(address).status == 200, address
        problems |= look(page, f"year-{name}-{scheme}", WIDTH_OF[scheme])
    assert problems == {}
