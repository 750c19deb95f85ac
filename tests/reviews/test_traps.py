"""Are the traps of the source shown where they are, and only there? (rules 14 to 19)"""

import pytest

from reviews import gate, opening, warnings
from reviews.choices import AnsweredBy, Finding
from tests.cast import add_evidence, item, record, settle, submit
from vendors.choices import Channel, Regime
from vendors.models import Deployment

PAIRS = [(5, 39), (12, 43), (13, 44), (4, 38)]
ACCESS = range(28, 37)


@pytest.fixture
def open_review(vendor, checklist, lead, stakeholders):
    def open_it(channel=Channel.CLAUDE_ENTERPRISE, regimes=("gdpr", "hipaa")):
        deployment = Deployment.objects.create(
            vendor=vendor, name=channel.label, channel=channel, regimes=list(regimes)
        )
        return opening.open_review(deployment, checklist, by=lead, holders=stakeholders)

    return open_it


def siblings(review):
    return {each.number: each for each in review.items.with_standing()}


def traps(review, kind):
    """`{number: text}` of the items that carry this trap."""
    items = siblings(review)
    found = {
        number: [trap.text for trap in warnings.warnings_for(each, items) if trap.kind == kind]
        for number, each in items.items()
    }
    return {number: " ".join(texts) for number, texts in found.items() if texts}


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize(
    "findings",
    [("confirmed", "unconfirmed"), ("unconfirmed", "confirmed"), ("confirmed", "not_applicable")],
    ids="-".join,
)
def test_rule_14_different_findings_in_a_pair_are_a_warning_on_both(review, reviewer, one, other, findings):
    for number, finding in zip((one, other), findings, strict=True):
        record(item(review, number), reviewer, Finding(finding))
    found = traps(review, "contradiction")
    assert found.keys() == {one, other}
    assert f"Statement {other} says “{Finding(findings[1]).label.lower()}”" in found[one]
    assert f"Statement {one} says “{Finding(findings[0]).label.lower()}”" in found[other]
    pairs = warnings.contradictions(siblings(review).values())
    assert [(left.number, right.number) for left, right, _ in pairs] == [tuple(sorted((one, other)))]
    assert all(why for _, _, why in pairs)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_rule_14_the_same_finding_or_none_yet_is_no_contradiction(review, reviewer, one, other):
    record(item(review, one), reviewer)
    assert traps(review, "contradiction") == {}
    record(item(review, other), reviewer)
    assert traps(review, "contradiction") == {}


def test_rule_14_statements_that_are_no_pair_may_differ(review, reviewer):
    for number in (1, 2, 3, 6, 7):
        record(item(review, number), reviewer, list(Finding)[number % 3])
    assert traps(review, "contradiction") == {}


def test_rule_14_a_contradiction_warns_and_does_not_stop_the_signature(review, reviewer, evidence):
    settle(review, [5], reviewer, evidence)
    settle(review, [39], reviewer, finding=Finding.UNCONFIRMED)
    assert gate.assess(review).counts == {"confirmed": 1, "unconfirmed": 1, "unowned": 2, "not_started": 43}
    assert traps(review, "contradiction").keys() == {5, 39}


def test_rule_15_statement_10_may_be_undesirable_when_true(review):
    found = traps(review, "wording")
    assert 10 in found
    assert "customer-managed" in found[10]
    items = siblings(review)
    rules = {trap.rule for trap in warnings.warnings_for(items[10], items) if trap.kind == "wording"}
    assert rules == {"Check the wording against your policy."}


def test_rule_16_thirty_days_are_held_against_the_72_hours_while_gdpr_is_in_scope(open_review):
    found = traps(open_review(regimes=["gdpr"]), "weak_standard")
    assert {13, 44} <= found.keys()
    assert all("72 hours" in found[number] for number in (13, 44))


def test_rule_16_without_gdpr_the_72_hours_are_not_mentioned(open_review):
    found = traps(open_review(regimes=["hipaa", "ccpa"]), "weak_standard")
    assert not any("72 hours" in text for text in found.values())


@pytest.mark.parametrize("regimes", [[], ["gdpr"], [value for value in Regime.values if value != "hipaa"]])
def test_rule_17_without_hipaa_not_applicable_is_suggested_for_the_baa(open_review, regimes):
    review = open_review(regimes=regimes)
    found = traps(review, "not_applicable")
    assert found.keys() == {5, 39}
    assert all("“Not applicable” is suggested" in text and "sign-off" in text for text in found.values())
    assert {number for number, each in siblings(review).items() if warnings.suggests_not_applicable(each)} == {5, 39}


def test_rule_17_with_hipaa_nothing_is_suggested(open_review):
    review = open_review(regimes=["hipaa"])
    assert traps(review, "not_applicable") == {}
    assert not any(warnings.suggests_not_applicable(each) for each in siblings(review).values())


def test_rule_17_the_suggestion_counts_only_once_it_is_signed(open_review, reviewer):
    review = open_review(regimes=[])
    assert gate.assess(review).not_applicable == 0
    settle(review, [5, 39], reviewer, finding=Finding.NOT_APPLICABLE)
    assert gate.assess(review).not_applicable == 2
    assert traps(review, "not_applicable") == {}


@pytest.mark.parametrize("channel", [Channel.CLAUDE_API, Channel.BEDROCK, Channel.VERTEX])
def test_rule_18_access_is_our_own_duty_on_api_channels(open_review, channel):
    review = open_review(channel)
    items = siblings(review)
    assert {items[number].answered_by for number in ACCESS} == {AnsweredBy.OURS}
    found = traps(review, "responsibility")
    assert set(ACCESS) <= found.keys()


def test_rule_18_the_guidance_changes_with_the_channel(open_review):
    texts = {channel: traps(open_review(channel), "responsibility").get(28) for channel in Channel}
    assert texts[Channel.CLAUDE_API] != texts[Channel.CLAUDE_ENTERPRISE]
    assert len({texts[Channel.CLAUDE_API], texts[Channel.BEDROCK], texts[Channel.VERTEX]}) == 3


def test_rule_18_on_claude_enterprise_the_vendor_answers_for_access(review):
    assert {siblings(review)[number].answered_by for number in (28, 29)} == {AnsweredBy.VENDOR}


@pytest.mark.parametrize("channel", list(Channel))
def test_rule_19_each_statement_says_whose_answer_it_is_on_the_channel(open_review, channel):
    items = siblings(open_review(channel))
    assert len(items) == 47
    expected = {
        number: each.statement.answered_by_channel.get(channel.value, each.statement.answered_by)
        for number, each in items.items()
    }
    assert {number: each.answered_by.value for number, each in items.items()} == expected
    assert all(each.answered_by.label for each in items.values())


@pytest.mark.parametrize("channel", [Channel.BEDROCK, Channel.VERTEX])
def test_rule_19_in_a_cloud_the_vendors_answers_come_from_its_provider(open_review, channel):
    review = open_review(channel)
    found = traps(review, "responsibility")
    vendors = {number for number, each in siblings(review).items() if each.answered_by == AnsweredBy.VENDOR}
    assert vendors
    assert vendors <= found.keys()


def test_rule_19_outside_a_cloud_no_provider_is_named(review):
    assert not any("the cloud provider is the processor" in text for text in traps(review, "responsibility").values())


def test_proof_of_an_unusual_kind_is_shown_to_who_signs_too(review, reviewer, vendor):
    submit(item(review, 1), reviewer, add_evidence(vendor, reviewer, kind="other"))
    assert traps(review, "weak_proof") == {
        1: "None of the cited evidence is of a kind that usually proves this statement."
    }
