"""Does the look ahead say what the gate and the approval will say on each day to come? (rules 8, 11 and 12)"""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import grants
from accounts.choices import Access, Role
from evidence import library
from evidence.choices import Kind
from reviews import decisions, gate, lookahead, opening, signoffs
from reviews.again import reassessments
from reviews.choices import Finding, Outcome, Trigger
from reviews.gate import Recommendation
from reviews.models import Review
from tests.cast import add_evidence, item, pdf, person, settle, sign, submit
from tests.reviews.conftest import fresh, text_of
from tests.reviews.test_query_counts import listed
from vendors.models import Deployment, Vendor

TODAY = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def first_of_october():
    with time_machine.travel("2026-10-01T09:00:00Z", tick=False):
        yield


def day(number):
    return TODAY + timedelta(days=number)


@pytest.fixture
def lasting(vendor, reviewer):
    """Evidence that is good for so many days more, today included as day 0."""

    def add(days, title=None, **values):
        return add_evidence(vendor, reviewer, title or f"Good for {days}", valid_until=day(days), **values)

    return add


def decide(review, outcome, conditions=()):
    ciso = review.holders["ciso"]
    shown = decisions.shown(gate.assess(review), to=ciso)
    return decisions.decide(review, by=ciso, outcome=outcome, reason="So.", shown=shown, conditions=conditions)


@pytest.fixture
def approved(small, reviewer, evidence, lasting):
    """Go with eleven of ten needed: 1 and 2 end after 20 days, 3 after 50, 7 does not apply, 12 cannot be confirmed."""
    settle(small, [1, 2], reviewer, lasting(20, "Audit report"))
    settle(small, [3], reviewer, lasting(50, "Penetration test"))
    settle(small, [4, 5, 6, 8, 9, 10, 11], reviewer, evidence)
    settle(small, [7], reviewer, finding=Finding.NOT_APPLICABLE)
    settle(small, [12], reviewer, finding=Finding.UNCONFIRMED)
    decide(small, Outcome.GO)
    return fresh(small)


def outlook_of(review):
    return next(each for each in lookahead.outlooks(Review.objects.all()) if each.review == review)


def agrees_with_the_gate(review):
    """Compared with the gate assessed from the evidence itself: at both ends, around every step and now and then."""
    outlook = outlook_of(review)
    decision = review.decisions.last_of_each().first()
    steps = {(step.day - TODAY).days for step in outlook.steps}
    for number in {0, 1, 30, 60, lookahead.DAYS, *steps, *(number - 1 for number in steps)}:
        assessed = gate.assess(fresh(review), today=day(number))
        step = outlook.on(day(number))
        assert step.gate.counts == +assessed.counts, number
        assert step.gate.recommendation == assessed.recommendation, number
        approval = gate.approval(assessed, decision)
        assert (step.approval and step.approval.holds) == (approval and approval.holds), number
    return outlook


def test_rule_12_it_says_what_lapses_on_which_day_and_what_the_gate_then_says(approved):
    outlook = agrees_with_the_gate(approved)
    assert [(step.day, step.gate.satisfied, step.gate.recommendation.label, step.holds) for step in outlook.steps] == [
        (day(21), 9, "In review: hold", False),
        (day(51), 8, "In review: hold", False),
    ]
    causes = lookahead.by_evidence([outlook])
    assert [
        [(evidence.title, [each.number for each in items]) for evidence, items in causes[approved.pk, step.day]]
        for step in outlook.steps
    ] == [[("Audit report", [1, 2])], [("Penetration test", [3])]]


def test_rule_12_the_first_loss_is_said_in_words(approved):
    outlook = outlook_of(approved)
    why = "9 of the 10 needed are satisfied; 2 are not decided."
    assert outlook.lost == outlook.unapproved == outlook.steps[0]
    assert outlook.in_words == f"Go is lost on 22 October 2026: {why}"
    assert outlook.approval_in_words == "The approval is on hold from that day on."
    assert gate.assess(approved).lost_on == outlook.lost.day - timedelta(days=1)


def test_go_that_survives_what_lapses_is_said_to_hold(small, reviewer, evidence, lasting):
    settle(small, [1], reviewer, lasting(5))
    settle(small, range(2, 13), reviewer, evidence)
    decide(small, Outcome.GO)
    outlook = agrees_with_the_gate(small)
    assert len(outlook.steps) == 1
    assert (outlook.lost, outlook.in_words) == (None, "Go holds for the next 90 days.")
    assert outlook.approval_in_words == "The approval holds for the next 90 days."


def test_what_is_not_go_today_loses_nothing(small, reviewer, lasting):
    settle(small, [1], reviewer, lasting(5))
    outlook = agrees_with_the_gate(small)
    assert len(outlook.steps) == 1
    assert outlook.lost is None
    assert outlook.in_words == "It is not Go today: 1 of the 10 needed are satisfied; 11 are not decided."
    assert outlook.approval_in_words == ""


@pytest.mark.parametrize(("days", "steps"), [(-1, []), (0, [1]), (88, [89]), (89, [90]), (90, [])])
def test_90_days_are_looked_at_from_tomorrow_on(small, reviewer, vendor, lasting, days, steps):
    """What ended yesterday has lapsed already; what is good for 90 days more lapses on the 91st."""
    if days >= 0:
        settle(small, [1], reviewer, lasting(days))
    else:
        with time_machine.travel("2026-09-25T09:00:00Z"):
            settle(small, [1], reviewer, lasting(days))
    assert [step.day for step in agrees_with_the_gate(small).steps] == [day(number) for number in steps]


def test_the_soonest_of_several_documents_ends_a_sign_off_and_is_named(small, reviewer, lasting):
    from reviews import findings

    submitted = item(small, 1)
    findings.cite(submitted, lasting(40, "Later"), by=reviewer)
    findings.cite(submitted, lasting(10, "Sooner"), by=reviewer)
    submit(submitted, reviewer)
    sign(submitted)
    outlook = agrees_with_the_gate(small)
    assert [step.day for step in outlook.steps] == [day(11)]
    [(evidence, items)] = lookahead.by_evidence([outlook])[small.pk, day(11)]
    assert (evidence.title, [each.number for each in items]) == ("Sooner", [1])


def test_proof_that_may_be_no_older_than_some_months_ends_by_its_age(review, vendor, reviewer):
    """Statement 29 of the 47: a SOC 2 report, at most twelve months old."""
    aged = next(
        each
        for each in review.items.select_related("statement")
        if any(proof.get("max_age_months") for proof in each.statement.proofs) and each.role
    )
    proof = next(proof for proof in aged.statement.proofs if proof.get("max_age_months"))
    report = add_evidence(vendor, reviewer, "Report", kind=Kind(proof["kind"]), issued_on=date(2025, 11, 1))
    settle(review, [aged.number], reviewer, report)
    outlook = agrees_with_the_gate(review)
    assert len(outlook.steps) == 1


def test_an_expired_report_may_be_why_something_cannot_be_confirmed(small, reviewer, vendor, lasting):
    with time_machine.travel("2026-09-20T09:00:00Z"):
        old = lasting(-5, "Old report")
    submit(item(small, 1), reviewer, old, Finding.UNCONFIRMED)
    sign(item(small, 1))
    assert agrees_with_the_gate(small).steps == []


def test_what_lapsed_or_was_withdrawn_already_does_not_lapse_again(small, reviewer, lasting, ciso):
    report = lasting(10)
    settle(small, [1, 2], reviewer, report)
    signoffs.withdraw(item(small, 2), by=ciso, reason="Misread.")
    library.add_version(report, by=reviewer, upload=pdf("newer"), valid_until=day(20))
    assert agrees_with_the_gate(small).steps == []


def test_a_condition_that_becomes_overdue_is_a_step_as_well(small, reviewer, evidence, legal):
    settle(small, range(1, 10), reviewer, evidence)
    settle(small, [10, 11, 12], reviewer, finding=Finding.NOT_APPLICABLE)
    decision = decide(small, Outcome.CONDITIONAL, [("Get the letter.", legal, day(30)), ("And that.", legal, day(90))])
    outlook = agrees_with_the_gate(small)
    assert [(step.day, step.gate.recommendation, step.holds) for step in outlook.steps] == [
        (day(31), Recommendation.GO, False)
    ]
    assert [condition.text for condition in outlook.steps[0].overdue] == ["Get the letter."]
    assert outlook.in_words == "Go holds for the next 90 days."
    assert "on hold from 1 November 2026 on: Condition overdue since 31 October 2026" in outlook.approval_in_words
    decisions.meet(decision.conditions.first(), by=legal, note="It is here.")
    assert agrees_with_the_gate(small).steps == []


# Re-assessments


@pytest.fixture
def again(approved, lead):
    """A re-assessment of statement 3 alone, which rests on all the others as they stand in the approved review."""
    return reassessments.trigger(approved, by=lead, trigger=Trigger.INCIDENT, why="It happened.", numbers=[3])


def test_a_reassessment_sees_the_items_it_rests_on_lapse(approved, again, reviewer, lasting):
    outlook = agrees_with_the_gate(fresh(again))
    assert [step.day for step in outlook.steps] == [day(21)]
    [(evidence, items)] = lookahead.by_evidence([outlook])[again.pk, day(21)]
    assert [(each.number, each.review) for each in items] == [(1, approved), (2, approved)]
    assert evidence.title == "Audit report"


@pytest.mark.parametrize("outcome", [Outcome.GO, Outcome.HOLD])
def test_a_decided_reassessment_replaces_the_review_before_it(approved, again, reviewer, evidence, outcome):
    assert {each.review for each in lookahead.outlooks(Review.objects.all())} == {approved, again}
    submit(item(again, 3), reviewer, evidence)
    sign(item(again, 3))
    decide(fresh(again), outcome)
    assert {each.review for each in lookahead.outlooks(Review.objects.all())} == {again}
    agrees_with_the_gate(fresh(again))


def test_a_refused_review_is_not_looked_ahead_of(small):
    decide(small, Outcome.REFUSE)
    assert lookahead.outlooks(Review.objects.all()) == []


# The page


def test_the_page_says_it_all(approved, browser_of, auditor):
    page = text_of(browser_of(auditor).get("/ahead/"))
    assert "Go is lost on 22 October 2026: 9 of the 10 needed are satisfied; 2 are not decided." in page
    assert "The approval is on hold from that day on." in page
    assert "22 October 2026 Audit report for statements 1 , 2" in page
    assert "9 of 10 needed" in page


def test_the_most_urgent_comes_first_and_what_is_quiet_last(
    approved, deployment, twelve, lead, reviewer, stakeholders, browser_of, lasting
):
    sooner = opening.open_review(deployment, twelve, by=lead, title="Nothing to lose", holders=stakeholders)
    settle(sooner, [1], reviewer, lasting(3))
    quiet = opening.open_review(deployment, twelve, by=lead, title="Quiet", holders=stakeholders)
    response = browser_of(lead).get("/ahead/")
    assert [outlook.review for outlook, _ in response.context["rows"]] == [approved, sooner]
    assert [outlook.review for outlook in response.context["quiet"]] == [quiet]


def test_rule_23_it_shows_the_reviews_one_may_see_and_filters_by_vendor(
    approved, twelve, lead, reviewer, browser_of, stranger, client
):
    other = Vendor.objects.create(name="Other vendor", slug="other", created_by=lead)
    for who, access in ((lead, Access.LEAD), (stranger, Access.REVIEW)):
        grants.give(who, access, other)
    deployment = Deployment.objects.create(vendor=other, name="Way", channel="claude_api")
    theirs = opening.open_review(deployment, twelve, by=lead, title="Theirs")

    def seen(who, path="/ahead/"):
        context = browser_of(who).get(path).context
        return [outlook.review for outlook, _ in context["rows"]] + [each.review for each in context["quiet"]]

    assert seen(lead) == [approved, theirs]
    assert seen(lead, "/ahead/?vendor=other") == [theirs]
    assert seen(stranger) == [theirs]
    assert seen(stranger, "/ahead/?vendor=anthropic") == []
    assert seen(stranger, "/ahead/?vendor=anthropic%00") == []
    assert seen(person("Newcomer", Role.LEGAL)) == []


def test_pages_lead_there(approved, browser_of, ciso):
    link = f"/ahead/?vendor=anthropic#{approved.slug}"
    assert link in browser_of(ciso).get(approved.get_absolute_url()).content.decode()
    for path in ("/", "/reviews/"):
        assert 'href="/ahead/"' in browser_of(ciso).get(path).content.decode()


def test_the_look_ahead_costs_the_same_for_one_review_and_for_thirty(
    vendor, twelve, lead, reviewer, stakeholders, lasting, client
):
    def open_them(count):
        for number in range(count):
            deployment = Deployment.objects.create(vendor=vendor, name=f"Way {number} of {count}", channel="claude_api")
            review = opening.open_review(deployment, twelve, by=lead, holders=stakeholders)
            settle(review, [1, 7], reviewer, reports[number % 2])
            decide(review, Outcome.HOLD)

    def cost():
        client.force_login(lead)
        client.get("/ahead/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/ahead/").status_code == 200
        return [query["sql"] for query in queries]

    reports = [lasting(10), lasting(20)]
    open_them(1)
    before = cost()
    open_them(29)
    after = cost()
    assert len(after) == len(before), listed(after)
