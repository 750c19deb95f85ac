"""Does a review go out as a file and come in again, in the browser?"""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_lead_takes_a_copy_out_and_moves_it_in(as_person, look, tmp_path):
    page = as_person("lead@example.com")
    page.goto("/reviews/")
    page.goto(page.get_by_role("link", name="Amazon Bedrock").first.get_attribute("href"))
    page.get_by_role("navigation", name="This review").get_by_role("link", name="Dossier").click()
    page.get_by_role("link", name="Move or keep").click()
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
    move = page.get_by_role("button", name="Move the review in")
    expect(page.get_by_text("every SHA-256 is right")).to_be_visible(timeout=60_000)
    problems = look(page, "arrival")
    move.click()
    expect(page.get_by_role("link", name="Open ")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Open ").click()
    page.get_by_role("link", name="Moved from where").click()
    assert problems | look(page, "moved") == {}
