"""Does the site that `make run` starts serve its pages whole, strictly and accessibly?"""

import re
import urllib.request

import pytest

from tests.browser.conftest import WIDTH_OF

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]

POLICY = {
    "default-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "report-uri /csp-reports/",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_fits_the_width_and_is_accessible(new_page, look, scheme):
    page = new_page(color_scheme=scheme)
    page.goto("/accounts/login/")
    assert look(page, f"sign-in-{scheme}", WIDTH_OF[scheme]) == {}


def test_every_answer_states_the_strict_policy(site):
    with urllib.request.urlopen(f"{site.url}/accounts/login/") as response:
        policy = set(response.headers["Content-Security-Policy"].split("; "))
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["X-Frame-Options"] == "DENY"
        assert response.headers["Referrer-Policy"] == "same-origin"
    # A nonce is stated only where a page uses one.
    scripts = next(directive for directive in policy if directive.startswith("script-src "))
    assert re.fullmatch(r"script-src 'self'( 'nonce-[\w+/=-]+')?", scripts)
    assert policy - {scripts} == POLICY


def test_a_page_that_does_not_exist_is_our_own_and_not_a_debug_page(as_person):
    page = as_person("ciso@example.com")
    response = page.goto("/no-such-page/")
    assert response.status == 404
    assert "DEBUG" not in page.content()
    assert page.get_by_role("heading", level=1).is_visible()


def test_the_fonts_and_styles_are_served_with_names_that_may_be_cached_for_ever(site, browser_page):
    found = {}
    browser_page.on("response", lambda response: found.update({response.url: response}))
    browser_page.goto("/accounts/login/")
    styles = [response for url, response in found.items() if "/vendor/tabler.min." in url and url.endswith(".css")]
    assert [response.status for response in styles] == [200]
    assert "immutable" in styles[0].headers["cache-control"]


def test_a_form_clicked_twice_is_sent_once(as_person):
    page = as_person("reviewer@example.com")
    page.goto("/reviews/anthropic-claude-api-2026/items/20/")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_label("Comment").fill("Said once.")
    # The second click comes while the first one's request is on its way.
    page.get_by_role("button", name="Comment").evaluate("it => { it.click(); setTimeout(() => it.click(), 20); }")
    page.wait_for_url("**/items/20/#discussion")
    assert [address.rsplit("/items/20/", 1)[1] for address in sent] == ["comment/"]
    assert page.get_by_text("Said once.").count() == 1
    page.get_by_label("Comment").fill("Said again.")
    page.get_by_role("button", name="Comment").click()
    page.get_by_text("Said again.").wait_for()


def test_after_signing_out_back_shows_nothing(as_person):
    page = as_person("reviewer@example.com")
    page.goto("/reviews/anthropic-claude-api-2026/items/21/")
    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/accounts/login/")
    page.go_back()
    page.go_back()
    page.wait_for_url("**/accounts/login/?next=**")
