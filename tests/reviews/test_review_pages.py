"""Do the pages around the items work: lists, my work, search, opening, roles, bulk acts? (rules 2, 3 and 23)"""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from reviews import findings, opening, ownership, signoffs, workflow
from reviews.choices import Finding, Status
from reviews.models import Review
from tests.cast import add_evidence, bring_to, item, record, settle, sign, submit
from tests.reviews.conftest import address, fresh, text_of
from vendors.models import Contact, Deployment, Vendor


@pytest.fixture
def hidden(twelve, lead_account, stranger):
    """A review of a vendor that nobody of the cast but the stranger may see, full of words to look for."""
    vendor = Vendor.objects.create(name="Hidden vendor", slug="hidden", created_by=lead_account)
    for access in (Access.LEAD, Access.SIGN):
        grants.give(stranger, access, vendor)
    deployment = Deployment.objects.create(vendor=vendor, name="Hidden way", channel="claude_api")
    review = opening.open_review(deployment, twelve, by=stranger, title="Hidden title", holders={"ciso": stranger})
    record(item(review, 1), stranger, notes="Hidden notes about zebras.")
    findings.cite(item(review, 1), add_evidence(vendor, stranger, "Hidden report"), by=stranger)
    return review


# The list


def test_the_list_shows_ones_own_reviews_with_their_gate(small, review, hidden, browser_of, reviewer):
    text = text_of(browser_of(reviewer).get("/reviews/"))
    assert "Small review" in text
    assert "Initial review" in text
    assert "Hidden" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Small review", "Initial review"]),
        ("?q=small", ["Small review"]),
        ("?q=anthropic+enterprise", ["Small review", "Initial review"]),
        ("?q=hidden", []),
        ("?gate=in_review", ["Small review", "Initial review"]),
        ("?gate=go", []),
        ("?sort=deadline&q=small", ["Small review"]),
        ("?sort=nothing&gate=nothing&page=99", ["Small review", "Initial review"]),
        ("?q=%00&sort=%00&gate=%00&page=%00", ["Small review", "Initial review"]),
    ],
)
def test_the_list_is_filtered_and_sorted_by_its_address(small, review, hidden, browser_of, reviewer, query, found):
    response = browser_of(reviewer).get(f"/reviews/{query}")
    assert response.status_code == 200
    titles = [row.review.title.rsplit(" 20", 1)[0] for row in response.context["page"]]
    assert sorted(titles) == sorted(found)


# One review


def test_the_page_of_a_review_shows_every_item_and_the_gate(small, browser_of, auditor):
    response = browser_of(auditor).get(small.get_absolute_url())
    text = text_of(response)
    assert "0 confirmed + 0 not applicable = 0 of 12" in text
    assert all(address(small, number) in response.content.decode() for number in range(1, 13))
    assert "In review: hold" in text


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("?q=somebody", [8, 9, 10, 11]),
        ("?q=5", [5]),
        ("?role=legal", [7, 8, 9, 10, 11]),
        ("?state=awaiting", [1]),
        ("?finding=unconfirmed", [7]),
        ("?show=mine", [1]),
        ("?show=late", [3]),
        ("?show=unowned", [12]),
        ("?role=legal&finding=unconfirmed&q=contract", [7]),
        ("?role=nobody&finding=nothing&show=everything", list(range(1, 13))),
        ("?q=%00", list(range(1, 13))),
        ("?q=zebra", []),
    ],
)
def test_the_items_are_filtered_by_the_address(small, browser_of, reviewer, evidence, ciso, lead, query, numbers):
    submit(item(small, 1), reviewer, evidence)
    record(item(small, 7), reviewer, Finding.UNCONFIRMED)
    ownership.set_due([item(small, 3)], due_on=timezone.localdate() - timedelta(days=1), by=lead)
    response = browser_of(ciso).get(f"{small.get_absolute_url()}{query}")
    shown = [each.number for _, items in response.context["rows"] for each in items]
    assert sorted(shown) == numbers


@pytest.mark.parametrize("path", ["", "edit/", "roles/", "decision/", "bulk/", "accept-roles/", "conditions/1/meet/"])
@pytest.mark.parametrize("name", ["reviewer", "lead", "ciso", "auditor", "administrator"])
def test_rule_23_a_foreign_review_does_not_exist(hidden, vendor, browser_of, request, name, path):
    client = browser_of(request.getfixturevalue(name))
    for ask in (client.get, client.post):
        assert ask(f"{hidden.get_absolute_url()}{path}").status_code in {404, 405}
    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get("/reviews/there-is-none/").status_code == 404


@pytest.mark.parametrize("path", ["edit/", "roles/", "bulk/"])
@pytest.mark.parametrize("name", ["reviewer", "ciso", "auditor"])
def test_rule_23_who_may_not_lead_reads_the_rule(small, browser_of, request, name, path):
    response = browser_of(request.getfixturevalue(name)).post(f"{small.get_absolute_url()}{path}")
    assert response.status_code == 403
    assert "Only a review lead of this vendor may do this." in text_of(response)


def test_a_review_is_opened_in_one_form(deployment, twelve, browser_of, lead, ciso):
    client = browser_of(lead)
    assert client.get("/reviews/new/").status_code == 200
    values = {"deployment": deployment.pk, "checklist": twelve.pk, "title": "", "due_on": ""}
    response = client.post("/reviews/new/", values | {"ciso": ciso.pk}, follow=True)
    review = Review.objects.get()
    assert response.redirect_chain == [(review.get_absolute_url(), 302)]
    assert f"Initial review {timezone.localdate().year} is open, with 12 items." in text_of(response)
    assert review.holders == {"ciso": ciso}


def test_by_hand_a_first_review_is_opened_and_no_other_kind(deployment, twelve, browser_of, lead):
    client = browser_of(lead)
    assert "Quarterly and annual ones are prepared for the dates" in text_of(client.get("/reviews/new/"))
    client.post("/reviews/new/", {"deployment": deployment.pk, "checklist": twelve.pk, "kind": "quarterly"})
    assert Review.objects.get().kind == "initial"


@pytest.mark.parametrize(
    "wrong",
    [
        {"deployment": ""},
        {"checklist": "999"},
        {"title": "x" * 151},
        {"title": "a\x00b"},
        {"due_on": "2020-01-01"},
        {"due_on": "soon"},
        {"ciso": "999"},
    ],
)
def test_a_review_is_not_opened_over_a_mistake_and_what_was_typed_stays(deployment, twelve, browser_of, lead, wrong):
    values = {"deployment": deployment.pk, "checklist": twelve.pk, "title": "Typed", "due_on": ""}
    response = browser_of(lead).post("/reviews/new/", values | wrong)
    assert response.status_code in {200, 422}
    assert response.context["form"].errors.keys() == wrong.keys()
    assert Review.objects.count() == 0
    assert "title" in wrong or 'value="Typed"' in response.content.decode()


def test_a_reviewer_opens_no_review(deployment, twelve, browser_of, reviewer):
    response = browser_of(reviewer).get("/reviews/new/")
    assert response.status_code == 403
    assert "Only a review lead" in text_of(response)


def test_rule_02_the_roles_are_assigned_on_one_page(small, browser_of, lead, legal, ciso):
    client = browser_of(lead)
    assert client.get(f"{small.get_absolute_url()}roles/").status_code == 200
    response = client.post(f"{small.get_absolute_url()}roles/", {"ciso": legal.pk}, follow=True)
    assert "The roles are assigned" in text_of(response)
    assert item(small, 1).holder == legal
    assert item(small, 7).is_unowned  # left empty: nobody


def test_a_review_is_changed_with_its_event(small, browser_of, lead):
    values = {"title": "New title", "lead": lead.pk, "due_on": "2030-01-31"}
    assert browser_of(lead).post(f"{small.get_absolute_url()}edit/", values).status_code == 302
    event = Event.objects.newest_first().first()
    assert (event.event_type, event.before["title"], event.after["title"]) == (
        "review.changed",
        "Small review",
        "New title",
    )
    assert browser_of(lead).post(f"{small.get_absolute_url()}edit/", values).status_code == 302
    assert Event.objects.filter(event_type="review.changed").count() == 1


def test_a_review_is_led_by_someone_who_may(small, lead, ciso):
    with pytest.raises(Refused, match="CISO is no review lead of Anthropic"):
        opening.change_review(small, by=lead, title=small.title, lead=ciso, due_on=small.due_on)
    with pytest.raises(PermissionDenied, match="Only a review lead"):
        opening.change_review(small, by=ciso, title="Mine", lead=lead, due_on=small.due_on)
    assert fresh(small).title == "Small review"


# Bulk


def bulk(client, review, numbers, **values):
    ids = [item(review, number).pk for number in numbers]
    return client.post(f"{review.get_absolute_url()}bulk/", {"items": ids} | values, follow=True)


def test_rule_03_many_due_days_are_moved_at_once(small, browser_of, lead):
    response = bulk(browser_of(lead), small, [1, 2, 7], act="due", due_on="2030-01-31")
    assert "3 of 3 items changed." in text_of(response)
    assert [each.number for each in small.items.filter(due_on=date(2030, 1, 31))] == [1, 2, 7]


def test_rule_02_many_items_are_handed_over_at_once_and_back(small, browser_of, lead, legal, ciso):
    client = browser_of(lead)
    assert "2 of 2 items changed." in text_of(bulk(client, small, [1, 2], act="owner", owner=legal.pk))
    assert [item(small, number).holder for number in (1, 2, 3)] == [legal, legal, ciso]
    assert "2 of 3 items changed." in text_of(bulk(client, small, [1, 2, 3], act="owner", owner=""))
    assert item(small, 1).holder == ciso


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"act": "due"}, "Say which day the items are due."),
        ({"act": "due", "due_on": "2030-02-30"}, "Nothing changed."),
        ({"act": "sign"}, "Nothing changed."),
        ({"act": "owner", "owner": "999"}, "Nothing changed."),
    ],
)
def test_a_bulk_act_with_a_mistake_changes_nothing(small, browser_of, lead, values, words):
    client = browser_of(lead)
    events = Event.objects.count()
    assert words in text_of(bulk(client, small, [1, 2], **values))
    assert Event.objects.count() == events


def test_a_bulk_act_needs_items_of_this_review(small, review, browser_of, lead):
    client = browser_of(lead)
    url = f"{small.get_absolute_url()}bulk/"
    assert "Tick the items" in text_of(client.post(url, {"act": "due", "due_on": "2030-01-31"}, follow=True))
    foreign = [item(review, 1).pk, item(small, 1).pk]
    response = client.post(url, {"act": "due", "due_on": "2030-01-31", "items": foreign}, follow=True)
    assert "Nothing changed." in text_of(response)
    assert not review.items.filter(due_on=date(2030, 1, 31)).exists()
    assert not small.items.filter(due_on=date(2030, 1, 31)).exists()


def test_rule_05_nothing_is_signed_in_bulk(small, browser_of, reviewer, evidence, lead, ciso):
    """There is no such act; an item changes hands in bulk and its four eyes stay two pairs."""
    submit(item(small, 1), ciso, evidence)
    bulk(browser_of(lead), small, [1], act="owner", owner=ciso.pk)
    with pytest.raises(PermissionDenied, match="You submitted this item"):
        signoffs.sign(item(small, 1), by=ciso, shown=signoffs.shown(item(small, 1), to=ciso))


def test_rule_01_all_suggestions_are_accepted_at_once(review, browser_of, reviewer):
    client = browser_of(reviewer)
    page = client.get(review.get_absolute_url())
    assert "37 (suggested: IT security), 45 (suggested: Compliance officer)" in text_of(page)
    response = client.post(f"{review.get_absolute_url()}accept-roles/", follow=True)
    assert "2 items follow the checklist's suggestion now." in text_of(response)
    assert [item(review, number).role for number in (37, 45)] == ["it_security", "compliance_officer"]
    assert "Accept the suggestions" not in text_of(response)


# My work and search


def test_my_work_shows_each_person_what_waits_for_them(small, browser_of, reviewer, evidence, ciso, legal):
    submit(item(small, 1), reviewer, evidence)
    submit(item(small, 3), reviewer, evidence)
    workflow.apply(workflow.RETURN, item(small, 3), by=ciso, remark="Page 3 is missing.")
    sections = browser_of(ciso).get("/").context["sections"]
    assert {section.key: [each.number for each in section.lines] for section in sections} == {"sign": [1]}
    sections = browser_of(reviewer).get("/").context["sections"]
    found = {section.key: [each.number for each in section.lines] for section in sections}
    assert (found["returned"], found["unowned"]) == ([3], [12])
    assert "Nothing waits for you." in text_of(browser_of(legal).get("/"))


def test_the_number_beside_my_work_is_what_is_listed(small, browser_of, reviewer, evidence, ciso):
    for number in (1, 3, 4):
        submit(item(small, number), reviewer, evidence)
    workflow.apply(workflow.RETURN, item(small, 4), by=ciso, remark="Look again.")
    for person, number in ((ciso, 2), (reviewer, 1)):
        response = browser_of(person).get("/")
        assert response.context["nav"].waiting == number
        waiting = {"sign", "returned"}
        assert sum(len(each.lines) for each in response.context["sections"] if each.key in waiting) == number


def test_my_work_shows_the_first_lines_and_leads_to_all_of_a_section(review, browser_of, lead, reviewer):
    ownership.set_due(list(review.items.all()), due_on=timezone.localdate() - timedelta(days=1), by=lead)
    client = browser_of(reviewer)
    page = client.get("/")
    late = next(section for section in page.context["sections"] if section.key == "late")
    assert ([each.number for each in late.lines], late.total) == (list(range(1, 11)), 45)
    assert "Show all 45" in text_of(page)
    alone = client.get("/?show=late")
    assert [each.number for each in alone.context["sections"][0].lines] == [
        n for n in range(1, 48) if n not in (37, 45)
    ]
    assert client.get("/?show=nonsense").context["sections"] != []


def test_my_work_ends_with_how_many_reviews_stand_how(review, small, browser_of, reviewer, stranger, evidence):
    settle(review, range(1, 46), reviewer, evidence)
    page = browser_of(reviewer).get("/")
    assert {each.value: number for each, number in page.context["overview"]} == {
        "escalate": 0,
        "go": 1,
        "conditional": 0,
        "in_review": 1,
    }
    assert 'href="/reviews/?gate=go"' in page.content.decode()
    listed = browser_of(reviewer).get("/reviews/?gate=go").context["page"].object_list
    assert [row.review for row in listed] == [review]
    assert browser_of(stranger).get("/").context["overview"] == []


def test_rule_23_my_work_forgets_what_one_may_no_longer_see(small, browser_of, reviewer, evidence, ciso, vendor):
    submit(item(small, 1), reviewer, evidence)
    grants.take(ciso, Access.SIGN, vendor)
    response = browser_of(ciso).get("/")
    assert (response.context["sections"], response.context["nav"].waiting) == ([], 0)


def test_search_finds_items_reviews_evidence_and_vendors(small, evidence, browser_of, reviewer):
    record(item(small, 5), reviewer, notes="About giraffes.")
    client = browser_of(reviewer)
    assert "5. A policy exists." in text_of(client.get("/search/?q=giraffes"))
    assert "Small review" in text_of(client.get("/search/?q=small"))
    assert "SOC 2 report" in text_of(client.get("/search/?q=soc"))
    assert "Anthropic" in text_of(client.get("/search/?q=anthropic"))


def test_a_number_among_words_is_a_word(small, browser_of, reviewer):
    record(item(small, 5), reviewer, notes="As the SOC 2 report says.")
    assert "5. A policy exists." in text_of(browser_of(reviewer).get("/search/?q=soc+2"))


def test_searching_a_number_goes_straight_to_the_item(small, browser_of, reviewer):
    assert browser_of(reviewer).get("/search/?q=7").headers["Location"] == address(small, 7)


@pytest.mark.parametrize("words", ["zebras", "Hidden", "hidden+report", "1"])
def test_rule_23_search_finds_nothing_of_a_foreign_vendor(hidden, vendor, browser_of, reviewer, words):
    response = browser_of(reviewer).get(f"/search/?q={words}")
    assert response.status_code == 200
    assert "Nothing found." in text_of(response)
    assert "zebras" not in text_of(response).replace("“zebras”", "")


@pytest.mark.parametrize(
    "words", ["%00", "%F0%9F%98%80", "%27%3B--", "%25", "_", "x" * 5000, "9" * 400, "%D9%A3", "²", "٣"]
)
def test_any_words_can_be_searched_for(small, browser_of, reviewer, words):
    assert browser_of(reviewer).get(f"/search/?q={words}").status_code in {200, 302}


# A whole path


def test_an_item_goes_from_open_to_signed_and_the_review_page_follows(small, browser_of, reviewer, evidence, ciso):
    url = small.get_absolute_url()
    for status, words in (
        (Status.NOT_STARTED, "Not started"),
        (Status.AWAITING, "Awaiting sign-off"),
    ):
        bring_to(small, status, by=reviewer, evidence=evidence)
        assert words in text_of(browser_of(ciso).get(address(small, 1)))
    sign(item(small, 1))
    settle(small, [7], reviewer, finding=Finding.NOT_APPLICABLE)
    assert "1 confirmed + 1 not applicable = 2 of 12" in text_of(browser_of(ciso).get(url))


def test_rule_11_the_page_of_an_escalated_review_says_which_and_to_whom(small, vendor, browser_of, reviewer):
    escalate_at = small.checklist.escalate_at
    settle(small, range(1, escalate_at + 1), reviewer, finding=Finding.UNCONFIRMED)
    Contact.objects.create(vendor=vendor, name="Account team", email="team@example.com", is_account_team=True)
    page = text_of(browser_of(reviewer).get(small.get_absolute_url()))
    numbers = " , ".join(map(str, range(1, escalate_at + 1)))
    assert f"Which: {numbers} To: Account team (team@example.com)" in page
