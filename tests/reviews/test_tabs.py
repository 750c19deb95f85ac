"""Does every page of a review lead to the others?"""

import pytest
from django.urls import reverse

from reviews.templatetags.review_tabs import TABS


@pytest.mark.parametrize(("key", "words", "route"), TABS)
def test_every_page_of_a_review_shows_all_of_them_and_says_where_it_is(client, small, lead, key, words, route):
    client.force_login(lead)
    page = client.get(reverse(route, args=[small.slug])).content.decode()
    assert all(f">{other}</a>" in page for _, other, _ in TABS)
    assert page.count('class="cs-tab"') == len(TABS)
    assert f'class="cs-tab" href="{reverse(route, args=[small.slug])}" aria-current="page">{words}</a>' in page
