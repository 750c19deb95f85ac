"""Which causes put a statement into a quarterly re-assessment, and is it in there for no other? (rule 21)"""

from datetime import timedelta

import pytest
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from evidence import library
from reviews import gate, ownership, signoffs, workflow
from reviews.choices import Duty, Finding, Outcome, State
from reviews.models import Category, Checklist, Reassessment
from tests.cast import add_evidence, item, pdf, settle, sign
from tests.reviews.again.again import IN_10_DAYS, decide, prepared
from tests.reviews.conftest import fresh
from vendors import register


def of_vendor(review):
    return {each.number for each in review.items.with_standing() if each.answered_by == "vendor"}


def delta_of(review, lead):
    opened = prepared(review.deployment, lead)
    return {each.number: " ".join(each.why_again) for each in opened.items.select_related("statement")}


def test_without_a_cause_nothing_is_looked_at_again(varied, lead):
    assert delta_of(varied, lead) == {}


def test_delta_newer_evidence(varied, lead, own_evidence, reviewer):
    library.add_version(own_evidence, by=reviewer, upload=pdf("of this year"))
    assert delta_of(varied, lead) == {5: "Its sign-off lapsed. Changed since it was signed: the cited evidence."}


def test_delta_withdrawn_evidence(varied, lead, own_evidence, reviewer):
    library.withdraw(own_evidence, by=reviewer, reason="A draft.")
    assert list(delta_of(varied, lead)) == [5]


@pytest.mark.parametrize(("before", "numbers"), [(1, [5]), (0, [])])
def test_delta_evidence_that_expires_before_the_next_quarter_ends(small, lead, reviewer, vendor, before, numbers):
    end = IN_10_DAYS + relativedelta(months=3) - timedelta(days=before)
    ending = add_evidence(vendor, reviewer, "Ends soon", valid_until=end)
    settle(small, [5], reviewer, ending)
    for number in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11):
        settle(small, [number], reviewer, finding=Finding.NOT_APPLICABLE)
    ownership.hand_over([item(small, 12)], to=small.holders["legal"], by=lead)
    settle(small, [12], reviewer, finding=Finding.NOT_APPLICABLE)
    decide(small)
    found = delta_of(small, lead)
    assert list(found) == numbers
    if numbers:
        assert found[5] == f"Ends soon expires on {end:%-d %B %Y}, before the quarter after this one ends."


def test_delta_what_cannot_be_confirmed_or_is_open(varied, lead, reviewer, ciso):
    signoffs.withdraw(item(varied, 1), by=ciso, reason="Misread.")
    settle(varied, [1], reviewer, finding=Finding.UNCONFIRMED)
    signoffs.withdraw(item(varied, 2), by=ciso, reason="Misread.")
    assert delta_of(varied, lead) == {1: "It cannot be confirmed.", 2: "It was not settled: in progress."}


def test_delta_another_channel_or_other_data_concern_every_statement(varied, lead):
    register.change_deployment(varied.deployment, by=lead, channel="bedrock")
    assert set(delta_of(varied, lead)) == set(range(1, 13))


def test_delta_another_regime_concerns_the_statements_that_name_it(review, lead, reviewer, evidence):
    settle(review, range(1, 48), reviewer, evidence)
    decide(review)
    register.change_deployment(review.deployment, by=lead, regimes=["gdpr"])
    found = delta_of(fresh(review), lead)
    assert set(found) == {5, 13, 39, 44}
    assert "The regimes in scope changed on" in found[5]


def test_delta_what_the_vendor_says_in_public_concerns_its_answers(varied, lead, reviewer):
    register.add_fact(
        varied.vendor, by=reviewer, text="Has a new report.", source="A page", seen_on=timezone.localdate()
    )
    found = delta_of(varied, lead)
    assert set(found) == of_vendor(varied)
    assert set(found.values()) == {
        f"What the vendor says in public changed on {timezone.localdate():%-d %B %Y}: “Has a new report.”"
    }


def test_delta_a_trust_centre_that_moved_concerns_the_vendors_answers(varied, lead):
    register.change_vendor(varied.vendor, by=lead, trust_centre="https://trust.example.com")
    assert set(delta_of(varied, lead)) == of_vendor(varied)


def test_delta_another_account_team_concerns_what_it_was_asked(varied, lead, reviewer):
    register.add_contact(varied.vendor, by=reviewer, name="Somebody else", is_account_team=False)
    register.add_contact(varied.vendor, by=reviewer, name="New team", is_account_team=True)
    assert list(delta_of(varied, lead)) == [12]


def test_delta_what_happened_before_a_signature_is_no_cause(varied, lead, ciso):
    register.change_deployment(varied.deployment, by=lead, channel="bedrock")
    signoffs.withdraw(item(varied, 1), by=ciso, reason="Once more.")
    workflow.apply(workflow.SUBMIT, item(varied, 1), by=lead)
    sign(item(varied, 1))
    assert set(delta_of(varied, lead)) == set(range(2, 13))


def test_delta_another_vendor_or_deployment_is_no_cause(varied, lead, vendor):
    other = register.add_deployment(vendor, by=lead, name="Other", channel="claude_api", data_classes=[], regimes=[])
    register.change_deployment(other, by=lead, channel="bedrock")
    assert delta_of(varied, lead) == {}


def test_delta_conditions_name_statements_and_what_was_not_satisfied(varied, lead, legal, ciso, reviewer):
    signoffs.withdraw(item(varied, 1), by=ciso, reason="Misread.")
    settle(varied, [1], reviewer, finding=Finding.UNCONFIRMED)
    condition = "Have statements 3, 4 and 10 put into the contract by 30 June."
    decide(varied, Outcome.CONDITIONAL, [(condition, legal, IN_10_DAYS)])
    found = delta_of(fresh(varied), lead)
    assert set(found) == {1, 3, 4, 10}
    assert found[1] == "It cannot be confirmed. It was not satisfied when the deployment was approved with conditions."
    assert found[10] == f"A condition of the last approval names it: “{condition}”"


def test_delta_other_words_in_a_newer_version_of_the_checklist(varied, lead):
    newer = copy_of(varied.checklist, {2: "Something else."})
    assert delta_of(varied, lead) == {2: "The newest version of the checklist words it differently: “Something else.”"}
    decide(Reassessment.objects.get().review, Outcome.HOLD)
    annual = prepared(varied.deployment, lead, duty=Duty.ANNUAL_REVIEW)
    assert annual.checklist == newer
    assert (item(annual, 2).inherited_from, item(annual, 2).finding) == (None, "")
    assert item(annual, 2).why_again == ["The checklist says something else under this number now."]
    assert item(annual, 1).inherited_from == item(varied, 1)
    assert gate.assess(annual).counts == {State.INHERITED: 11, State.NOT_STARTED: 1}


def copy_of(checklist, changed):
    """The next version of the checklist, in which the statements of these numbers say something else."""
    newer = Checklist.objects.get(pk=checklist.pk)
    newer.pk, newer.version = None, checklist.version + 1
    newer.save()
    for category in Category.objects.filter(checklist=checklist):
        statements = list(category.statements.all())
        category.pk, category.checklist = None, newer
        category.save()
        for statement in statements:
            statement.pk, statement.checklist, statement.category = None, newer, category
            statement.text = changed.get(statement.number, statement.text)
            statement.save()
    return newer
