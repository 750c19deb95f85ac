"""Every move × status × role, against the rules written down as sets."""

from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from reviews import signoffs, workflow
from reviews.choices import OPEN, Status
from reviews.workflow import (
    REOPEN,
    REOPEN_BY_DUTY,
    RETURN,
    SIGN,
    START,
    SUBMIT,
    TAKE_BACK,
    TRANSITIONS,
    UNSTART,
    WITHDRAW,
)
from tests.cast import add_evidence, bring_to, item

WORKS = {"reviewer", "second_reviewer", "lead", "ciso", "legal"}
OWNS = {"ciso"}
PEOPLE = sorted(WORKS | {"auditor", "administrator", "stranger"})

# Who may make which move on item 1, which the CISO owns and the reviewer submitted.
MAY = {
    START: WORKS,
    SUBMIT: set(),  # nothing is cited yet: test_whoever_works_on_an_item_with_its_ground_submits_it
    TAKE_BACK: WORKS,
    RETURN: OWNS,
    SIGN: OWNS,
    WITHDRAW: OWNS,
    REOPEN: set(),  # only what has lapsed is reopened: test_a_lapsed_item_is_reopened_by_who_works_on_it
    UNSTART: WORKS,  # through the domain alone, by the undoing of an import
    REOPEN_BY_DUTY: WORKS,  # through the domain alone: test_no_button_leads_to_the_reopening_by_a_duty
}
FROM = {
    START: {Status.NOT_STARTED},
    SUBMIT: OPEN,
    TAKE_BACK: {Status.AWAITING},
    RETURN: {Status.AWAITING},
    SIGN: {Status.AWAITING},
    WITHDRAW: {Status.COMPLETE},
    REOPEN: {Status.COMPLETE},
    REOPEN_BY_DUTY: {Status.COMPLETE},
    UNSTART: {Status.IN_PROGRESS},
}


def attempt(transition, item, person):
    if transition is SIGN:
        signoffs.sign(item, by=person, shown=signoffs.shown(item, to=person) if item.finding else "nothing")
    elif transition is WITHDRAW:
        signoffs.withdraw(item, by=person, reason="The report was misread.")
    else:
        workflow.apply(transition, item, by=person, remark="Page 3 is missing.")


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("transition", TRANSITIONS, ids=lambda transition: transition.key)
def test_every_move_from_every_status_by_everyone(request, review, reviewer, evidence, transition, status, name):
    person = request.getfixturevalue(name)
    each = bring_to(review, status, by=reviewer, evidence=evidence)
    events = Event.objects.count()

    possible = status in FROM[transition] and name in MAY[transition]
    if possible:
        attempt(transition, each, person)
        assert item(review, 1).status == transition.target
        assert Event.objects.count() == events + 1
    else:
        with pytest.raises((Refused, PermissionDenied)):
            attempt(transition, each, person)
        assert item(review, 1).status == status
        assert Event.objects.count() == events


@pytest.mark.parametrize("name", sorted(WORKS))
def test_whoever_works_on_an_item_with_its_ground_submits_it(request, review, reviewer, evidence, name):
    person = request.getfixturevalue(name)
    each = bring_to(review, Status.AWAITING, by=reviewer, evidence=evidence)
    workflow.apply(TAKE_BACK, each, by=reviewer)
    assert workflow.apply(SUBMIT, each, by=person).submitted_by == person


def test_a_lapsed_item_is_reopened_by_who_works_on_it(review, reviewer, second_reviewer, vendor, auditor):
    from evidence import library
    from tests.cast import pdf

    evidence = add_evidence(vendor, reviewer)
    each = bring_to(review, Status.COMPLETE, by=reviewer, evidence=evidence)
    library.add_version(evidence, by=reviewer, upload=pdf("the next edition"))

    with pytest.raises(PermissionDenied):
        workflow.apply(REOPEN, each, by=auditor, remark="Look again.")
    assert workflow.apply(REOPEN, each, by=second_reviewer, remark="Look again.").status == Status.IN_PROGRESS


@pytest.mark.parametrize("name", [*PEOPLE])
@pytest.mark.parametrize("status", list(Status))
def test_a_button_and_its_guard_never_disagree(request, review, reviewer, evidence, status, name):
    person = request.getfixturevalue(name)
    each = bring_to(review, status, by=reviewer, evidence=evidence)
    for offer in workflow.available(each, person).values():
        if offer.reason:
            with pytest.raises((Refused, PermissionDenied)):
                attempt(offer.transition, each, person)
            assert item(review, 1).status == status


def test_no_button_leads_to_the_reopening_by_a_duty(review, reviewer, evidence, ciso, client):
    each = bring_to(review, Status.COMPLETE, by=reviewer, evidence=evidence)
    assert set(workflow.available(each, ciso)) == {"withdraw", "reopen"}
    client.force_login(ciso)
    answer = client.post(f"{each.get_absolute_url()}reopen_by_duty/", {"remark": "The drill failed."})
    assert answer.status_code == 404
    assert item(review, 1).status == Status.COMPLETE


@pytest.mark.parametrize("transition", [RETURN, WITHDRAW], ids=lambda transition: transition.key)
def test_some_moves_need_words(review, reviewer, evidence, ciso, transition):
    status = Status.AWAITING if transition is RETURN else Status.COMPLETE
    each = bring_to(review, status, by=reviewer, evidence=evidence)
    with pytest.raises(Refused, match="Say"):
        workflow.apply(transition, each, by=ciso, remark="  ")


def test_a_returned_item_waits_for_who_submitted_it_until_submitted_again(review, reviewer, evidence, ciso):
    each = bring_to(review, Status.AWAITING, by=reviewer, evidence=evidence)
    workflow.apply(RETURN, each, by=ciso, remark="The period is missing.")
    assert item(review, 1).returned_to == reviewer
    assert item(review, 1).comments.get().text == "The period is missing."
    workflow.apply(SUBMIT, each, by=reviewer)
    assert item(review, 1).returned_to is None


def test_an_owner_who_lost_the_access_no_longer_signs(review, reviewer, evidence, ciso, vendor):
    each = bring_to(review, Status.AWAITING, by=reviewer, evidence=evidence)
    grants.take(ciso, Access.SIGN, vendor)
    with pytest.raises(PermissionDenied, match="no longer have"):
        signoffs.sign(each, by=ciso, shown=signoffs.shown(each, to=ciso))


def test_the_diagram_in_the_docs_is_the_table():
    page = Path(__file__).parents[2] / "docs/workflow.md"
    assert workflow.mermaid() in page.read_text()
