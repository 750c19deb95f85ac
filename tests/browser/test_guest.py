"""Can a contact of the vendor answer from the mail alone, and do their pages please at every width?"""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]


def mails(site):
    """What the site has sent, the oldest first."""
    folder = Path(site.env["VAR_DIR"]) / "mail"
    return [path.read_text() for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)]


def address_for(site, as_person):
    """Invite the account team as the reviewer does, and read the address in the mail, once it is sent."""
    page = as_person("reviewer@example.com")
    page.goto("/reviews/")
    review = page.get_by_role("link", name="Amazon Bedrock").first.get_attribute("href")
    page.goto(f"{review}questions/new/")
    page.fill("textarea[name=text]", "How long are prompts kept after a conversation ends?")
    page.get_by_role("button", name=re.compile("Save|Add|Write")).first.click()
    page.goto(f"{review}guests/")
    page.select_option("select[name=contact]", index=1)
    page.click("button:has-text('Invite')")
    page.wait_for_url("**/guests/*/")
    site.manage("shell", "-c", "from reviews import tasks; tasks.remind()")
    found = re.findall(r"http://\S+/answer/(\S+)/", "".join(mails(site)))
    return page, review, f"/answer/{found[-1]}/"


def test_a_guest_gets_from_the_mail_to_a_sent_answer(site, as_person, new_page, look):
    """Theirs in the dark, ours in the light: both schemes in one walk."""
    ours, review, address = address_for(site, as_person)
    page = new_page(color_scheme="dark", reduced_motion="reduce")
    page.goto(address)
    problems = look(page, "guest-door-dark")
    page.click("text=Send me a code")
    problems |= look(page, "guest-code-dark")
    code = re.findall(r"^\d{4} \d{4}$", mails(site)[-1], re.MULTILINE)[-1]
    page.fill("input[name=code]", code)
    page.click("text=Open the page")
    problems |= look(page, "guest-questions-dark")
    page.get_by_role("link", name=re.compile(r"Answer question \d+")).first.click()
    page.fill("textarea[name=text]", "Thirty days.")
    problems |= look(page, "guest-question-dark")
    page.reload()
    assert page.input_value("textarea[name=text]") == "Thirty days."
    page.click("text=Send the answer")
    page.wait_for_url("**arrived=*")
    problems |= look(page, "guest-arrived-dark")
    ours.goto(f"{review}guests/")
    problems |= look(ours, "guests-light")
    ours.click("tr:has-text('invited by Reviewer') a.cs-row-link")
    problems |= look(ours, "guest-link-light")
    ours.click("summary:has-text('End it')")
    ours.click("text=End it now")
    ours.wait_for_url(f"**{review}guests/")
    page.goto(address)
    assert "This page is closed" in page.text_content("main")
    problems |= look(page, "guest-closed-dark")
    assert problems == {}
