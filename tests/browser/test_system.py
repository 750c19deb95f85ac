"""Does a browser report what our content security policy stopped, and does the administrator's page please?"""

import pytest

from tests.browser.conftest import WIDTH_OF

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("site")]


def test_what_a_browser_stops_is_counted_on_the_system_page(browser, site, as_person):
    # Of its own, because what is stopped is an error in the page's console.
    with browser.new_context(base_url=site.url) as context:
        page = context.new_page()
        page.goto("/accounts/login/")
        with page.expect_event("requestfinished", lambda request: request.url.endswith("/csp-reports/")):
            page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://elsewhere.example/x.png'}))")
    administrator = as_person("administrator@example.com")
    administrator.goto("/system/")
    stopped = administrator.locator("section", has=administrator.get_by_role("heading", name="Stopped by browsers"))
    assert "img-src\n1" in stopped.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_system_page_fits_the_width_and_is_accessible(as_person, look, scheme):
    page = as_person("administrator@example.com", color_scheme=scheme, reduced_motion="reduce")
    page.goto("/system/")
    assert look(page, f"system-{scheme}", WIDTH_OF[scheme]) == {}
