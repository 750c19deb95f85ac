"""From a fresh start to a signed dossier: does the main job work for people, through the real worker?"""

import hashlib
import io
import re

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.browser.conftest import DEMO_PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

REVIEW = "/reviews/anthropic-claude-enterprise-2026/"
SECONDS_FOR_A_DOSSIER = 90


def tile(page, number):
    page.goto(REVIEW)
    return page.locator("a.cs-tile").nth(number - 1)


def test_a_reviewer_proves_and_the_ciso_signs_decides_and_exports(as_person, screenshot):
    reviewer = as_person("reviewer@example.com")
    _takes_back(reviewer, 14)
    _uploads_to_the_library(reviewer)
    _cites_and_submits(reviewer, 14, screenshot)

    ciso = as_person("ciso@example.com")
    expect(ciso.get_by_role("link", name=re.compile("My work 2"))).to_be_visible()
    expect(tile(ciso, 14)).to_have_attribute("aria-label", re.compile("Awaiting sign-off"))
    expect(ciso.get_by_text("In review: hold").first).to_be_visible()

    _signs(ciso, 14, screenshot)
    _signs_without_the_password_again(ciso, 6)
    expect(tile(ciso, 14)).to_have_attribute("aria-label", re.compile("Confirmed"))
    expect(ciso.get_by_text("42 confirmed + 3 not applicable = 45 of 47")).to_be_visible()
    screenshot(ciso, "main-job-go")

    _decides(ciso)
    _exports(ciso, screenshot)


def _takes_back(page, number):
    page.goto(f"{REVIEW}items/{number}/")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text(f"Statement {number} is back in work.")).to_be_visible()


def _uploads_to_the_library(page):
    page.goto("/vendors/anthropic/evidence/")
    page.get_by_label("Kind", exact=True).select_option("contract")
    files = [("liability-cap.pdf", "liability"), ("second-annex.pdf", "annex")]
    page.locator("form[data-upload] input[type=file]").set_input_files(
        [
            {
                "name": name,
                "mimeType": "application/pdf",
                "buffer": b"%PDF-1.7\n% made up " + words.encode() + b"\n%%EOF\n",
            }
            for name, words in files
        ]
    )
    page.get_by_role("button", name="Add to the library").click()
    expect(page.get_by_role("link", name="liability-cap", exact=False)).to_be_visible()
    expect(page.get_by_role("link", name="second-annex", exact=False)).to_be_visible()


def _cites_and_submits(page, number, screenshot):
    page.goto(f"{REVIEW}items/{number}/cite/")
    evidence = page.get_by_label("Evidence in the library")
    evidence.select_option(label=evidence.locator("option", has_text="liability-cap").inner_text())
    page.get_by_label("Where in it").fill("p. 4, section 9")
    page.get_by_role("button", name="Cite", exact=True).click()
    expect(page.get_by_text("p. 4, section 9", exact=True)).to_be_visible()
    page.get_by_label("Confirmed", exact=True).check()
    page.get_by_role("textbox", name="Notes").fill("The cap is defined; see section 9 of the made-up annex.")
    screenshot(page, "main-job-item")
    page.get_by_role("button", name="Save and submit for sign-off").click()
    expect(page.get_by_text(f"Statement {number} is submitted; its owner can sign it now.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Sign"))).to_be_disabled()


def _signs(page, number, screenshot):
    page.goto(f"{REVIEW}items/{number}/")
    expect(page.get_by_text("The cap is defined; see section 9 of the made-up annex.")).to_be_visible()
    screenshot(page, "main-job-sign")
    page.get_by_label("Your password, to sign").fill("not my password at all")
    page.get_by_role("button", name=re.compile("^Sign")).click()
    expect(page.get_by_text("Not signed: this is not your password.")).to_be_visible()
    page.get_by_label("Your password, to sign").fill(DEMO_PASSWORD)
    page.get_by_role("button", name=re.compile("^Sign")).click()
    expect(page.get_by_text(f"Signed: statement {number}, confirmed.")).to_be_visible()


def _signs_without_the_password_again(page, number):
    """Within the short window one proof covers the next signature."""
    page.goto(f"{REVIEW}items/{number}/")
    expect(page.get_by_label("Your password, to sign")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Sign")).click()
    expect(page.get_by_text(f"Signed: statement {number}, confirmed.")).to_be_visible()


def _decides(page):
    page.goto(f"{REVIEW}decision/")
    page.get_by_label("Go: approved").check()
    page.get_by_role("textbox", name="Why").fill("Forty-five are satisfied, and what is open does not touch the pilot.")
    page.get_by_role("button", name="Sign the decision").click()
    expect(page.get_by_text("Decided and signed: Go: approved.")).to_be_visible()


def _exports(page, screenshot):
    page.goto(f"{REVIEW}dossiers/")
    page.get_by_role("button", name="Request a dossier").click()
    download_link = page.get_by_role("link", name="Download the PDF")
    expect(download_link).to_be_visible(timeout=SECONDS_FOR_A_DOSSIER * 1000)
    screenshot(page, "main-job-dossier")
    with page.expect_download() as download:
        download_link.click()
    content = download.value.path().read_bytes()
    expect(page.get_by_text(hashlib.sha256(content).hexdigest()).first).to_be_visible()
    text = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(content)).pages).split())
    assert "Vendor security dossier" in text
    assert "The cap is defined; see section 9 of the made-up annex." in text
    assert "Forty-five are satisfied, and what is open does not touch the pilot." in text
