"""Do pages show what others do, and leave alone what somebody does?"""

import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import BASE_DIR

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]


@pytest.fixture
def awaiting(as_person):
    """The signer's page, the address of the review and the number of a statement that waits for their signature."""
    page = as_person("privacy@example.com")
    page.goto("/reviews/")
    review = page.get_by_role("link", name="Amazon Bedrock").first.get_attribute("href")
    page.goto(f"{review}?show=mine")
    number = page.locator("#items tbody tr[id] .cs-num").first.inner_text()
    return page, review, number


def test_a_sign_off_shows_on_the_pages_others_have_open(as_person, awaiting, record_property):
    signer, review, number = awaiting
    overview, item = as_person("lead@example.com"), as_person("reviewer@example.com")
    meeting = as_person("ciso@example.com")
    meeting.goto(f"{review}sync/?item={number}")
    beside = meeting.locator("#beside")
    expect(beside).to_contain_text("Awaiting sign-off")
    overview.goto(review)
    item.goto(f"{review}items/{number}/")
    comment = item.locator("#discussion textarea")
    comment.fill("Half a sent")
    comment.focus()
    menu = overview.locator("details").last
    menu.evaluate("details => details.open = true")
    row = overview.locator(f"#item-{number}")
    expect(row).to_contain_text("Awaiting sign-off")

    signer.goto(f"{review}items/{number}/")
    signer.fill("#sign input[type=password]", "countersign-demo")
    signer.click("#sign button[type=submit]")
    clicked = time.monotonic()
    expect(beside).not_to_contain_text("Awaiting sign-off")
    record_property("seconds until the sync page showed it", round(time.monotonic() - clicked, 2))
    expect(row).to_contain_text("Confirmed")
    record_property("seconds until others saw it", round(time.monotonic() - clicked, 2))
    expect(overview.locator(".cs-live")).to_contain_text("Updated")
    assert menu.evaluate("details => details.open")

    expect(item.locator("#sign")).to_contain_text("Signed")
    expect(item.locator("#history")).to_contain_text("signed")
    assert comment.input_value() == "Half a sent"
    assert comment.evaluate("area => area === document.activeElement")
    comment.press("End")
    item.keyboard.type("ence.")
    assert comment.input_value() == "Half a sentence."
    comment.fill("")


SCRIPTS = {"/live.js": "static/js/live.js", "/morph.js": "var/build/vendor/idiomorph-ext.min.js"}
SYNC = """<!doctype html><title>Sync</title><script defer src="/morph.js"></script><script defer src="/live.js"></script>
<body data-live-scope="/live/" data-live-at="0" data-live-today="2026-11-22"><aside data-live id="beside">{}</aside></body>"""


def test_what_is_closed_while_a_newer_page_is_on_its_way_stays_closed(browser):
    """Played without a site, so that the answer can be held back for as long as it takes."""
    page, on_its_way = browser.new_page(), []

    def serve(route, request):
        path = urlsplit(request.url).path
        if path in SCRIPTS:
            route.fulfill(path=BASE_DIR / SCRIPTS[path], content_type="text/javascript")
        elif path == "/live/":
            route.fulfill(json={"events": [1], "others": 1, "today": "2026-11-22"})
        elif request.resource_type == "document":
            route.fulfill(body=SYNC.format("Awaiting"), content_type="text/html")
        else:
            on_its_way.append(route)

    page.route("**/*", serve)
    with page.expect_request(lambda request: request.resource_type == "fetch" and "item=1" in request.url):
        page.goto("http://live.test/sync/?item=1")
    page.evaluate("document.getElementById('beside').replaceChildren(); history.replaceState(null, '', '/sync/')")
    with page.expect_request(lambda request: request.resource_type == "fetch" and request.url.endswith("/sync/")):
        on_its_way[0].fulfill(body=SYNC.format("Signed"), content_type="text/html")
    assert page.inner_html("#beside") == ""
    page.context.close()
