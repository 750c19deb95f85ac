"""What does the gate recommend over every count, does it explain itself, and does it fail closed? (rules 10 to 12)"""

import re
from datetime import date

import pytest
import time_machine

from evidence import library
from reviews import gate, signoffs, workflow
from reviews.choices import Finding, State
from reviews.gate import Recommendation
from reviews.models import Checklist
from tests.cast import add_evidence, item, pdf, record, settle, sign, submit
from tests.reviews.conftest import fresh

ESCALATE, GO, CONDITIONAL, IN_REVIEW = Recommendation


def assess(review):
    return gate.assess(fresh(review))


@pytest.fixture
def lapsing(vendor, reviewer):
    return add_evidence(vendor, reviewer, "Report that will be replaced")


# The 47


def test_rule_11_the_47_go_from_45_on(review, reviewer, evidence):
    """34/35, 37/38 and 44/45/47 satisfied, with not applicable among them: only 45 is a step."""
    seen = {}
    numbers = iter(range(1, 48))
    settle(review, [next(numbers), next(numbers)], reviewer, finding=Finding.NOT_APPLICABLE)
    for count in (34, 35, 37, 38, 44, 45, 47):
        already = assess(review).satisfied
        settle(review, [next(numbers) for _ in range(count - already)], reviewer, evidence)
        assessed = assess(review)
        assert assessed.satisfied == count
        assert assessed.sum_in_words == f"{count - 2} confirmed + 2 not applicable = {count} of 47"
        seen[count] = assessed.recommendation
    assert seen == {34: IN_REVIEW, 35: IN_REVIEW, 37: IN_REVIEW, 38: IN_REVIEW, 44: IN_REVIEW, 45: GO, 47: GO}


def test_rule_11_the_47_escalate_from_10_on_whatever_else_is_satisfied(review, reviewer, evidence):
    settle(review, range(1, 37), reviewer, evidence)
    settle(review, range(37, 46), reviewer, finding=Finding.UNCONFIRMED)
    assert (assess(review).unconfirmed, assess(review).recommendation) == (9, IN_REVIEW)
    settle(review, [46], reviewer, evidence)
    settle(review, [47], reviewer, evidence)
    assert assess(review).recommendation == CONDITIONAL
    assert assess(review).why == (
        "Every statement is decided and 38 are satisfied, fewer than the 45 needed. "
        "The CISO may approve with written conditions."
    )
    for number in (46, 47):
        signoffs.withdraw(item(review, number), by=item(review, number).holder, reason="Not proven.")
        settle(review, [number], reviewer, finding=Finding.UNCONFIRMED)
    assert (assess(review).unconfirmed, assess(review).recommendation) == (11, ESCALATE)
    assert assess(review).why == (
        "11 statements cannot be confirmed; from 10 on, they go to the vendor's account team before anything is approved."
    )
    signoffs.withdraw(item(review, 47), by=item(review, 47).holder, reason="Another look.")
    assert (assess(review).unconfirmed, assess(review).recommendation) == (10, ESCALATE)
    signoffs.withdraw(item(review, 46), by=item(review, 46).holder, reason="Another look.")
    assert (assess(review).unconfirmed, assess(review).recommendation) == (9, IN_REVIEW)


# The twelve: Go at 10, escalate at 3. Confirmed, not applicable, cannot be confirmed, lapsed; the rest is open.


@pytest.mark.parametrize(
    ("confirmed", "not_applicable", "unconfirmed", "lapsed", "recommendation"),
    [
        (0, 0, 0, 0, IN_REVIEW),
        (9, 0, 0, 0, IN_REVIEW),
        (10, 0, 0, 0, GO),
        (9, 1, 0, 0, GO),
        (0, 10, 0, 0, GO),
        (12, 0, 0, 0, GO),
        (9, 0, 0, 3, IN_REVIEW),
        (10, 0, 0, 2, GO),
        (10, 0, 2, 0, GO),
        (9, 0, 2, 1, IN_REVIEW),
        (8, 1, 2, 0, IN_REVIEW),
        (0, 0, 3, 0, ESCALATE),
        (9, 0, 3, 0, ESCALATE),
        (0, 0, 12, 0, ESCALATE),
        (0, 0, 2, 10, IN_REVIEW),
    ],
)
def test_rule_11_the_order_is_escalate_go_conditional_in_review(
    small, reviewer, evidence, lapsing, confirmed, not_applicable, unconfirmed, lapsed, recommendation
):
    numbers = iter(range(1, 13))
    settle(small, [next(numbers) for _ in range(confirmed)], reviewer, evidence)
    settle(small, [next(numbers) for _ in range(not_applicable)], reviewer, finding=Finding.NOT_APPLICABLE)
    settle(small, [next(numbers) for _ in range(unconfirmed)], reviewer, finding=Finding.UNCONFIRMED)
    settle(small, [next(numbers) for _ in range(lapsed)], reviewer, lapsing)
    if lapsed:
        library.add_version(lapsing, by=reviewer, upload=pdf("newer"))
    assessed = assess(small)
    assert (assessed.confirmed, assessed.not_applicable, assessed.unconfirmed, assessed.counts[State.LAPSED]) == (
        confirmed,
        not_applicable,
        unconfirmed,
        lapsed,
    )
    assert assessed.recommendation == recommendation
    assert assessed.sum_in_words == (
        f"{confirmed} confirmed + {not_applicable} not applicable = {confirmed + not_applicable} of 12"
    )


def set_thresholds(review, **values):
    Checklist.objects.filter(pk=review.checklist_id).update(**values)


def test_rule_11_the_two_numbers_are_data_of_the_checklist(small, reviewer, evidence):
    settle(small, range(1, 10), reviewer, evidence)
    settle(small, [10, 11], reviewer, finding=Finding.UNCONFIRMED)
    assert assess(small).recommendation == IN_REVIEW
    set_thresholds(small, go_at=9)
    assert assess(small).recommendation == GO
    set_thresholds(small, escalate_at=2)
    assert assess(small).recommendation == ESCALATE


def test_rule_11_conditional_needs_every_item_decided(small, reviewer, evidence):
    settle(small, range(1, 10), reviewer, evidence)
    settle(small, [10, 11], reviewer, finding=Finding.UNCONFIRMED)
    set_thresholds(small, go_at=12)
    submit(item(small, 12), reviewer, evidence)
    assert assess(small).recommendation == IN_REVIEW
    settle_unowned(small, reviewer)
    assert (assess(small).satisfied, assess(small).recommendation) == (10, CONDITIONAL)


def settle_unowned(small, reviewer):
    from reviews import ownership

    ownership.take_role(item(small, 12), "it_security", by=reviewer)
    sign(item(small, 12))


def test_rule_11_an_escalation_says_which_items_and_to_whom(small, vendor, reviewer):
    from vendors.models import Contact

    Contact.objects.create(vendor=vendor, name="Sales")
    team = Contact.objects.create(vendor=vendor, name="Account team", is_account_team=True)
    settle(small, [1, 5, 7], reviewer, finding=Finding.UNCONFIRMED)
    assessed = assess(small)
    assert assessed.recommendation == ESCALATE
    assert [each.number for each in assessed.items_in(State.UNCONFIRMED)] == [1, 5, 7]
    assert list(gate.escalation_contacts(small)) == [team]


# Only current sign-offs count


@pytest.mark.parametrize("finding", list(Finding))
def test_rule_10_nothing_counts_before_it_is_signed(small, reviewer, evidence, finding):
    for number in range(1, 12):
        submit(item(small, number), reviewer, evidence, finding)
    assessed = assess(small)
    assert (assessed.satisfied, assessed.unconfirmed) == (0, 0)
    assert assessed.recommendation == IN_REVIEW


def test_rule_10_a_withdrawn_or_lapsed_sign_off_stops_counting_at_once(small, reviewer, evidence, lapsing, ciso):
    settle(small, range(1, 10), reviewer, evidence)
    settle(small, [10], reviewer, lapsing)
    assert assess(small).recommendation == GO
    library.add_version(lapsing, by=reviewer, upload=pdf("newer"))
    assert (assess(small).satisfied, assess(small).recommendation) == (9, IN_REVIEW)
    settle(small, [11], reviewer, evidence)
    assert assess(small).recommendation == GO
    signoffs.withdraw(item(small, 1), by=ciso, reason="Misread.")
    assert (assess(small).satisfied, assess(small).recommendation) == (9, IN_REVIEW)


def test_rule_10_what_cannot_be_confirmed_counts_for_the_escalation_only_while_current(small, reviewer, lapsing):
    settle(small, [1, 3, 7], reviewer, lapsing, Finding.UNCONFIRMED)
    assert assess(small).recommendation == ESCALATE
    library.add_version(lapsing, by=reviewer, upload=pdf("newer"))
    assert (assess(small).unconfirmed, assess(small).recommendation) == (0, IN_REVIEW)


# It explains itself


def way(review):
    return [(step.text, [each.number for each in step.items], step.wanted) for step in assess(review).shortest_way]


def test_rule_12_the_shortest_way_begins_with_what_costs_least(small, reviewer, evidence, lapsing, ciso):
    settle(small, [1], reviewer, evidence)
    settle(small, [3, 4], reviewer, lapsing)
    library.add_version(lapsing, by=reviewer, upload=pdf("newer"))
    submit(item(small, 5), reviewer, evidence)
    record(item(small, 6), reviewer)
    settle(small, [7], reviewer, finding=Finding.UNCONFIRMED)
    assert way(small) == [
        ("sign 1 awaiting sign-off", [5], 1),
        ("renew 2 that lapsed", [3, 4], 2),
        ("finish 1 in progress", [6], 1),
        ("give 1 an owner and finish them", [12], 1),
        ("work on 4 of the 5 not started", [2, 8, 9, 10, 11], 4),
    ]
    assert assess(small).missing == 9
    assert [each.number for each in assess(small).holding] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]


def test_rule_12_signing_what_cannot_be_confirmed_brings_go_no_nearer(small, reviewer, evidence):
    settle(small, range(1, 10), reviewer, evidence)
    submit(item(small, 10), reviewer, finding=Finding.UNCONFIRMED)
    submit(item(small, 11), reviewer, evidence)
    assert way(small) == [("sign 1 awaiting sign-off", [11], 1)]
    sign(item(small, 11))
    signoffs.withdraw(item(small, 11), by=item(small, 11).holder, reason="Misread.")
    settle(small, [11], reviewer, finding=Finding.UNCONFIRMED)
    set_thresholds(small, go_at=12)
    assert way(small) == [
        ("give 1 an owner and finish them", [12], 1),
        ("settle 2 that cannot be confirmed with the vendor", [10, 11], 2),
    ]


@pytest.mark.parametrize(
    ("confirmed", "unconfirmed", "go_at"),
    [(9, 0, 10), (9, 3, 10), (7, 4, 10), (9, 3, 9), (6, 6, 12), (10, 0, 10)],
)
def test_rule_12_the_shortest_way_adds_up(small, reviewer, evidence, confirmed, unconfirmed, go_at):
    set_thresholds(small, go_at=go_at)
    settle(small, range(1, confirmed + 1), reviewer, evidence)
    settle(small, range(confirmed + 1, confirmed + unconfirmed + 1), reviewer, finding=Finding.UNCONFIRMED)
    assessed = assess(small)
    steps = assessed.shortest_way
    over = max(0, unconfirmed - 2)
    assert sum(step.wanted for step in steps) == max(go_at - confirmed, over, 0)
    assert all(step.wanted <= len(step.items) for step in steps)
    assert all(re.search(r"\d+", step.text)[0] == str(step.wanted) for step in steps)
    # Going that way leads to Go.
    for step in steps:
        for each in step.items[: step.wanted]:
            bring_to_confirmed(small, each.number, reviewer, evidence)
    assert assess(small).recommendation == GO


def bring_to_confirmed(review, number, reviewer, evidence):
    if item(review, number).status == "complete":
        signoffs.withdraw(item(review, number), by=item(review, number).holder, reason="The vendor answered.")
    settle(review, [number], reviewer, evidence)


@time_machine.travel("2026-06-01 09:00:00Z")
def test_rule_12_it_says_on_which_day_go_would_be_lost(small, vendor, reviewer, evidence):
    until = {
        number: add_evidence(vendor, reviewer, f"Report {number}", valid_until=date(2026, 7, number))
        for number in (1, 2, 3)
    }
    settle(small, range(4, 11), reviewer, evidence)
    for number, report in until.items():
        settle(small, [number], reviewer, report) if number != 2 else settle(small, [11], reviewer, report)
    assessed = assess(small)
    assert (assessed.satisfied, assessed.recommendation) == (10, GO)
    assert (assessed.next_expiry[0], assessed.next_expiry[1].number) == (date(2026, 7, 1), 1)
    assert assessed.lost_on == date(2026, 7, 1)
    settle(small, [12], reviewer, evidence)  # one to spare
    assert assess(small).lost_on == date(2026, 7, 2)
    with time_machine.travel("2026-07-02 09:00:00Z"):
        assert assess(small).recommendation == GO
    with time_machine.travel("2026-07-03 09:00:00Z"):
        assert assess(small).recommendation == IN_REVIEW
        assert assess(small).lost_on is None


def test_rule_12_go_that_nothing_ends_names_no_day(small, reviewer, evidence):
    settle(small, range(1, 11), reviewer, evidence)
    assert assess(small).lost_on is None
    assert assess(small).next_expiry is None


def test_rule_12_it_fails_closed(small, reviewer, evidence):
    """What is unknown, unsigned or unowned never counts for the approval."""
    assessed = assess(small)
    assert (assessed.satisfied, assessed.recommendation, assessed.missing) == (0, IN_REVIEW, 10)
    small.items.all().delete()
    empty = assess(small)
    assert (empty.total, empty.satisfied, empty.recommendation) == (0, 0, IN_REVIEW)


def test_rule_12_every_item_the_gate_holds_is_named(small, reviewer, evidence):
    settle(small, [1, 3], reviewer, evidence)
    workflow.apply(workflow.START, item(small, 4), by=reviewer)
    assert [each.number for each in assess(small).holding] == [2, *range(4, 13)]
    assert assess(small).why == "2 of the 10 needed are satisfied; 10 are not decided."
