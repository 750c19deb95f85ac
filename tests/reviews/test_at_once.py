"""What happens when two people act on the same item at the same moment? (rules 5 to 8; real connections, PostgreSQL)"""

import threading
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.permissions import Refused
from audit.models import Event
from evidence import library
from reviews import decisions, findings, gate, opening, ownership, signoffs, standing, workflow
from reviews.choices import Act, Finding, Outcome, State, Status
from reviews.models import Decision, Item, Review, SignOff
from tests.at_once import at_once
from tests.cast import add_evidence, item, pdf, record, submit

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


def signing(review, number, by):
    """A page that is open: the click, with what the page showed at this moment."""
    each = item(review, number)
    return partial(signoffs.sign, each, by=by, shown=signoffs.shown(each, to=by))


def open_again(review, number, reviewer):
    """Bring a signed or waiting item back to waiting."""
    each = item(review, number)
    if each.status == Status.COMPLETE and not standing.is_current(each):
        workflow.apply(workflow.REOPEN, each, by=reviewer, remark="Again.")
    elif each.status == Status.COMPLETE:
        signoffs.withdraw(each, by=each.holder, reason="Again.")
    elif each.status == Status.AWAITING:
        workflow.apply(workflow.TAKE_BACK, each, by=reviewer)
    return workflow.apply(workflow.SUBMIT, item(review, number), by=reviewer)


def signed(each):
    return SignOff.objects.filter(item=each, submission=each.submission, act=Act.SIGNED).count()


def kinds(answers):
    return {type(answer) for answer in answers}


def test_rule_06_one_person_in_two_browsers_signs_once(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    for number in range(1, ROUNDS + 1):
        answers = at_once(signing(small, 1, ciso), signing(small, 1, ciso))
        assert kinds(answers) == {SignOff, Refused}
        assert signed(item(small, 1)) == 1
        assert gate.assess(small).confirmed == 1
        assert SignOff.objects.filter(act=Act.SIGNED).count() == number
        open_again(small, 1, reviewer)


def test_rule_05_two_owners_who_race_through_a_hand_over_leave_one_signature(
    small, reviewer, evidence, ciso, legal, lead
):
    submit(item(small, 1), reviewer, evidence)
    for _ in range(ROUNDS):
        answers = at_once(
            signing(small, 1, ciso),
            partial(ownership.hand_over, [item(small, 1)], to=legal, by=lead),
            signing(small, 1, legal),
        )
        assert answers[1] == 1
        assert {type(answers[0]), type(answers[2])} <= {SignOff, Refused, PermissionDenied}
        each = item(small, 1)
        assert signed(each) == [type(answer) for answer in answers].count(SignOff) <= 1
        assert (each.status == Status.COMPLETE) == (signed(each) == 1)
        open_again(small, 1, reviewer)
        ownership.hand_over([item(small, 1)], to=None, by=lead)


def test_rule_06_evidence_replaced_between_page_and_click_is_refused_each_time(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    for number in range(ROUNDS):
        click = signing(small, 1, ciso)
        library.add_version(evidence, by=reviewer, upload=pdf(f"edition {number}"))
        with pytest.raises(signoffs.Changed):
            click()
    assert SignOff.objects.count() == 0


def test_rule_08_no_signature_is_current_over_a_version_that_was_not_compared(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    ways = set()
    for number in range(ROUNDS):
        seen = library.Evidence.objects.get(pk=evidence.pk).current.sha256
        sign, replace = at_once(
            signing(small, 1, ciso),
            partial(library.add_version, evidence, by=reviewer, upload=pdf(f"edition {number}")),
        )
        assert replace.number == number + 2
        each = item(small, 1)
        if isinstance(sign, SignOff):
            assert seen in sign.content
            assert replace.sha256 not in sign.content
            assert standing.state_of(each) == State.LAPSED
        else:
            assert isinstance(sign, signoffs.Changed)
            assert standing.state_of(each) == State.AWAITING
        ways.add(type(sign))
        assert gate.assess(small).satisfied == 0
        open_again(small, 1, reviewer)
    assert ways <= {SignOff, signoffs.Changed}


def test_rule_05_the_owner_who_uploads_while_signing_has_no_current_signature(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    for number in range(ROUNDS):
        at_once(
            signing(small, 1, ciso),
            partial(library.add_version, evidence, by=ciso, upload=pdf(f"own edition {number}")),
        )
        assert gate.assess(small).satisfied == 0
        library.add_version(evidence, by=reviewer, upload=pdf(f"edition {number}"))
        open_again(small, 1, reviewer)


def test_rule_06_withdrawing_evidence_while_it_is_signed_over_leaves_nothing_satisfied(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    for _ in range(ROUNDS):
        at_once(signing(small, 1, ciso), partial(library.withdraw, evidence, by=reviewer, reason="A draft."))
        assert gate.assess(small).satisfied == 0
        library.restore(evidence, by=reviewer)
        open_again(small, 1, reviewer)


def test_rule_06_a_replacement_waits_until_what_was_compared_is_signed(small, reviewer, evidence):
    submit(item(small, 1), reviewer, evidence)
    held, go = threading.Event(), threading.Event()

    def compare():
        with transaction.atomic():
            each = workflow.lock(item(small, 1))
            held.set()
            go.wait(10)
            return [citation.evidence.versions.count() for citation in each.citations.all()]

    def replace():
        held.wait(10)
        threading.Timer(0.3, go.set).start()
        return library.add_version(evidence, by=reviewer, upload=pdf("newer")).number

    assert at_once(compare, replace) == [[1], 2]


def test_two_who_save_notes_at_once_lose_nothing(small, reviewer, second_reviewer):
    record(item(small, 1), reviewer, notes="Start.")
    for number in range(ROUNDS):
        opened = item(small, 1)
        texts = (f"Of the first, {number}.", f"Of the second, {number}.")
        answers = at_once(
            partial(findings.record, opened, by=reviewer, version=opened.version, notes=texts[0]),
            partial(findings.record, opened, by=second_reviewer, version=opened.version, notes=texts[1]),
        )
        assert kinds(answers) == {Item, findings.Stale}
        stale = next(answer for answer in answers if isinstance(answer, findings.Stale))
        assert {stale.theirs["notes"], stale.yours["notes"]} == set(texts)
        assert item(small, 1).notes == stale.theirs["notes"]
        assert item(small, 1).version == opened.version + 1


def test_two_who_remove_a_citation_at_once_remove_it_once(small, reviewer, second_reviewer, evidence):
    for number in range(ROUNDS):
        findings.cite(item(small, 1), evidence, by=reviewer)
        answers = at_once(
            *(
                partial(findings.uncite, item(small, 1).citations.get(), by=by)  # each has read it for themselves
                for by in (reviewer, second_reviewer)
            )
        )
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
        assert Event.objects.filter(event_type="item.uncited").count() == number + 1


def test_two_reviews_opened_at_once_have_addresses_of_their_own(deployment, twelve, lead):
    for number in range(1, ROUNDS // 4 + 1):
        answers = at_once(*[partial(opening.open_review, deployment, twelve, by=lead)] * 2)
        assert kinds(answers) == {Review}
        assert len(set(Review.objects.values_list("slug", flat=True))) == 2 * number


def test_two_who_submit_at_once_make_one_submission(small, reviewer, second_reviewer):
    record(item(small, 1), reviewer, Finding.NOT_APPLICABLE)
    for number in range(1, ROUNDS + 1):
        answers = at_once(
            *(partial(workflow.apply, workflow.SUBMIT, item(small, 1), by=by) for by in (reviewer, second_reviewer))
        )
        assert kinds(answers) == {Item, Refused}
        assert item(small, 1).submission == number
        workflow.apply(workflow.TAKE_BACK, item(small, 1), by=reviewer)


def test_signing_and_taking_back_at_once_never_sign_what_is_in_work(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    for _ in range(ROUNDS):
        sign, back = at_once(
            signing(small, 1, ciso), partial(workflow.apply, workflow.TAKE_BACK, item(small, 1), by=reviewer)
        )
        each = item(small, 1)
        assert isinstance(sign, SignOff) != isinstance(back, Item)
        assert each.status == (Status.COMPLETE if isinstance(sign, SignOff) else Status.IN_PROGRESS)
        assert signed(each) == (each.status == Status.COMPLETE)
        open_again(small, 1, reviewer)


def test_two_who_cite_each_others_evidence_do_not_wait_for_each_other_for_ever(
    small, vendor, reviewer, second_reviewer
):
    one, other = (add_evidence(vendor, reviewer, title) for title in ("One report", "Other report"))
    findings.cite(item(small, 1), one, by=reviewer)
    findings.cite(item(small, 3), other, by=reviewer)
    for number in range(ROUNDS):
        answers = at_once(
            partial(findings.cite, item(small, 1), other, by=reviewer, locator=f"p. {number}"),
            partial(findings.cite, item(small, 3), one, by=second_reviewer, locator=f"p. {number}"),
        )
        assert not [answer for answer in answers if isinstance(answer, Exception)]


def test_rule_13_two_clicks_at_once_are_one_decision(small, ciso):
    for number in range(1, ROUNDS + 1):
        shown = decisions.shown(gate.assess(small), to=ciso)
        click = partial(decisions.decide, small, by=ciso, outcome=Outcome.HOLD, reason="Too early.", shown=shown)
        assert kinds(at_once(click, click)) == {Decision, Refused}
        assert list(Decision.objects.order_by("pk").values_list("number", flat=True)) == list(range(1, number + 1))


def test_rule_13_a_role_that_moves_while_its_holder_decides_leaves_no_decision_of_nobody(small, ciso, legal, lead):
    for _ in range(ROUNDS):
        shown = decisions.shown(gate.assess(small), to=ciso)
        before = Decision.objects.count()
        decide, _ = at_once(
            partial(decisions.decide, small, by=ciso, outcome=Outcome.HOLD, reason="Too early.", shown=shown),
            partial(ownership.assign, small, "ciso", to=legal, by=lead),
        )
        assert type(decide) in {Decision, PermissionDenied}
        assert Decision.objects.count() == before + isinstance(decide, Decision)
        ownership.assign(small, "ciso", to=ciso, by=lead)
