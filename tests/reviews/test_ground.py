"""What ground does a finding need before it can be signed? (rule 4)"""

from datetime import date

import pytest
import time_machine

from accounts.permissions import Refused
from evidence import library
from evidence.choices import Kind
from reviews import findings, gate, opening, ownership, workflow
from reviews.choices import Finding, Status
from tests.cast import add_evidence, item, record, sign
from vendors.choices import Channel
from vendors.models import Deployment

VENDORS, OURS, UNDATED_NOT_ENOUGH = 3, 8, 2  # statements of the twelve; 2 wants a SOC 2 report of the last 12 months


def submit(review, number, by):
    return workflow.apply(workflow.SUBMIT, item(review, number), by=by)


def refused(review, number, by, words):
    with pytest.raises(Refused, match=words):
        submit(review, number, by)
    assert item(review, number).status == Status.IN_PROGRESS


def test_rule_04_nothing_is_submitted_without_a_finding(small, reviewer, evidence):
    with pytest.raises(Refused, match="Choose a finding"):
        submit(small, VENDORS, reviewer)
    findings.cite(item(small, VENDORS), evidence, by=reviewer)
    refused(small, VENDORS, reviewer, "Choose a finding")


def test_rule_04_confirmed_needs_a_citation(small, reviewer, evidence):
    record(item(small, VENDORS), reviewer)
    refused(small, VENDORS, reviewer, "Cite at least one piece of evidence")
    citation = findings.cite(item(small, VENDORS), evidence, by=reviewer)
    findings.uncite(citation, by=reviewer)
    refused(small, VENDORS, reviewer, "Cite at least one piece of evidence")
    findings.cite(item(small, VENDORS), evidence, by=reviewer)
    assert submit(small, VENDORS, reviewer).status == Status.AWAITING


@pytest.mark.parametrize(
    ("statement", "dates", "words"),
    [
        (VENDORS, {"valid_until": date(2026, 6, 14)}, "expired on 14 June 2026"),
        (UNDATED_NOT_ENOUGH, {}, "must not be older than 12 months here, and it has no date"),
        (UNDATED_NOT_ENOUGH, {"issued_on": date(2025, 6, 14)}, "is older than 12 months"),
        (
            UNDATED_NOT_ENOUGH,
            {"period_start": date(2024, 6, 1), "period_end": date(2025, 5, 31)},
            "older than 12 months",
        ),
        (
            UNDATED_NOT_ENOUGH,
            {"issued_on": date(2026, 1, 1), "valid_until": date(2026, 6, 1)},
            "expired on 1 June 2026",
        ),
    ],
)
@time_machine.travel("2026-06-15 10:00:00Z")
def test_rule_04_confirmed_needs_evidence_that_is_usable_today(small, vendor, reviewer, statement, dates, words):
    evidence = add_evidence(vendor, reviewer, kind=Kind.SOC2_REPORT, **dates)
    record(item(small, statement), reviewer)
    findings.cite(item(small, statement), evidence, by=reviewer)
    refused(small, statement, reviewer, words)


@pytest.mark.parametrize(
    ("statement", "kind", "dates"),
    [
        (VENDORS, Kind.SOC2_REPORT, {}),
        (VENDORS, Kind.SOC2_REPORT, {"valid_until": date(2026, 6, 15)}),
        (VENDORS, Kind.SOC2_REPORT, {"issued_on": date(2020, 1, 1)}),
        (UNDATED_NOT_ENOUGH, Kind.SOC2_REPORT, {"issued_on": date(2025, 6, 15)}),
        (UNDATED_NOT_ENOUGH, Kind.OTHER, {}),
    ],
)
@time_machine.travel("2026-06-15 10:00:00Z")
def test_rule_04_evidence_counts_on_its_last_day_and_its_age_only_where_demanded(
    small, vendor, reviewer, statement, kind, dates
):
    evidence = add_evidence(vendor, reviewer, kind=kind, **dates)
    record(item(small, statement), reviewer)
    findings.cite(item(small, statement), evidence, by=reviewer)
    assert submit(small, statement, reviewer).status == Status.AWAITING


def test_rule_04_one_unusable_citation_among_usable_ones_is_named(small, vendor, reviewer, evidence):
    record(item(small, VENDORS), reviewer)
    old = add_evidence(vendor, reviewer, "Old certificate", valid_until=date(2020, 1, 1))
    for each in (evidence, old):
        findings.cite(item(small, VENDORS), each, by=reviewer)
    refused(small, VENDORS, reviewer, "Old certificate: “Old certificate” expired on 1 January 2020")


def test_rule_04_withdrawn_evidence_is_no_ground(small, reviewer, evidence):
    record(item(small, VENDORS), reviewer)
    findings.cite(item(small, VENDORS), evidence, by=reviewer)
    library.withdraw(evidence, by=reviewer, reason="It is a draft.")
    refused(small, VENDORS, reviewer, "was withdrawn: It is a draft")
    with pytest.raises(Refused, match="proves nothing any more"):
        findings.cite(item(small, OURS), library.Evidence.objects.get(pk=evidence.pk), by=reviewer)


def test_rule_04_the_ground_is_asked_for_again_at_signing(small, reviewer, vendor):
    with time_machine.travel("2026-06-15 10:00:00Z"):
        evidence = add_evidence(vendor, reviewer, valid_until=date(2026, 6, 15))
        record(item(small, VENDORS), reviewer)
        findings.cite(item(small, VENDORS), evidence, by=reviewer)
        submit(small, VENDORS, reviewer)
    with time_machine.travel("2026-06-16 10:00:00Z"), pytest.raises(Refused, match="expired on 15 June 2026"):
        sign(item(small, VENDORS))
    assert item(small, VENDORS).status == Status.AWAITING


@pytest.mark.parametrize("reason", ["", "  \n\t "])
def test_rule_04_cannot_be_confirmed_needs_a_reason(small, reviewer, reason):
    record(item(small, OURS), reviewer, Finding.UNCONFIRMED, reason=reason)
    refused(small, OURS, reviewer, "Say why it cannot be confirmed")


@pytest.mark.parametrize("lacking", ["asked", "asked_of"])
def test_rule_04_what_the_vendor_answers_cannot_be_unconfirmed_without_having_asked(small, reviewer, lacking):
    record(item(small, VENDORS), reviewer, Finding.UNCONFIRMED, **{lacking: "  "})
    refused(small, VENDORS, reviewer, "say what was asked, and of whom")


def test_rule_04_our_own_answer_needs_nobody_asked(small, reviewer):
    record(item(small, OURS), reviewer, Finding.UNCONFIRMED, asked="", asked_of="")
    assert submit(small, OURS, reviewer).status == Status.AWAITING


@pytest.mark.parametrize(
    ("channel", "number", "must_ask"),
    [
        (Channel.CLAUDE_ENTERPRISE, 28, True),
        (Channel.CLAUDE_API, 28, False),
        (Channel.BEDROCK, 28, False),
        (Channel.CLAUDE_ENTERPRISE, 10, True),
        (Channel.VERTEX, 10, False),
        (Channel.VERTEX, 1, True),
    ],
)
def test_rule_04_whether_somebody_had_to_be_asked_depends_on_the_channel(
    vendor, checklist, lead, reviewer, channel, number, must_ask
):
    deployment = Deployment.objects.create(vendor=vendor, name="One way", channel=channel)
    review = opening.open_review(deployment, checklist, by=lead)
    record(item(review, number), reviewer, Finding.UNCONFIRMED, asked="", asked_of="")
    if must_ask:
        refused(review, number, reviewer, "say what was asked, and of whom")
    else:
        assert submit(review, number, reviewer).status == Status.AWAITING


@pytest.mark.parametrize("reason", ["", "   "])
def test_rule_04_not_applicable_needs_a_justification_and_nothing_else(small, reviewer, reason):
    record(item(small, VENDORS), reviewer, Finding.NOT_APPLICABLE, reason=reason)
    refused(small, VENDORS, reviewer, "Justify why it does not apply")
    each = item(small, VENDORS)
    findings.record(each, by=reviewer, version=each.version, reason="There is no such thing here.")
    assert submit(small, VENDORS, reviewer).status == Status.AWAITING


@pytest.mark.parametrize("finding", list(Finding))
def test_rule_04_every_finding_needs_its_sign_off(small, reviewer, evidence, finding):
    record(item(small, VENDORS), reviewer, finding)
    if finding == Finding.CONFIRMED:
        findings.cite(item(small, VENDORS), evidence, by=reviewer)
    submit(small, VENDORS, reviewer)
    assert gate.assess(small).counts[finding] == 0
    sign(item(small, VENDORS))
    assert gate.assess(small).counts[finding] == 1


def test_rule_04_a_submitted_item_keeps_its_ground(small, reviewer, evidence):
    """Nothing that is waiting or signed loses or gains a citation."""
    from django.core.exceptions import PermissionDenied

    record(item(small, VENDORS), reviewer)
    citation = findings.cite(item(small, VENDORS), evidence, by=reviewer)
    submit(small, VENDORS, reviewer)
    for act in (
        lambda: findings.uncite(citation, by=reviewer),
        lambda: findings.cite(item(small, VENDORS), evidence, by=reviewer, locator="p. 2"),
        lambda: record(item(small, VENDORS), reviewer, notes="Newer"),
    ):
        with pytest.raises(PermissionDenied, match="Take the submission back"):
            act()
    assert item(small, VENDORS).citations.count() == 1


def test_the_same_place_is_cited_once(small, reviewer, evidence):
    findings.cite(item(small, VENDORS), evidence, by=reviewer, locator="p. 3")
    findings.cite(item(small, VENDORS), evidence, by=reviewer, locator="p. 4")
    with pytest.raises(Refused, match="cited at this place already"):
        findings.cite(item(small, VENDORS), evidence, by=reviewer, locator="p. 3")


def test_one_report_serves_many_items(small, reviewer, evidence, lead):
    ownership.take_role(item(small, 12), "it_security", by=lead)
    for number in (1, 7, 12):
        record(item(small, number), reviewer)
        findings.cite(item(small, number), evidence, by=reviewer)
        submit(small, number, reviewer)
        sign(item(small, number))
    assert gate.assess(small).confirmed == 3
