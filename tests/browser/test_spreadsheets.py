"""Does the list that a team keeps by hand become a running review in one import, through the real worker?

The sheet is one as people make it from the article: a title above the headings, the six columns under words of their
own, categories as rows between, numbers that begin again in each, statuses in all spellings, links behind words.
"""

import io
import re

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from reviews import catalogue
from tests.browser.conftest import DEMO_PASSWORD
from tests.cast import CHECKLIST

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

HEADINGS = ["#", "Item", "Responsible stakeholder", "Evidence required", "Status ", "Evidence link", "Comments"]
STAKEHOLDERS = {
    "ciso": "CISO/Security Director",
    "privacy_officer": "Data Officer/Privacy Officer",
    "it_security": "Infrastructure/IT Security",
    "compliance_officer": "Compliance Officer",
    "legal": "Legal/Procurement",
}
STATUSES = ["Complete", "In Progress", "not started", "COMPLETE", "in progress "]
COMPLETE_WITH_A_LINK = [1, 4, 6, 9, 11, 14]
SECONDS_FOR_A_WORKER = 30


def made_by_hand():
    """The bytes of the workbook."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Checklist"
    sheet.append(["Security review: Claude"])
    sheet.merge_cells("A1:G1")
    sheet.append([])
    sheet.append(HEADINGS)
    checklist = catalogue.read(CHECKLIST)
    for category in checklist.categories:
        sheet.append([f"{category.name.upper()} ({category.count} items)"])
        for statement in checklist.statements:
            if statement.category == category.key:
                _append(sheet, statement)
    hidden = book.create_sheet("Old")
    hidden.append(["Nobody", "needs", "this"])
    hidden.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _append(sheet, statement):
    number = statement.number
    role = STAKEHOLDERS.get(statement.owner_role, "")
    status = STATUSES[(number - 1) % len(STATUSES)]
    text = statement.text.rstrip(".")
    sheet.append([statement.position, text, role, "Report", status, None, f"Talked about it {number}"])
    if number in COMPLETE_WITH_A_LINK:
        link = sheet.cell(sheet.max_row, 6, "Trust page")
        link.hyperlink = f"https://trust.example.com/{number}"


def test_a_sheet_made_by_hand_becomes_a_running_review_in_one_import(as_person, look):
    lead = as_person("lead@example.com", reduced_motion="reduce")
    review = _opens_a_review(lead)
    _brings_the_sheet(lead)
    problems = _looks_and_applies(lead, look)
    imported = lead.url
    _the_items_show_claims(lead, review)
    ciso = as_person("ciso@example.com")
    _signs(ciso, review)
    lead.goto(imported)
    expect(lead.get_by_role("button", name="Undo")).to_be_disabled()
    expect(lead.get_by_text(re.compile("Statement 1 was signed since"))).to_be_visible()
    assert problems == {}


def _opens_a_review(page):
    page.goto("/reviews/new/")
    deployment = page.get_by_label("Deployment")
    deployment.select_option(label=deployment.locator("option", has_text="Claude API").inner_text())
    page.get_by_label("Title").fill("From the spreadsheet")
    for role in STAKEHOLDERS:
        select = page.locator(f"select[name={role}]")
        name = role.replace("_", " ").removesuffix(" officer")
        select.select_option(
            label=select.locator("option", has_text=re.compile(name, re.IGNORECASE)).first.inner_text()
        )
    page.get_by_role("button", name="Open the review").click()
    page.wait_for_url(re.compile(r"/reviews/[\w-]+/$"))
    return page.url


def _brings_the_sheet(page):
    page.get_by_role("link", name="Spreadsheet").click()
    workbook = {"name": "Claude security review.xlsx", "mimeType": "application/octet-stream", "buffer": made_by_hand()}
    page.get_by_label("Drop the file anywhere").set_input_files(workbook)
    page.get_by_role("button", name="Show what it would change").click()


def _looks_and_applies(page, look):
    expect(page.get_by_text("What it would change")).to_be_visible(timeout=SECONDS_FOR_A_WORKER * 1000)
    problems = look(page, "import-ready-light")
    bar = page.locator("#import-bar")
    expect(bar).to_contain_text("47 rows")
    # It is kept as it is made.
    page.get_by_label("Take Checklist, row 6").uncheck()
    expect(bar).to_contain_text("46 rows")
    page.get_by_role("button", name=re.compile("^Apply 46 rows")).click()
    expect(page.get_by_text("What it changed")).to_be_visible(timeout=SECONDS_FOR_A_WORKER * 1000)
    return problems


def _the_items_show_claims(page, review):
    page.goto(f"{review}items/1/")
    expect(page.get_by_text("Awaiting sign-off").first).to_be_visible()
    expect(page.get_by_text("A claim: nobody has signed it.")).to_be_visible()


def _signs(page, review):
    page.goto(f"{review}items/1/")
    page.get_by_label("Your password, to sign").fill(DEMO_PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign")).click()
    expect(page.get_by_text("Signed: statement 1, confirmed.")).to_be_visible()
