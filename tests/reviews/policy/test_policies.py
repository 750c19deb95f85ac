"""Which data may the vendor be given, and how does a policy come to be? (gap 1 of the source)"""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.permissions import Refused
from audit.models import Event
from reviews import warnings
from reviews.choices import PolicyState
from reviews.models import Policy
from reviews.models.reviews import Item
from reviews.policy import policies
from tests.cast import item
from tests.reviews.policy.policy import in_force, signed_by, submitted
from vendors.choices import Channel, DataClass


def test_a_new_policy_says_the_four_levels_and_is_looked_at_again_in_a_year(vendor, reviewer, time_machine):
    time_machine.move_to("2027-03-01T10:00:00Z")
    draft = policies.begin(vendor, by=reviewer)
    assert (draft.number, draft.state, draft.valid_until) == (1, PolicyState.DRAFT, date(2028, 3, 1))
    assert [level["data_class"] for level in draft.levels] == DataClass.values
    assert policies.hindrances(draft) == []
    assert list(draft.writers.all()) == [reviewer]


def test_one_version_is_in_work_at_a_time(vendor, reviewer, lead):
    policies.begin(vendor, by=reviewer)
    with pytest.raises(Refused, match="Version 1 is in work already"):
        policies.begin(vendor, by=lead)


def test_a_version_begun_from_another_keeps_its_words_and_its_writers(vendor, reviewer, lead, stakeholders):
    first = in_force(vendor, reviewer, stakeholders, purpose="Our own words.")
    second = policies.begin(vendor, by=lead, from_policy=first)
    assert (second.number, second.purpose) == (2, "Our own words.")
    assert set(second.writers.all()) == {lead, reviewer}


def test_who_changes_a_draft_is_one_of_its_writers(vendor, reviewer, ciso):
    draft = policies.begin(vendor, by=reviewer)
    changed = policies.change(draft, by=ciso, version=1, purpose="  Which data \n may leave. ")
    assert (changed.purpose, changed.version) == ("Which data may leave.", 2)
    assert set(changed.writers.all()) == {reviewer, ciso}
    assert policies.change(draft, by=reviewer, version=1, purpose="Which data may leave.").version == 2


def test_a_stale_change_is_refused_with_the_newest(vendor, reviewer, lead):
    draft = policies.begin(vendor, by=reviewer)
    policies.change(draft, by=lead, version=1, purpose="Newer.")
    with pytest.raises(policies.Stale) as stale:
        policies.change(draft, by=reviewer, version=1, purpose="Typed on the old one.")
    assert stale.value.newest.purpose == "Newer."


def level_with(draft, **values):
    return [draft.levels[0] | values, *draft.levels[1:]]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"purpose": "x" * 401}, "401 characters, and 400 fit"),
        ({"levels": {"examples": "x" * 221}}, "Public: examples: 221 characters, and 220 fit"),
        ({"levels": {"channels": ["fax"]}}, "There is no channel fax"),
        ({"levels": {"data_class": "internal"}}, "each of the four classes"),
    ],
)
def test_what_a_page_cannot_hold_is_refused(vendor, reviewer, values, words):
    draft = policies.begin(vendor, by=reviewer)
    if "levels" in values:
        values = {"levels": level_with(draft, **values["levels"])}
    with pytest.raises(Refused, match=words):
        policies.change(draft, by=reviewer, version=1, **values)


def test_what_is_empty_or_over_is_not_submitted(vendor, reviewer):
    draft = policies.begin(vendor, by=reviewer)
    empty = level_with(draft, meaning=" ", controls="")
    draft = policies.change(draft, by=reviewer, version=1, purpose="", levels=empty, valid_until=timezone.localdate())
    with pytest.raises(Refused) as refusal:
        policies.submit(draft, by=reviewer)
    assert str(refusal.value) == (
        "The purpose is empty. Public: the meaning is empty. Public: the controls are empty. "
        "The day by which the policy is looked at again lies in the past."
    )


def test_what_awaits_its_signatures_does_not_change(vendor, reviewer):
    policy = submitted(vendor, reviewer)
    with pytest.raises(Refused, match="is awaiting signatures by now"):
        policies.change(policy, by=reviewer, version=policy.version, purpose="Other.")


def test_who_submitted_takes_back_without_a_word_and_a_signer_returns_with_one(vendor, reviewer, ciso, it_security):
    policy = submitted(vendor, reviewer)
    with pytest.raises(PermissionDenied, match="one of the three signers"):
        policies.take_back(policy, by=it_security, reason="No.")
    with pytest.raises(Refused, match="Say what is missing"):
        policies.take_back(policy, by=ciso, reason=" ")
    assert policies.take_back(policy, by=ciso, reason="Say who asks.").state == PolicyState.DRAFT
    again = policies.submit(policy, by=reviewer)
    assert again.submission == 2
    assert policies.take_back(again, by=reviewer).state == PolicyState.DRAFT


def test_a_draft_given_up_leaves_its_number(vendor, reviewer):
    policies.withdraw_draft(policies.begin(vendor, by=reviewer), by=reviewer, reason="Wrong vendor.")
    assert policies.begin(vendor, by=reviewer).number == 2


def test_a_policy_in_force_ends_with_a_reason(vendor, reviewer, lead, stakeholders):
    policy = in_force(vendor, reviewer, stakeholders)
    with pytest.raises(PermissionDenied):
        policies.end(policy, by=reviewer, reason="I do not like it.")
    ended = policies.end(policy, by=lead, reason="The contract ended.")
    assert (ended.state, ended.ended_reason) == (PolicyState.WITHDRAWN, "The contract ended.")
    assert policies.in_force(vendor) is None


def test_an_auditor_writes_nothing(vendor, auditor):
    with pytest.raises(PermissionDenied):
        policies.begin(vendor, by=auditor)


# What is in force


def test_past_its_day_a_policy_is_late_and_in_force(vendor, reviewer, stakeholders, time_machine):
    time_machine.move_to("2027-03-01T10:00:00Z")
    policy = in_force(vendor, reviewer, stakeholders)
    assert not policies.is_late(policy, date(2028, 3, 1))
    time_machine.move_to("2028-03-02T10:00:00Z")
    assert policies.in_force(vendor) == policy
    assert policies.is_late(policy)
    assert policies.state_in_words(policy) == "in force since 1 March 2027, was to be looked at again by 1 March 2028"


@pytest.mark.parametrize(
    ("channel", "allowed"),
    [
        (Channel.CLAUDE_CODE, {"public", "internal"}),
        (Channel.CLAUDE_API, {"public", "internal", "confidential"}),
        (Channel.OTHER, {"public"}),
    ],
)
def test_what_a_deployment_may_carry_follows_from_its_channel(
    deployment, vendor, reviewer, stakeholders, channel, allowed
):
    policy = in_force(vendor, reviewer, stakeholders)
    deployment.channel = channel
    found = policies.allows(policy, deployment)
    assert [data_class for data_class, _, _ in found] == DataClass.values
    assert {data_class for data_class, may, _ in found if may} == allowed
    declared = set(deployment.data_classes)
    assert set(policies.beyond(policy, deployment)) == declared - allowed


def about_policy(each):
    return [trap.text for trap in warnings.warnings_for(each, {}) if trap.kind == "policy"]


def test_the_statement_about_classification_warns_of_no_policy_and_of_data_beyond_it(
    review, vendor, reviewer, stakeholders
):
    assert about_policy(item(review, 16)) == ["No data classification policy is in force for Anthropic."]
    assert about_policy(item(review, 17)) == []
    in_force(vendor, reviewer, stakeholders)
    assert about_policy(Item.objects.with_standing().get(review=review, statement__number=16)) == [
        "Claude Enterprise is meant to carry confidential data, which the data classification policy, version 1, "
        "does not allow on Claude Enterprise."
    ]


# What the database and the log keep


def test_the_database_keeps_one_version_in_force(vendor, reviewer, stakeholders):
    policy = in_force(vendor, reviewer, stakeholders)
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.create(
            vendor=vendor, number=9, state="in_force", created_by=reviewer, submitted_by=reviewer, digest=policy.digest
        )


def test_every_act_is_an_event(vendor, reviewer, ciso, lead):
    draft = policies.begin(vendor, by=reviewer)
    draft = policies.change(draft, by=reviewer, version=1, purpose="Other.")
    policy = policies.submit(draft, by=reviewer)
    signed_by(policy, ciso)
    policies.take_back(policy, by=ciso, reason="Not yet.")
    policies.take_back(policies.submit(policy, by=reviewer), by=reviewer)
    policies.withdraw_draft(policy, by=lead, reason="Never.")
    said = Event.objects.filter(target_type="policy").order_by("pk").values_list("event_type", "vendor_id")
    kinds = ["begun", "changed", "submitted", "signed", "returned", "submitted", "taken_back", "withdrawn"]
    assert list(said) == [(f"policy.{kind}", vendor.pk) for kind in kinds]
