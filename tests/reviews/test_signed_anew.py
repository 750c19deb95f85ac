"""Does the signature on an inherited item say what is true of last time, by another person than who found it? (rules 5, 6)"""

import json

import pytest
from django.core.exceptions import PermissionDenied

from accounts import grants
from accounts.choices import Access
from evidence import library
from reviews import findings, ownership, signoffs, verification, workflow
from reviews.choices import Duty, State
from tests.cast import add_evidence, item, pdf, record, sign
from tests.reviews.again.again import decide, prepared, states


def test_rule_06_a_signature_says_that_it_re_affirms(varied, lead, reviewer):
    annual = prepared(varied.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    workflow.apply(workflow.SUBMIT, item(annual, 1), by=reviewer)
    signature = sign(item(annual, 1))
    assert signature.meaning == (
        "I have read the cited evidence and confirm that this statement holds for Claude Enterprise. "
        "I have looked again and re-affirm what was signed in “Small review”."
    )
    assert json.loads(signature.content)["meaning"] == signature.meaning
    assert states(annual)[1] == State.CONFIRMED


def test_rule_06_a_signature_says_what_changed(varied, lead, reviewer, evidence):
    library.add_version(evidence, by=reviewer, upload=pdf("of this year"))
    annual = prepared(varied.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    record(item(annual, 1), reviewer, notes="Read anew.")
    workflow.apply(workflow.SUBMIT, item(annual, 1), by=reviewer)
    assert sign(item(annual, 1)).meaning.endswith(
        "I have looked again; changed since “Small review”: the notes, the cited evidence."
    )


def test_rule_06_nobody_re_affirms_by_changing_while_the_signer_reads(varied, lead, reviewer, own_evidence):
    annual = prepared(varied.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    each = workflow.apply(workflow.SUBMIT, item(annual, 5), by=reviewer)
    shown = signoffs.shown(item(annual, 5), to=each.holder)
    library.add_version(own_evidence, by=reviewer, upload=pdf("of this year"))
    with pytest.raises(signoffs.Changed) as refused:
        signoffs.sign(item(annual, 5), by=each.holder, shown=shown)
    assert {what for what, _, _ in refused.value.differences} == {"The words of the signature", "The cited evidence"}


def test_rule_06_what_carried_no_signature_is_not_re_affirmed(varied, lead, reviewer, ciso):
    signoffs.withdraw(item(varied, 1), by=ciso, reason="Misread.")
    opened = prepared(varied.deployment, lead)
    workflow.apply(workflow.SUBMIT, item(opened, 1), by=reviewer)
    assert sign(item(opened, 1)).meaning.endswith("It carried no signature in “Small review”.")


def test_rule_05_who_found_it_last_time_does_not_sign_it_now(varied, lead, reviewer, second_reviewer):
    grants.give(reviewer, Access.SIGN, varied.vendor)
    annual = prepared(varied.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    ownership.hand_over([item(annual, 4)], to=reviewer, by=lead)
    findings.uncite(item(annual, 4).citations.get(), by=second_reviewer)
    findings.cite(item(annual, 4), add_evidence(varied.vendor, second_reviewer, "Fresh"), by=second_reviewer)
    workflow.apply(workflow.SUBMIT, item(annual, 4), by=second_reviewer)
    with pytest.raises(PermissionDenied, match="You wrote this finding"):
        sign(item(annual, 4), by=reviewer)


def test_verification_finds_nothing_wrong_with_a_chain(varied, lead, reviewer, own_evidence):
    library.add_version(own_evidence, by=reviewer, upload=pdf("of this year"))
    opened = prepared(varied.deployment, lead)
    workflow.apply(workflow.SUBMIT, item(opened, 5), by=reviewer)
    sign(item(opened, 5))
    decide(opened)
    library.add_version(own_evidence, by=reviewer, upload=pdf("of next year"))
    wrong = [
        (label, what)
        for look in (verification.signoffs, verification.items, verification.standing, verification.decisions)
        for label, what in look()
        if what
    ]
    assert wrong == []
