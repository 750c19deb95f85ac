"""Who signs a policy, over what, and when does it come into force? (rules 5 to 8)"""

from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import absences, grants
from accounts.choices import Access, Role
from accounts.permissions import Refused
from audit.models import Event
from reviews import verification
from reviews.choices import Act, PolicyState
from reviews.models import Policy, PolicySignature
from reviews.permissions import can_sign_policy
from reviews.policy import policies, policy_signatures
from tests.at_once import at_once
from tests.cast import person
from tests.reviews.policy.policy import in_force, signed_by, submitted

ROUNDS = 5


def reread(policy):
    return Policy.objects.get(pk=policy.pk)


def test_the_third_signature_puts_it_in_force_and_ends_the_one_before(vendor, reviewer, ciso, legal, stakeholders):
    first = in_force(vendor, reviewer, stakeholders)
    second = policies.submit(policies.begin(vendor, by=reviewer, from_policy=first), by=reviewer)
    signed_by(second, ciso)
    signed_by(second, legal)
    assert policies.in_force(vendor) == first
    row = signed_by(second, stakeholders[Role.COMPLIANCE_OFFICER])
    assert (row.signer_name, row.signer_role) == ("Compliance officer", "Compliance officer")
    assert policies.in_force(vendor) == second
    assert (reread(first).state, reread(first).ended_reason) == ("superseded", "Version 2 came into force.")
    last = Event.objects.order_by("-pk").values_list("event_type", flat=True)[:3]
    assert list(last) == ["policy.in_force", "policy.superseded", "policy.signed"]


def test_rule_06_the_signature_says_its_meaning_and_covers_every_word(vendor, reviewer, ciso):
    policy = submitted(vendor, reviewer, purpose="Our purpose.")
    row = signed_by(policy, ciso)
    assert row.meaning == (
        "I have read this policy and agree, as CISO, that it says which data Anthropic may be given."
    )
    assert '"purpose":"Our purpose."' in row.content
    assert row.meaning in row.content


def refused(policy, who, role, words):
    verdict = can_sign_policy(who, policy, role)
    assert words in verdict.reason
    with pytest.raises(PermissionDenied):
        policy_signatures.sign(policy, by=who, role=role, shown="")


def test_rule_05_nobody_signs_what_they_wrote_or_submitted(vendor, reviewer, ciso, legal):
    draft = policies.begin(vendor, by=reviewer)
    policies.change(draft, by=ciso, version=1, purpose="The CISO's own.")
    policy = policies.submit(draft, by=legal)
    refused(policy, ciso, Role.CISO, "You wrote some of this policy")
    refused(policy, legal, Role.LEGAL, "You submitted this policy")


def test_rule_05_only_the_three_with_access_sign_each_once(vendor, reviewer, ciso, privacy_officer):
    policy = submitted(vendor, reviewer)
    refused(policy, privacy_officer, Role.CISO, "Here signs the CISO")
    refused(policy, ciso, Role.LEGAL, "Here signs the Legal")
    elsewhere = person("Other CISO", Role.CISO, vendor, Access.REVIEW)
    refused(policy, elsewhere, Role.CISO, "only with a stakeholder's access")
    signed_by(policy, ciso)
    refused(policy, person("Second CISO", Role.CISO, vendor, Access.SIGN), Role.CISO, "The signature as CISO is given")


def test_a_deputy_signs_in_the_place_of_who_is_away_and_only_once(vendor, reviewer, ciso, legal, it_security):
    today = timezone.localdate()
    for away in (ciso, legal):
        absences.plan(away, it_security, today, today + timedelta(days=3), by=away)
    policy = submitted(vendor, reviewer)
    row = signed_by(policy, it_security, Role.CISO)
    assert row.signer_role.startswith("CISO, by deputy (away ")
    assert row.meaning.startswith("As the deputy of CISO, away ")
    refused(policy, it_security, Role.LEGAL, "Three different people")
    assert policy_signatures.role_to_sign(policy, by=it_security) == (None, "The signature as CISO is given.")


def test_rule_06_what_changed_between_showing_and_clicking_is_refused_with_the_difference(vendor, reviewer, ciso):
    policy = submitted(vendor, reviewer)
    shown = policy_signatures.shown(policy, Role.CISO, to=ciso)
    policies.take_back(policy, by=reviewer)
    levels = [*policy.levels[:3], policy.levels[3] | {"channels": ["claude_api"]}]
    policies.submit(policies.change(policy, by=reviewer, version=1, levels=levels), by=reviewer)
    with pytest.raises(policy_signatures.Changed) as changed:
        policy_signatures.sign(policy, by=ciso, role=Role.CISO, shown=shown)
    assert changed.value.differences == [("Sensitive regulated: allowed on", "no channel", "Claude API")]
    assert PolicySignature.objects.count() == 0


def test_rule_06_what_was_submitted_anew_or_shown_to_another_is_refused(vendor, reviewer, ciso, legal):
    policy = submitted(vendor, reviewer)
    shown = policy_signatures.shown(policy, Role.CISO, to=ciso)
    with pytest.raises(Refused, match="shown to somebody else"):
        policy_signatures.sign(policy, by=legal, role=Role.LEGAL, shown=shown)
    policies.take_back(policy, by=reviewer)
    policies.submit(policy, by=reviewer)
    with pytest.raises(Refused, match="submitted anew"):
        policy_signatures.sign(policy, by=ciso, role=Role.CISO, shown=shown)
    with pytest.raises(Refused, match="did not say what it showed"):
        policy_signatures.sign(policy, by=ciso, role=Role.CISO, shown="forged")


def test_a_withdrawn_signature_ends_the_policy_at_once(vendor, reviewer, legal, stakeholders):
    policy = in_force(vendor, reviewer, stakeholders)
    with pytest.raises(Refused, match="Say why"):
        policy_signatures.withdraw(policy, by=legal, role=Role.LEGAL, reason="")
    row = policy_signatures.withdraw(policy, by=legal, role=Role.LEGAL, reason="The contract says otherwise.")
    assert (row.act, row.digest) == (Act.WITHDRAWN, policy.signatures.get(role=Role.LEGAL, act="signed").digest)
    assert policies.in_force(vendor) is None
    assert reread(policy).ended_reason == "The signature as Legal was withdrawn: The contract says otherwise."
    assert policies.begin(vendor, by=reviewer, from_policy=policy).number == 2


def test_a_signature_withdrawn_before_the_third_makes_it_a_draft_again(vendor, reviewer, ciso, legal):
    policy = submitted(vendor, reviewer)
    signed_by(policy, ciso)
    with pytest.raises(PermissionDenied, match="Only CISO or the CISO withdraws"):
        policy_signatures.withdraw(policy, by=legal, role=Role.CISO, reason="Not mine.")
    policy_signatures.withdraw(policy, by=ciso, role=Role.CISO, reason="Read it again.")
    assert reread(policy).state == PolicyState.DRAFT
    policies.submit(policy, by=reviewer)
    signed_by(policy, ciso)
    assert list(policies.signed(reread(policy))) == [Role.CISO]
    policies.take_back(policy, by=reviewer)
    policies.change(policy, by=ciso, version=1, purpose="The CISO writes, and signs no more.")
    assert [wrong for _, wrong in verification.policies() if wrong] == []


def test_a_row_whose_withdrawal_is_there_counts_for_nothing_whatever_the_state_says(vendor, reviewer, stakeholders):
    policy = in_force(vendor, reviewer, stakeholders)
    row = policy.signatures.get(role=Role.CISO)
    row.pk, row.act, row.reason = None, Act.WITHDRAWN, "Past the domain."
    row.save(force_insert=True)
    assert policies.in_force(vendor) is None


def test_the_database_refuses_who_had_a_hand_in_it_and_force_without_three(vendor, reviewer, ciso):
    policy = submitted(vendor, reviewer)
    signed_by(policy, ciso)
    row = PolicySignature.objects.get()
    row.pk, row.role, row.signer = None, Role.LEGAL, reviewer
    with pytest.raises(DatabaseError, match="four eyes"), transaction.atomic():
        row.save(force_insert=True)
    with pytest.raises(DatabaseError, match="only with its three signatures"), transaction.atomic():
        Policy.objects.filter(pk=policy.pk).update(state="in_force")


def test_verify_finds_a_signature_that_somebody_copied_past_the_domain(vendor, reviewer, ciso, legal):
    signed_by(submitted(vendor, reviewer), ciso)
    row = PolicySignature.objects.get()
    row.pk, row.role, row.signer, row.signer_name, row.signer_role = None, Role.LEGAL, legal, "Legal", "Legal"
    row.save(force_insert=True)
    assert [wrong for _, wrong in verification.policies()] == ["", "", "The audit log knows nothing of it."]


def test_verify_finds_a_policy_whose_columns_say_something_else(vendor, reviewer, lead, stakeholders):
    policy = in_force(vendor, reviewer, stakeholders)
    looked_at = list(verification.policies())
    assert [wrong for _, wrong in looked_at] == ["", "", "", ""]
    Policy.objects.filter(pk=policy.pk).update(purpose="Slipped in.")
    policy.writers.add(stakeholders[Role.LEGAL])
    wrong = {label: wrong for label, wrong in verification.policies() if wrong}
    assert list(wrong.values()) == [
        "Its columns say something else than what was submitted.",
        "Four eyes: it is signed by who wrote or submitted the policy.",
    ]


# At the same moment


def signing(policy, person):
    policy = reread(policy)
    shown = policy_signatures.shown(policy, person.role, to=person)
    return partial(policy_signatures.sign, policy, by=person, role=person.role, shown=shown)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_last_signatures_at_once_put_it_in_force_once(vendor, reviewer, stakeholders, ciso, legal):
    earlier = in_force(vendor, reviewer, stakeholders)
    for _ in range(ROUNDS):
        policy = policies.submit(policies.begin(vendor, by=reviewer, from_policy=earlier), by=reviewer)
        signed_by(policy, stakeholders[Role.COMPLIANCE_OFFICER])
        answers = at_once(signing(policy, ciso), signing(policy, legal))
        assert {type(answer) for answer in answers} == {PolicySignature}
        assert policies.in_force(vendor) == policy
        assert Policy.objects.filter(vendor=vendor, state="in_force").count() == 1
        earlier = reread(policy)


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_signature_while_it_is_taken_back_and_changed_covers_what_was_shown_or_nothing(vendor, reviewer, ciso):
    policy = submitted(vendor, reviewer)

    def change():
        policies.take_back(policy, by=reviewer)
        draft = reread(policy)
        draft = policies.change(draft, by=reviewer, version=draft.version, purpose=f"Words {draft.version}.")
        return policies.submit(draft, by=reviewer)

    for _ in range(ROUNDS):
        answer, changed = at_once(signing(policy, ciso), change)
        assert isinstance(changed, Policy)
        assert isinstance(answer, PolicySignature | Refused)
        # The signature of an earlier submission counts for nothing; what was signed is what had been shown.
        now = reread(policy)
        assert policies.signed(now) == {}
        assert now.state == PolicyState.AWAITING


def test_access_taken_away_takes_the_right_to_sign(vendor, reviewer, ciso, lead):
    policy = submitted(vendor, reviewer)
    grants.take(ciso, Access.SIGN, vendor, by=lead)
    refused(policy, ciso, Role.CISO, "stakeholder's access")
