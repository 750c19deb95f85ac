"""Does each check fire where it should, and not in the nearest situation where it should not?"""

import datetime

import pytest
from django.utils import timezone

from accounts import absences
from evidence.choices import Kind
from reviews import checks, conflicts, findings, ownership
from reviews.asking import questions
from reviews.choices import Finding, Via
from reviews.conflicts import Side
from reviews.policy import policies
from reviews.recurring import obligations
from tests.cast import add_evidence, item, record, submit
from tests.reviews.policy.policy import in_force
from vendors.models import Deployment


def fired(review, key, today=None):
    return [each for each in checks.of(fresh(review), today) if each.key == key]


def whys(review, key, today=None):
    return [each.why for each in fired(review, key, today)]


def fresh(review):
    return type(review).objects.with_context().get(pk=review.pk)


def days(number):
    return timezone.localdate() + datetime.timedelta(days=number)


def cite(review, number, evidence, by):
    findings.cite(item(review, number), evidence, by=by)


def test_no_classification_while_no_policy_is_in_force(small, vendor, reviewer, lead, stakeholders):
    assert whys(small, "classification") == [
        "No data classification policy is in force for Anthropic: nobody has agreed on which data it may be given."
    ]
    Deployment.objects.filter(pk=small.deployment_id).update(data_classes=["internal"])
    policy = in_force(vendor, reviewer, stakeholders, valid_until=days(10))
    assert fired(small, "classification") == []
    assert [each.subject for each in fired(small, "classification", days(11))] == ["late"]
    policies.end(policy, by=lead, reason="Replaced by a group policy.")
    assert [each.subject for each in fired(small, "classification")] == [""]


def test_a_deployment_that_carries_more_than_the_policy_allows(small, vendor, reviewer, stakeholders):
    in_force(vendor, reviewer, stakeholders)
    [found] = fired(small, "classification")
    assert (found.subject, found.title) == ("beyond", "More data than the policy allows")
    assert found.why.startswith("Claude Enterprise is meant to carry confidential data")
    Deployment.objects.filter(pk=small.deployment_id).update(data_classes=["public", "internal"])
    assert fired(small, "classification") == []


def soc2(vendor, by, **dates):
    return add_evidence(vendor, by, "SOC 2 report 2026", kind=Kind.SOC2_REPORT, **dates)


def test_a_statement_waits_for_a_report_although_one_is_at_hand(small, vendor, reviewer):
    report = soc2(vendor, reviewer, issued_on=days(-30))
    assert fired(small, "soc2", days(14)) == []  # still in work
    assert whys(small, "soc2", days(15)) == [
        "“SOC 2 report 2026” is in the library and can be used today; statement 2 does not cite it and is waiting."
    ]
    record(item(small, 2), reviewer, Finding.UNCONFIRMED)
    assert len(fired(small, "soc2")) == 1  # said to be impossible to confirm: at once
    cite(small, 2, report, reviewer)
    assert fired(small, "soc2", days(15)) == []


def test_a_report_that_just_ended_calls_for_a_bridge_letter_and_an_old_one_for_nothing(small, vendor, reviewer):
    record(item(small, 2), reviewer, Finding.UNCONFIRMED)
    assert fired(small, "soc2") == []  # no report at all: waiting is not for a better one
    soc2(vendor, reviewer, valid_until=days(-10))
    [found] = fired(small, "soc2")
    assert (
        found.next_step
        == "Ask for a bridge letter until the next report, and go on with controls of your own meanwhile."
    )
    assert fired(small, "soc2", days(100)) == []


@pytest.fixture
def on_the_api(review):
    Deployment.objects.filter(pk=review.deployment_id).update(channel="claude_api")
    return fresh(review)


def test_our_own_duty_is_asked_of_the_vendor(on_the_api, lead):
    assert fired(on_the_api, "duties") == []
    question = questions.ask_new(on_the_api, by=lead, text="How do you enforce MFA?", items=[item(on_the_api, 33)])
    assert fired(on_the_api, "duties") == []  # written down, not put to anybody
    questions.put(question, by=lead, asked_of="Account team", via=Via.EMAIL)
    assert whys(on_the_api, "duties") == ["On Claude API statement 33 is our own duty, and the vendor was asked."]


def test_the_vendors_duty_may_be_asked_of_the_vendor(review, lead):
    question = questions.ask_new(review, by=lead, text="How do you enforce MFA?", items=[item(review, 33)])
    questions.put(question, by=lead, asked_of="Account team", via=Via.EMAIL)
    assert fired(review, "duties") == []


def test_what_a_cloud_provider_answers_but_for_access_may_be_asked(review, lead):
    Deployment.objects.filter(pk=review.deployment_id).update(channel="bedrock")
    on_bedrock = fresh(review)
    assert item(on_bedrock, 17).answered_by == item(on_bedrock, 33).answered_by == "ours"
    for number in (17, 33):
        question = questions.ask_new(on_bedrock, by=lead, text="Where?", items=[item(on_bedrock, number)])
        questions.put(question, by=lead, asked_of="Account team", via=Via.EMAIL)
    assert whys(on_bedrock, "duties") == ["On Amazon Bedrock statement 33 is our own duty, and the vendor was asked."]


def test_our_own_duty_is_confirmed_with_the_vendors_papers(on_the_api, vendor, reviewer):
    paper = add_evidence(vendor, reviewer, "White paper", kind=Kind.WHITE_PAPER)
    own = add_evidence(vendor, reviewer, "Setting", kind=Kind.CONFIGURATION_PROOF)
    record(item(on_the_api, 28), reviewer)
    assert fired(on_the_api, "duties") == []
    cite(on_the_api, 28, paper, reviewer)
    assert [each.subject for each in fired(on_the_api, "duties")] == ["papers"]
    cite(on_the_api, 28, own, reviewer)
    assert fired(on_the_api, "duties") == []


def test_the_vendors_duty_is_taken_for_ours(review, vendor, reviewer):
    ours = add_evidence(vendor, reviewer, "Access policy", kind=Kind.POLICY)
    record(item(review, 28), reviewer)
    cite(review, 28, ours, reviewer)
    assert [each.subject for each in fired(review, "duties")] == ["taken"]
    cite(review, 28, add_evidence(vendor, reviewer, "Try-out", kind=Kind.TEST_RECORD), reviewer)
    assert fired(review, "duties") == []


def test_no_incident_plan_until_a_drill_is_in_force_or_our_own_record_is_cited(review, vendor, reviewer, lead, ciso):
    procedure = add_evidence(vendor, reviewer, "Procedure", kind=Kind.INCIDENT_PROCEDURE)
    cite(review, 43, procedure, reviewer)
    cite(review, 43, add_evidence(vendor, reviewer, "Report", kind=Kind.SOC2_REPORT), reviewer)
    [why] = whys(review, "incident_plan")
    assert "Nothing here says who answers" in why
    assert "statement 43 cites incident response procedure, SOC 2 report only, which may be the vendor's" in why
    other = Deployment.objects.create(vendor=vendor, name="Other", channel="bedrock")
    said = {"every": 6, "unit": "month", "first_on": days(0), "instructions": "", "owner": ciso}
    obligations.create(vendor, by=lead, duty="drill", deployment=other, title="Drill there", **said)
    assert len(fired(review, "incident_plan")) == 1  # of another deployment
    drill = obligations.create(vendor, by=lead, duty="drill", title="Drill", **said)
    assert fired(review, "incident_plan") == []
    obligations.end(drill, by=lead, reason="Over.")
    assert len(fired(review, "incident_plan")) == 1
    cite(review, 43, add_evidence(vendor, reviewer, "Our drill", kind=Kind.TEST_RECORD), reviewer)
    assert fired(review, "incident_plan") == []


def test_audit_rights_need_the_contract(review, vendor, reviewer):
    assert whys(review, "audit_rights") == ["Statement 42 has no finding yet and cites no contract or DPA."]
    record(item(review, 42), reviewer)
    cite(review, 42, add_evidence(vendor, reviewer, "Mail", kind=Kind.VENDOR_STATEMENT), reviewer)
    assert whys(review, "audit_rights") == ["Statement 42 is confirmed, and cites no usable contract or DPA."]
    dpa = add_evidence(vendor, reviewer, "DPA", kind=Kind.DPA, valid_until=days(5))
    cite(review, 42, dpa, reviewer)
    assert fired(review, "audit_rights") == []
    assert len(fired(review, "audit_rights", days(6))) == 1


def test_numbers_of_the_47_mean_nothing_in_another_checklist(small):
    assert {each.key for each in checks.of(fresh(small))}.isdisjoint({"audit_rights", "incident_plan"})


def test_a_source_conflict_until_it_is_settled(small, reviewer):
    sides = [Side("dpa", "DPA", "48 hours", days(-9)), Side("article", "Blog", "30 days", days(-1))]
    conflict = conflicts.open_conflict(item(small, 3), by=reviewer, title="Notice", sides=sides)
    [found] = fired(small, "conflicts")
    assert found.why == "Notice: DPA says “48 hours” / Blog says “30 days”"
    assert found.next_step == "Say which prevails and why; by rank and date it is DPA."
    conflicts.resolve(conflict, by=reviewer, prevails=conflict.sides.first().pk, resolution="Signed.")
    assert fired(small, "conflicts") == []


def test_a_pair_that_contradicts(small, reviewer):
    record(item(small, 1), reviewer)
    assert fired(small, "contradictions") == []
    record(item(small, 7), reviewer, Finding.UNCONFIRMED)
    assert [each.subject for each in fired(small, "contradictions")] == ["1-7"]


def test_statements_without_an_owner(small, lead, legal):
    assert whys(small, "unowned") == ["Statement 12 has no owner, so nobody can sign there."]
    ownership.hand_over([item(small, 12)], to=legal, by=lead)
    assert fired(small, "unowned") == []


def test_one_person_with_more_than_half_of_what_is_open(small, lead, ciso):
    assert fired(small, "bottleneck") == []  # six of twelve are half
    ownership.hand_over([item(small, 12)], to=ciso, by=lead)
    assert whys(small, "bottleneck") == [
        "CISO holds 7 of the 12 statements that are not done: more than everybody else together."
    ]


def test_one_person_for_whom_every_signature_waits(small, reviewer, evidence):
    for number in (1, 2):
        submit(item(small, number), reviewer, evidence)
    assert fired(small, "bottleneck") == []
    submit(item(small, 3), reviewer, evidence)
    assert whys(small, "bottleneck") == [
        "Every signature that is missing is CISO's: statements 1, 2 and 3 wait for nobody else."
    ]
    submit(item(small, 7), reviewer, evidence)
    assert fired(small, "bottleneck") == []


def test_an_owner_who_is_away_while_nobody_acts(small, ciso, legal):
    absence = absences.plan(legal, ciso, days(0), days(9), by=legal)
    assert fired(small, "bottleneck") == []
    ciso.is_active = False
    ciso.save()
    [found] = [each for each in fired(small, "bottleneck") if each.subject.startswith("away")]
    assert found.why.startswith(f"Legal is away until {absence.ends_on.day} ")


def test_evidence_that_ends_around_the_deadline(small, vendor, reviewer):
    soon = (small.due_on - timezone.localdate()).days + 30
    late = add_evidence(vendor, reviewer, "Ends after", valid_until=days(soon + 1))
    ends = add_evidence(vendor, reviewer, "Ends within", valid_until=days(soon))
    for number, evidence in ((1, late), (2, ends)):
        record(item(small, number), reviewer, Finding.UNCONFIRMED)
        cite(small, number, evidence, reviewer)
    assert fired(small, "expiry") == []  # confirms nothing
    for number in (1, 2):
        record(item(small, number), reviewer)
    [first] = fired(small, "expiry")
    assert (first.title, first.rule_number) == ("“Ends within” ends around the planned pilot", 8)
    cite(small, 1, ends, reviewer)
    [more] = fired(small, "expiry")
    assert more.fingerprint != first.fingerprint  # another statement rests on it
    assert fired(small, "expiry", small.due_on + datetime.timedelta(days=1)) == []


def test_evidence_that_ends_on_the_very_deadline_ends_on_it(small, vendor, reviewer):
    ends = add_evidence(vendor, reviewer, "Report", valid_until=small.due_on)
    cite(small, 1, ends, reviewer)
    record(item(small, 1), reviewer)
    [why] = whys(small, "expiry")
    assert "for statement 1: on the review's deadline" in why


def test_a_record_of_our_own_that_expired_is_not_taken_for_the_vendors(review, vendor, reviewer):
    test = add_evidence(vendor, reviewer, "Drill", kind=Kind.TEST_RECORD, valid_until=days(1))
    cite(review, 43, test, reviewer)
    assert fired(review, "incident_plan") == []
    [why] = whys(review, "incident_plan", days(2))
    assert "statement 43 cites a record of our own test that cannot be used today." in why


def test_what_is_fine_is_said(small):
    keys = [check.key for check in checks.fine(checks.of(fresh(small)))]
    assert "contradictions" in keys
    assert "unowned" not in keys
