"""What does the page of the weekly sync show, to whom, and what does it cost?"""

import pytest
from django.utils import timezone

from reviews import opening
from reviews.again import reassessments
from reviews.choices import Trigger
from tests.cast import settle
from tests.reviews.again.again import decide
from tests.reviews.conftest import address, fresh, text_of
from tests.reviews.test_query_counts import in_many_states, listed, open_many, queries_of  # noqa: F401


def page_of(review):
    return f"{review.get_absolute_url()}sync/"


@pytest.fixture
def varied_review(review, vendor, reviewer, evidence, lead):
    in_many_states(review, vendor, reviewer, evidence, lead)
    return review


def test_the_top_says_gate_number_deadline_and_forecast(varied_review, browser_of, ciso):
    page = text_of(browser_of(ciso).get(page_of(varied_review)))
    assert "The gate says In review: hold Satisfied 3 of 45 needed" in page
    assert "Forecast of Go Cannot be said yet" in page
    assert "21 days left" in page
    assert "Shortest way to Go:" in page


def test_every_number_of_the_table_leads_to_as_many_items(varied_review, browser_of, lead):
    browser = browser_of(lead)
    response = browser.get(page_of(varied_review))
    assert sum(number for _, number in response.context["all_states"]) == 47
    for category, cells in response.context["matrix"]:
        for state, number in cells:
            query = {"show": state.value, "category": category.key}
            if number:
                assert len(browser.get(page_of(varied_review), query).context["lines"]) == number
    load = next(each for each in response.context["figures"].load if each.name == "CISO")
    behind = browser.get(page_of(varied_review), {"show": "open", "holder": load.whose})
    assert len(behind.context["lines"]) == load.counts["open"] == 9
    assert "To be worked on · CISO" in text_of(behind)


def test_an_item_opens_beside_the_page_and_stays_in_the_address(varied_review, browser_of, lead):
    browser = browser_of(lead)
    response = browser.get(f"{page_of(varied_review)}?item=8&since=2026-01-01")
    page = text_of(response)
    assert response.context["beside"]["item"].number == 8
    assert "Statement 8" in page
    assert "In work." in page
    assert f'href="{address(varied_review, 8)}"' in response.content.decode()
    assert 'href="?since=2026-01-01" data-beside-close' in response.content.decode()


def test_an_item_is_opened_without_the_rest_of_the_page(varied_review, browser_of, lead, stranger, queries_of):  # noqa: F811
    opened = f"{address(varied_review, 8)}beside/"
    response = browser_of(lead).get(f"{page_of(varied_review)}?since=2026-01-01")
    assert f'hx-get="{opened}"' in response.content.decode()
    assert f'hx-replace-url="?since=2026-01-01&amp;item=8&amp;of={varied_review.slug}"' in response.content.decode()
    panel = browser_of(lead).get(opened)
    assert "In work." in text_of(panel)
    assert f'href="{page_of(varied_review)}" data-beside-close' in panel.content.decode()
    assert len(queries_of(lead, opened)) <= 16
    assert browser_of(stranger).get(opened).status_code == 404


def test_a_nul_in_the_address_names_no_review(varied_review, browser_of, lead):
    response = browser_of(lead).get(f"{page_of(varied_review)}?item=8&of=%00")
    assert response.context["beside"]["item"].review == varied_review


@pytest.mark.parametrize(
    "query", ["item=x", "item=", "item=٣", "item=99999999", "show=nonsense", "since=tomorrow", "page=x"]
)
def test_an_odd_address_shows_the_page_without_more(varied_review, browser_of, lead, query):
    for path in (page_of(varied_review), "/sync/"):
        response = browser_of(lead).get(f"{path}?{query}")
        assert response.status_code == 200
        assert response.context["beside"] is None


@pytest.mark.parametrize("query", ["", "?item=1", "?show=late"])
def test_rule_23_what_one_may_not_see_is_not_found(varied_review, browser_of, stranger, query):
    browser = browser_of(stranger)
    assert browser.get(f"{page_of(varied_review)}{query}").status_code == 404
    assert browser.get(f"/sync/?item=1&of={varied_review.slug}").status_code == 404
    everything = text_of(browser.get("/sync/"))
    assert "No review is at work." in everything
    assert "Anthropic" not in everything


def test_a_day_to_come_is_refused_in_words(varied_review, browser_of, lead):
    page = text_of(browser_of(lead).get(f"{page_of(varied_review)}?since=2999-01-01"))
    assert "Changes can be shown since a day that has been, written like 2026-01-31." in page


def test_a_decided_and_a_replaced_review_say_so(small, reviewer, evidence, lead, browser_of):
    settle(small, range(1, 13), reviewer, evidence)
    decide(small)
    browser = browser_of(lead)
    assert "Decided" in text_of(browser.get(page_of(small)))
    again = reassessments.trigger(fresh(small), by=lead, trigger=Trigger.INCIDENT, why="It happened.", numbers=[3])
    settle(again, [3], reviewer)
    decide(again)
    assert f"{again.title} was decided since and is in force: this review is over." in text_of(
        browser.get(page_of(small))
    )
    assert "What is not looked at again here counts" in text_of(browser.get(page_of(again)))


def test_the_page_of_all_shows_every_review_at_work_with_its_change(varied_review, small, browser_of, lead, reviewer):
    response = browser_of(lead).get("/sync/")
    rows = {row.review.pk: row for row in response.context["rows"]}
    assert (rows[varied_review.pk].change, rows[varied_review.pk].late, rows[varied_review.pk].awaiting) == (3, 1, 1)
    assert (rows[small.pk].change, rows[small.pk].blocked) == (0, 1)
    assert [(each.label, number) for each, number in response.context["figures"].recommendations] == [
        ("In review: hold", 2)
    ]


def test_the_page_of_all_costs_the_same_for_one_review_and_for_thirty(open_many, queries_of, lead):  # noqa: F811
    open_many(1)
    before = {path: queries_of(lead, path) for path in ("/sync/", "/sync/?show=unowned")}
    open_many(29)
    for path, statements in before.items():
        after = queries_of(lead, path)
        assert len(after) == len(statements), f"{listed(statements)}\n\n{listed(after)}"


def test_the_page_of_a_review_costs_the_same_for_twelve_items_and_for_47(
    varied_review,
    deployment,
    twelve,
    lead,
    vendor,
    reviewer,
    evidence,
    stakeholders,
    queries_of,  # noqa: F811
):
    few = opening.open_review(deployment, twelve, by=lead, holders=stakeholders)
    in_many_states(few, vendor, reviewer, evidence, lead)
    assert timezone.now() > few.opened_at
    counted = [len(queries_of(lead, page_of(each))) for each in (few, varied_review)]
    assert counted[0] == counted[1] <= 50
