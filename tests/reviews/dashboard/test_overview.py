"""Does the overview show what there is, to whom it may, and does every figure lead to its rows?"""

import csv
from datetime import date, timedelta
from io import StringIO

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from accounts import grants
from accounts.choices import Access
from audit.models import Event
from dossiers import papers
from dossiers.paper_kinds import KINDS
from reviews import opening
from reviews.asking import escalations
from reviews.choices import Finding, Outcome, QuestionState
from reviews.dashboard import figures, glance, glance_paper
from reviews.models import Question, Review
from tests.cast import add_evidence, item, settle, submit
from tests.reviews.again.again import decide
from tests.reviews.conftest import text_of
from tests.reviews.test_query_counts import listed, queries_of  # noqa: F401
from vendors.models import Contact, Deployment, Vendor

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def on_a_sunday(time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)


def glimpse(user, **asked):
    return glance.of(user, glance.Filters.of({name: str(value) for name, value in asked.items()}))


def numbers(pairs):
    return {str(key): number for key, number in pairs if number}


@pytest.fixture
def mixed(small, deployment, twelve, lead, stakeholders, vendor, reviewer, evidence):
    """`small` waits at one item; `other`, at a second vendor, is approved, its sign-offs of 1 and 2 end in 10 days."""
    elsewhere = Vendor.objects.create(name="Zenith", slug="zenith", created_by=lead)
    for person, access in [
        (lead, Access.LEAD),
        (reviewer, Access.REVIEW),
        *((who, Access.SIGN) for who in stakeholders.values()),
    ]:
        grants.give(person, access, elsewhere)
    way = Deployment.objects.create(vendor=elsewhere, name="=Bedrock", channel="bedrock", data_classes=["public"])
    other = opening.open_review(way, twelve, by=lead, title="Other review", holders=stakeholders)
    lasting = add_evidence(elsewhere, reviewer, "Report")
    ending = add_evidence(elsewhere, reviewer, "Ends soon", valid_until=TODAY + timedelta(days=10))
    settle(other, [1, 2], reviewer, ending)
    settle(other, range(3, 11), reviewer, lasting)
    decide(other, Outcome.GO)
    submit(item(small, 1), reviewer, evidence)
    settle(small, [7], reviewer, finding=Finding.UNCONFIRMED)
    return other


def test_the_overview_counts_reviews_by_gate_and_approval(mixed, small, ciso):
    seen = glimpse(ciso)
    assert numbers(seen.gates) == {"go": 1, "in_review": 1}
    assert numbers((key, number) for key, _, number in seen.approvals) == {"approved": 1, "none": 1}
    assert (seen.now.satisfied, seen.now.total, seen.now.at_go, seen.now.reviews) == (10, 24, 1, 2)
    assert seen.items == {"late": 0, "awaiting": 1, "lapsed": 0, "unowned": 2, "red_flag": 0}


def test_the_overview_counts_red_flags_and_leads_to_them(mixed, small, lead, ciso, vendor):
    Contact.objects.create(vendor=vendor, name="Account manager", is_account_team=True)
    letter = escalations.draft(small, by=lead, items=[item(small, 7)])
    letter = escalations.send(letter, by=lead, version=letter.version, mailed=False)
    escalations.settle(letter.escalated.get(), by=lead, outcome="declined", remark="They will not say.")
    assert glimpse(ciso).items["red_flag"] == 1
    assert [row.item_id for row in glance.items([small.pk, mixed.pk], TODAY, "red_flag")] == [item(small, 7).pk]


def test_a_number_beside_a_chosen_filter_is_that_of_the_rows_it_leads_to(mixed, ciso):
    seen = glimpse(ciso, gate="go")
    assert numbers(seen.gates) == {"go": 1, "in_review": 1}
    assert numbers((key, number) for key, _, number in seen.approvals) == {"approved": 1}
    assert numbers(glimpse(ciso, approval="none").gates) == {"in_review": 1}


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ({}, ["Small review", "Other review"]),
        ({"gate": "go"}, ["Other review"]),
        ({"approval": "none"}, ["Small review"]),
        ({"gate": "go", "approval": "none"}, []),
        ({"gate": "nonsense", "approval": "x", "vendor": "１", "lead": "-1"}, ["Small review", "Other review"]),
        ({"lead": 10**17}, []),
    ],
)
def test_filters_leave_the_reviews_they_name(mixed, ciso, asked, titles):
    assert [each.review.title for each in glimpse(ciso, **asked).outlooks] == titles


def test_a_figure_is_as_large_as_the_list_behind_it(mixed, small, browser_of, ciso, reviewer, lead, time_machine):
    Question.objects.create(
        review=small, number=1, text="Since when?", state=QuestionState.ASKED, asked_on=TODAY, due_on=TODAY,
        created_by=reviewer,
    )  # fmt: skip
    time_machine.move_to("2026-12-20T12:00:00Z", tick=False)
    browser = browser_of(ciso)
    seen = glimpse(ciso)
    page = text_of(browser.get(reverse("reviews:overview")))
    assert "13 late items" in page
    assert "1 unanswered question (1 overdue)" in page
    expected = {**seen.items, "questions": 1, "conditions": 0}
    expected |= {"open": sum(each.counts["open"] for each in seen.load), "satisfied": seen.now.satisfied}
    assert expected["satisfied"] > 0
    assert expected["lapsed"] == 2
    for show, number in expected.items():
        response = browser.get(reverse("reviews:overview"), {"show": show})
        assert response.context["page"].paginator.count == number, show
    mine = next(each for each in seen.load if each.person == ciso)
    response = browser.get(reverse("reviews:overview"), {"show": "late", "holder": mine.whose})
    assert response.context["page"].paginator.count == mine.counts["late"] > 0


def test_the_weeks_to_come_say_what_lapses_and_which_go_is_lost(mixed, browser_of, ciso):
    weeks = glimpse(ciso).weeks
    assert len(weeks) == 13
    found = [(week.first, week.lapsing, [each.review for each in week.lost]) for week in weeks if week.lapsing]
    assert found == [(date(2026, 11, 30), 2, [mixed])]
    browser = browser_of(ciso)
    ahead = browser.get(reverse("reviews:ahead"), {"since": "2026-11-30", "until": "2026-12-06"})
    assert [outlook.review for outlook, _ in ahead.context["rows"]] == [mixed]
    assert browser.get(reverse("reviews:ahead"), {"since": "2026-12-07"}).context["rows"] == []


def test_the_trend_ends_with_today_as_it_is_now(mixed, small, ciso, reviewer, evidence):
    figures.write_daily(date(2026, 11, 21))
    settle(small, [2], reviewer, evidence)
    assert [(point.day, point.satisfied, point.at_go) for point in glimpse(ciso).points] == [
        (date(2026, 11, 21), 10, 1),
        (TODAY, 11, 1),
    ]


def test_who_has_too_much_is_said(mixed, ciso, browser_of, monkeypatch):
    assert glimpse(ciso).overloaded == []
    monkeypatch.setattr(glance, "MUCH", 6)
    assert [each.person for each in glimpse(ciso).overloaded] == [ciso]
    monkeypatch.setattr("reviews.views.overview.PEOPLE_SHOWN", 0)
    shown = browser_of(ciso).get(reverse("reviews:overview")).context["people"]
    assert [(each.person, overloaded) for each, overloaded in shown] == [(ciso, True)]


def test_what_one_may_not_see_is_in_no_figure(mixed, small, browser_of, ciso, vendor):
    grants.take(ciso, Access.SIGN, mixed.vendor)
    browser = browser_of(ciso)
    figures.write_daily(date(2026, 11, 21))
    seen = glimpse(ciso, vendor=mixed.vendor.pk)
    assert (seen.outlooks, seen.load, seen.now.total, len(seen.points)) == ([], [], 0, 1)
    for address in ("/overview/", "/overview/export/csv/"):
        assert "Zenith" not in browser.get(address).content.decode()
    paper = glance_paper.printed(glance.Filters.of({}), ciso)
    assert "Zenith" not in str(paper)
    assert "Small review" in str(paper)


def test_the_data_are_the_rows_of_the_page_and_harmless_to_a_spreadsheet(mixed, browser_of, ciso):
    response = browser_of(ciso).get("/overview/export/csv/", {"gate": "go"})
    assert 'filename="overview-1-of-2-2026-11-22-' in response["Content-Disposition"]
    [row] = csv.DictReader(StringIO(response.content.decode("utf-8-sig")))
    assert (row["Vendor"], row["Deployment"], row["Approval"], row["Satisfied"]) == (
        "Zenith",
        "'=Bedrock",
        "Approved",
        "10",
    )
    assert (row["Next lapse"], row["Go lost on"]) == ("2026-12-03", "2026-12-03")
    assert row["Page"].endswith(mixed.get_absolute_url())
    event = Event.objects.get(event_type="overview.exported")
    assert (event.vendor_id, event.after["filter"], event.after["rows"]) == (mixed.vendor.pk, "Recommendation: Go", 1)


def test_the_paper_prints_the_figures_of_the_page(mixed, ciso):
    asked = papers.request("overview", glance.Filters(gate="go").subject, by=ciso)
    paper = KINDS[asked.kind].context(papers.found(ciso, asked.kind, asked.subject), ciso)
    assert paper["filters"] == ["Recommendation: Go"]
    assert [row["deployment"] for row in paper["rows"]] == ["=Bedrock"]
    assert paper["weeks"] == [{"day": "30 November 2026", "lapsing": 2, "lost": ["Zenith · =Bedrock"]}]
    assert "Zenith" in render_to_string(KINDS["overview"].template, paper)
    longest = glance.Filters(vendor=str(10**9), gate="conditional", approval="not_approved", lead=str(10**9))
    assert papers.request("overview", longest.subject, by=ciso).subject == longest.subject
    assert glance.Filters.from_subject(longest.subject) == longest


@pytest.mark.parametrize("number", [1, 30])
def test_pages_cost_the_same_for_one_review_and_for_thirty(
    small,
    deployment,
    twelve,
    lead,
    stakeholders,
    reviewer,
    evidence,
    ciso,
    number,
    queries_of,  # noqa: F811
):
    for each in range(number - 1):
        opening.open_review(deployment, twelve, by=lead, title=f"Review {each}", holders=stakeholders)
    for review in Review.objects.all():
        submit(item(review, 1), reviewer, evidence)
        settle(review, [2], reviewer, evidence)
    figures.write_daily(date(2026, 11, 21))
    for address, expected in (("", 22), ("?show=awaiting", 14), ("?gate=in_review", 22)):
        statements = queries_of(ciso, f"{reverse('reviews:overview')}{address}")
        assert len(statements) == expected, f"{address}\n{listed(statements)}"
    statements = queries_of(ciso, "/overview/export/csv/")
    assert len(statements) == 10, listed(statements)
