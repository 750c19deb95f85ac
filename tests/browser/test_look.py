"""Do the main pages please: whole at every width, readable in both themes, usable by keyboard?"""

import re

import pytest

from tests.browser.conftest import WIDTH_OF

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

SCHEMES = ["light", "dark"]


def first_link(page, pattern):
    """The first address on the page that matches, as people would click it."""
    links = page.locator("main a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return next(link for link in links if link and re.fullmatch(pattern, link))


def first_link_of(page, address, pattern):
    page.goto(address)
    return first_link(page, pattern)


def main_pages(page):
    """Name and address of each page a CISO uses, found by following links from the top."""
    page.goto("/reviews/")
    # The demo review in which every state occurs.
    review = page.get_by_role("link", name="Amazon Bedrock").first.get_attribute("href")
    page.goto(review)
    item = first_link(page, rf"{review}items/\d+/")
    page.goto("/vendors/")
    vendor = first_link(page, r"/vendors/[\w-]+/")
    return {
        "my-work": "/",
        "overview": "/overview/",
        "overview-rows": "/overview/?show=open",
        "reviews": "/reviews/",
        "review": review,
        "item": item,
        "questions": f"{review}questions/",
        "spreadsheet": f"{review}imports/",
        "questionnaires": f"{review}questionnaires/",
        "questionnaire": first_link_of(page, f"{review}questionnaires/", rf"{review}questionnaires/\d+/"),
        "decision": f"{review}decision/",
        "escalations": f"{review}escalations/",
        "escalation": f"{review}escalations/1/",
        "letter": f"{review}escalations/1/letter/",
        "sync": "/sync/",
        "sync-of-a-review": f"{review}sync/",
        "sync-with-an-item": f"{review}sync/?item=17",
        "dossiers": f"{review}dossiers/",
        "copy": f"{review}copy/",
        "arrivals": "/arrivals/",
        "vendors": "/vendors/",
        "vendor": vendor,
        "policy": f"{vendor}policy/",
        "help": "/help/",
        "glossary": "/help/glossary/",
        "rules": "/help/rules/",
        "evidence": f"{vendor}evidence/",
        "search": "/search/?q=breach",
        "calendar": "/calendar/",
        "calendar-list": "/calendar/?view=list",
        "calendar-address": "/calendar/address/",
        "profile": "/profile/",
        "reminders": "/reminders/",
        "telling": "/profile/reminders/",
        "not-found": "/no-such-page/",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_main_pages_fit_the_width_and_are_accessible(as_person, look, scheme):
    page = as_person("ciso@example.com", color_scheme=scheme, reduced_motion="reduce")
    problems = {}
    for place, (name, address) in enumerate(main_pages(page).items()):
        page.goto(address)
        assert page.locator("html").get_attribute("data-bs-theme") == scheme
        # Every second page the other way round: what pages share is seen in either theme at either width.
        problems |= look(page, f"{name}-{scheme}", WIDTH_OF[SCHEMES[(SCHEMES.index(scheme) + place) % 2]])
    assert problems == {}


@pytest.mark.parametrize("width", [390, 1200, 1440])
def test_pages_of_leads_and_administrators_fit_the_width_and_are_accessible(
    as_person, screenshot, accessibility_problems, width
):
    """Their heads hold the most links of all."""
    problems = {}
    for person, address in (("lead", "/messages/?show=planned"), ("administrator", "/settings/office-hours/")):
        page = as_person(f"{person}@example.com", color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address)
        screenshot(page, f"{person}-{width}")
        found = accessibility_problems(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("scrolls sideways")
        if found:
            problems[address] = found
    assert problems == {}


def test_no_page_carries_inline_styles_or_handlers(as_person):
    """What the content security policy would silently drop must not be written in the first place."""
    page = as_person("ciso@example.com")
    for address in main_pages(page).values():
        source = page.request.get(address).text()
        assert re.findall(r"<[^>]*\s(?:style|on\w+|hx-on[\w:-]*)=", source) == []


def test_the_47_tiles_lead_to_their_items_and_say_their_statement(as_person):
    page = as_person("ciso@example.com")
    page.goto(main_pages(page)["review"])
    tiles = page.locator("a.cs-tile")
    assert tiles.count() == 47
    for number in (1, 47):
        tile = tiles.nth(number - 1)
        assert re.match(rf"{number}: .{{20,}}\. [A-Z]", tile.get_attribute("aria-label"))
        assert tile.get_attribute("href").endswith(f"/items/{number}/")


def test_the_chosen_theme_stays_and_comes_before_the_first_paint(as_person):
    page = as_person("ciso@example.com", color_scheme="light")
    page.click(".cs-user-button")
    page.click("[data-theme-choice=dark]")
    page.goto("/reviews/")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    head = page.request.get("/reviews/").text()
    assert head.index("js/theme") < head.index('rel="stylesheet"')


def test_keys_reach_the_search_and_the_next_item_and_can_be_switched_off(as_person):
    page = as_person("ciso@example.com")
    review = main_pages(page)["review"]
    page.goto(f"{review}items/3/")
    page.keyboard.press("j")
    page.wait_for_url(f"**{review}items/4/")
    page.keyboard.press("k")
    page.wait_for_url(f"**{review}items/3/")
    page.keyboard.press("/")
    page.keyboard.type("jk")
    assert page.input_value("#cs-search") == "jk"
    page.click(".cs-user-button")
    page.click("[data-keys-switch]")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "cs-search"
    assert page.url.endswith("/items/3/")


def test_the_first_tab_stop_skips_to_the_content(as_person):
    page = as_person("ciso@example.com")
    page.goto("/reviews/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_unsaved_text_survives_leaving_and_can_be_discarded(as_person):
    page = as_person("reviewer@example.com")
    page.on("dialog", lambda dialog: dialog.accept())
    address = main_pages(page)["item"]
    page.goto(address)
    comment = page.locator("form[data-unsaved] textarea[name=text]")
    comment.fill("A thought that was never sent.")
    page.goto("/reviews/")
    page.goto(address)
    assert comment.input_value() == "A thought that was never sent."
    page.get_by_role("button", name="Discard it").click()
    assert comment.input_value() == ""
