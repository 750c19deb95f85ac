"""Does a review go out as a file and come in again, in the browser?"""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DEMO_PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]


def test_a_lead_takes_a_copy_out_and_brings_it_and_a_ciso_lets_it_in(as_person, look, tmp_path):
    page = as_person("lead@example.com")
    page.goto("/reviews/")
    page.goto(page.get_by_role("link", name="Amazon Bedrock").first.get_attribute("href"))
    page.get_by_role("navigation", name="This review").get_by_role("link", name="Dossier").click()
    page.get_by_role("link", name="Machine-readable copy").click()
    with page.expect_download() as leaving:
        page.get_by_role("link", name="With all files (ZIP)").click()
    copy = tmp_path / "review.zip"
    leaving.value.save_as(copy)

    page.goto("/vendors/new/")
    page.get_by_label("Name").fill("The same elsewhere")
    page.get_by_role("button", name="Create the vendor").click()
    expect(page.get_by_role("heading", name="The same elsewhere", level=1)).to_be_visible()
    page.goto("/reviews/new/")
    page.get_by_role("link", name="moved in").click()
    page.get_by_label("Vendor here").select_option(label="The same elsewhere")
    page.get_by_label("The review's file").set_input_files(copy)
    page.get_by_role("button", name="Check what is in it").click()
    expect(page.get_by_text("every SHA-256 is right")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Move the review in")).to_be_disabled()
    problems = look(page, "arrival")

    page.goto("/vendors/the-same-elsewhere/")
    person = page.get_by_label("Person", exact=True)
    person.select_option(label=person.locator("option", has_text="CISO").first.inner_text())
    page.get_by_label("Access", exact=True).select_option("sign")
    page.get_by_role("button", name="Give access").click()

    ciso = as_person("ciso@example.com")
    ciso.get_by_role("link", name="review.zip").click()
    problems |= look(ciso, "arrival-ciso")
    ciso.get_by_label("Your password, to sign").fill(DEMO_PASSWORD)
    ciso.get_by_role("button", name="Move the review in").click()
    ciso.get_by_role("link", name="Open ").click(timeout=60_000)
    ciso.get_by_role("link", name="Moved from where").click()
    expect(ciso.get_by_text("brought by Review lead, let in by CISO")).to_be_visible()
    assert problems | look(ciso, "moved") == {}
