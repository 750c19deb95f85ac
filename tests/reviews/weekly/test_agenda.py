"""What is on the agenda of a sync, in which order, and over which figures?"""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from evidence import library
from reviews import decisions, opening, ownership, workflow
from reviews.again import reassessments
from reviews.asking import questions
from reviews.choices import Finding, Outcome, State, Trigger
from reviews.models import Item
from reviews.weekly import agenda, syncs
from tests.cast import add_evidence, item, pdf, record, settle, submit
from tests.reviews.again.again import decide
from tests.reviews.conftest import fresh

WEEK = timedelta(days=7)


def figures(review, user, today=None):
    return agenda.figures([review], user, timezone.now() - WEEK, today)


def day(number):
    return timezone.localdate() + timedelta(days=number)


def told(found):
    return [(line.kind, line.number) for line in found.agenda]


@pytest.fixture
def busy(small, reviewer, evidence, vendor, lead, legal):
    """Something of everything an item can be talked about for; 1 to 6 are the CISO's, 7 to 11 legal's, 12 nobody's."""
    ending = add_evidence(vendor, reviewer, "Audit report", valid_until=day(3))
    ownership.set_due(small.items.with_standing(), due_on=day(30), by=lead)
    settle(small, [1], reviewer, evidence)
    settle(small, [2], reviewer, ending)
    submit(item(small, 3), reviewer, evidence)
    record(item(small, 4), reviewer)
    ownership.set_due([item(small, 4)], due_on=day(-2), by=lead)
    ownership.set_due([item(small, 5)], due_on=day(0), by=lead)
    submit(item(small, 7), reviewer, evidence)
    workflow.apply(workflow.RETURN, item(small, 7), by=legal, remark="Page 3 is missing.")
    return fresh(small)


def test_items_are_told_once_and_in_the_order_of_urgency(busy, lead):
    found = figures(busy, lead)
    assert told(found) == [
        ("lapsing", 2),
        ("late", 4),
        ("unowned", 12),
        ("awaiting", 3),
        ("returned", 7),
        ("soon", 5),
    ]
    assert [line.why for line in found.agenda] == [
        f"The sign-off ends on {agenda.in_words(day(3))}, with “Audit report”.",
        f"It was due on {agenda.in_words(day(-2))}, 2 days ago; in progress, with CISO.",
        "Nobody owns it. IT security is suggested.",
        "Waits for CISO since today.",
        "Back with Reviewer since today.",
        f"Due today, on {agenda.in_words(day(0))}; not started, with CISO.",
    ]


def test_lists_hold_every_item_that_belongs_on_them(busy, lead):
    found = figures(busy, lead)
    assert {key: [line.number for line in lines] for key, lines in found.lists.items() if lines} == {
        "blocked": [12],
        "late": [4],
        "soon": [5],
        "awaiting": [3],
        "returned": [7],
        "unowned": [12],
        "lapsing": [2],
    }
    assert {key: number for key, number in found.totals.items() if number} == {
        key: len(lines) for key, lines in found.lists.items() if lines
    }


def test_the_figures_agree_with_the_gate_and_are_plain_json(busy, lead):
    found = figures(busy, lead)
    kept = json.loads(json.dumps(found.as_json()))
    assert found.counts == {
        State.CONFIRMED: 2,
        State.AWAITING: 1,
        State.IN_PROGRESS: 2,
        State.NOT_STARTED: 6,
        State.UNOWNED: 1,
    }
    assert found.reviews[0].tally.counts == found.counts
    assert kept["reviews"][0]["why"] == "2 of the 10 needed are satisfied; 10 are not decided."
    assert [each["number"] for each in kept["late"] + kept["waiting"]] == [4, 3, 7]
    assert kept["load"][0] == {"person": "CISO", "roles": "CISO", "open": 3, "late": 1, "awaiting": 1, "lapsed": 0}
    assert kept["forecast"] == "Cannot be said yet: there is less than a week of history."


def test_what_lapsed_comes_before_what_is_late(busy, lead):
    found = figures(busy, lead, today=day(4))
    assert told(found)[:3] == [("lapsed", 2), ("late", 4), ("late", 5)]
    assert found.agenda[0].why == f"Audit report expired on {agenda.in_words(day(3))}."


def test_evidence_that_changed_after_submission_blocks(busy, lead, evidence, reviewer):
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))
    found = figures(busy, lead)
    [line] = [line for line in found.lists["blocked"] if line.number == 3]
    assert line.why.startswith("The cited evidence changed since it was submitted.")
    assert ("blocked", 3) in told(found)


def test_an_unanswered_question_blocks_and_says_whom_it_waits_for(busy, lead, reviewer):
    asked = questions.ask_new(busy, by=reviewer, text="Who holds the keys?", items=[item(busy, 6)])
    questions.put(asked, by=reviewer, asked_of="Account team", via="email", asked_on=day(-8))
    [line] = [line for line in figures(busy, lead).lists["blocked"] if line.number == 6]
    since = agenda.in_words(day(-8))
    assert line.why == f"Question 1 to Account team, asked for 8 days, since {since}, is not answered."


def test_escalation_comes_first_and_a_decision_that_is_needed_late(small, lead, reviewer, evidence):
    settle(small, range(1, 4), reviewer, finding=Finding.UNCONFIRMED)
    found = figures(fresh(small), lead)
    assert (found.agenda[0].kind, found.agenda[0].why) == ("escalate", found.reviews[0].tally.why)
    assert "decision" not in dict(told(found))


def test_go_asks_for_a_decision_until_one_is_made(small, lead, reviewer, evidence):
    settle(small, range(1, 13), reviewer, evidence)
    [line] = figures(fresh(small), lead).agenda
    assert (line.kind, line.text, line.url) == (
        "decision",
        "Decide: the gate says Go",
        f"{small.get_absolute_url()}decision/",
    )
    decide(small)
    assert figures(fresh(small), lead).agenda == []


def test_conditions_and_actions_that_fall_due_are_on_it(small, lead, reviewer, evidence, legal):
    settle(small, range(1, 10), reviewer, evidence)
    settle(small, [10, 11, 12], reviewer, finding=Finding.NOT_APPLICABLE)
    decide(small, Outcome.CONDITIONAL, [("Get the letter.", legal, day(5)), ("Later.", legal, day(60))])
    sync = syncs.open_sync(fresh(small), by=lead)
    syncs.agree_action(sync, by=lead, text="Call them.", owner=legal, due_on=day(2))
    syncs.agree_action(sync, by=lead, text="Much later.", owner=legal, due_on=day(50))
    found = figures(fresh(small), lead)
    assert [(line.kind, line.text) for line in found.agenda] == [
        ("condition", "Get the letter."),
        ("action", "Call them."),
    ]
    assert found.agenda[1].why == f"Legal, until {agenda.in_words(day(2))}."


def test_a_reassessment_counts_what_it_rests_on(small, lead, reviewer, evidence):
    ending = add_evidence(small.vendor, reviewer, "Audit report", valid_until=day(3))
    settle(small, [1], reviewer, ending)
    settle(small, range(2, 13), reviewer, evidence)
    decide(small)
    again = reassessments.trigger(small, by=lead, trigger=Trigger.INCIDENT, why="It happened.", numbers=[3])
    found = figures(fresh(again), lead)
    assert found.total == 12
    [line] = found.lists["lapsing"]
    assert (line.number, line.item.review, line.review.pk) == (1, small, again.pk)


def test_a_review_without_items_has_an_empty_agenda(small, lead):
    Item.objects.filter(review=small).delete()
    found = figures(fresh(small), lead)
    assert (found.agenda, found.total, found.load) == ([], 0, [])
    assert found.forecast.words == "10 are needed and the review has only 0 statements."


def test_rule_23_a_foreign_review_adds_nothing(busy, stranger):
    found = figures(busy, stranger)
    assert (found.reviews, found.agenda, found.total, found.forecast) == ([], [], 0, None)


def test_of_several_reviews_each_brings_its_most_urgent_lines(busy, deployment, twelve, lead, stakeholders):
    other = opening.open_review(deployment, twelve, by=lead, title="Other", holders=stakeholders)
    found = agenda.figures([busy, other], lead, timezone.now() - WEEK)
    assert [(line.review.pk, line.kind, line.number) for line in found.agenda] == [
        (busy.pk, "lapsing", 2),
        (busy.pk, "late", 4),
        (other.pk, "unowned", 12),
        (busy.pk, "unowned", 12),
    ]
    assert found.unlisted == {busy.pk: 3}
    assert found.forecast is None


def test_what_found_no_place_on_the_agenda_is_counted_even_where_the_agenda_ends_early(
    busy, deployment, twelve, lead, stakeholders, monkeypatch
):
    other = opening.open_review(deployment, twelve, by=lead, title="Other", holders=stakeholders)
    monkeypatch.setattr(agenda, "IN_ALL", 2)
    found = agenda.figures([busy, other], lead, timezone.now() - WEEK)
    assert told(found) == [("lapsing", 2), ("late", 4)]
    assert found.unlisted == {busy.pk: 4, other.pk: 1}


def test_a_decision_that_no_longer_holds_is_named(small, lead, reviewer, evidence, vendor):
    ending = add_evidence(vendor, reviewer, "Audit report", valid_until=day(3))
    settle(small, range(1, 10), reviewer, evidence)
    settle(small, [10], reviewer, ending)
    decide(small)
    assert decisions.last_decision(small).is_approval
    found = figures(fresh(small), lead, today=day(4))
    assert told(found)[:2] == [("hold", None), ("lapsed", 10)]
