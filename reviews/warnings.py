"""Which traps of the source does the product show rather than hide? (rules 14 to 19)"""

from dataclasses import dataclass

from reviews import standing
from reviews.asking import red_flags
from reviews.choices import AnsweredBy, Finding, Status
from reviews.gate import findings_differ
from reviews.policy import policies
from vendors.choices import CLOUD_CHANNELS, Channel, Regime

# Which of docs/rules.md each kind comes from.
RULES = {
    "contradiction": 14,
    "disputed": 4,
    "red flag": 11,
    "wording": 15,
    "weak_standard": 16,
    "not_applicable": 17,
    "responsibility": 18,
    "lapsed": 8,
    "weak_proof": 4,
}


@dataclass(frozen=True)
class Trap:
    """`kind` names the trap, `text` says it, `rule` why it is shown; `url` and `link`: where more of it stands."""

    kind: str
    text: str
    rule: str
    url: str = ""
    link: str = ""

    @property
    def rule_number(self):
        """The rule it comes from, or None: the policy is a gap of the source, not a rule."""
        return RULES.get(self.kind)


def warnings_for(item, siblings):
    """The warnings on one item. `siblings` is `{number: item}` of the same review."""
    return [
        *_contradictions(item, siblings),
        *_disputed(item),
        *_wording(item),
        *_regime_notes(item),
        *_does_not_apply(item),
        *_responsibility(item),
        *_lapsed(item),
        *_weak_proof(item),
        *_policy(item),
    ]


def red_flags_for(item):
    """The source's red flag on one item, if it has one; asked of the letters to the account team."""
    return [
        Trap("red flag", flag.text, red_flags.RULE, flag.escalation.get_absolute_url(), "Show the letter")
        for flag in red_flags.of([item]).values()
    ]


def contradictions(items):
    """Pairs of items whose findings contradict each other, each pair once (rule 14)."""
    by_number = {item.number: item for item in items}
    return [
        (item, other, why)
        for item in items
        for other, why in _related(item, by_number)
        if item.number < other.number and findings_differ(item, other)
    ]


def _related(item, siblings):
    return [
        (siblings[relation["number"]], relation.get("why", ""))
        for relation in item.statement.related
        if relation["number"] in siblings
    ]


def _contradictions(item, siblings):
    for other, why in _related(item, siblings):
        if findings_differ(item, other):
            yield Trap(
                "contradiction",
                f"Statement {other.number} says “{other.get_finding_display().lower()}”, this one "
                f"“{item.get_finding_display().lower()}”. {why}".strip(),
                "Statements that mean the same should not be answered differently.",
            )


def _disputed(item):
    for conflict in item.conflicts.all():
        if conflict.is_open:
            signed = " It was signed before; the signature stays, and nothing is approved over it."
            yield Trap(
                "disputed",
                f"Sources disagree: “{conflict.title}”.{signed if item.status == Status.COMPLETE else ''}",
                "Until somebody says which source prevails, nobody signs what rests on them.",
            )


def _wording(item):
    if item.statement.caution:
        yield Trap("wording", item.statement.caution, "Check the wording against your policy.")


def _regime_notes(item):
    for regime in item.review.deployment.regimes:
        if note := item.statement.regime_notes.get(regime):
            yield Trap("weak_standard", note, f"{Regime(regime).label} is in scope of this deployment.")


def suggests_not_applicable(item):
    """Whether the deployment's regimes and channel leave the statement without an object (rule 17). It still needs signing."""
    deployment = item.review.deployment
    regimes, channels = item.statement.regimes, item.statement.channels
    out_of_regime = bool(regimes) and not set(regimes) & set(deployment.regimes)
    out_of_channel = bool(channels) and deployment.channel not in channels
    return out_of_regime or out_of_channel


def _does_not_apply(item):
    if not suggests_not_applicable(item) or item.finding == Finding.NOT_APPLICABLE:
        return
    regimes = ", ".join(Regime(value).label for value in item.statement.regimes)
    channels = ", ".join(Channel(value).label for value in item.statement.channels)
    yield Trap(
        "not_applicable",
        f"Matters only for {regimes or channels}, which this deployment does not have in scope. "
        "“Not applicable” is suggested; it needs a justification and a sign-off like any finding.",
        "Statements apply by regime and channel.",
    )


def _responsibility(item):
    """Whose duty this is on the review's channel, where it differs from the default (rules 18 and 19)."""
    channel = Channel(item.review.deployment.channel)
    note = item.statement.channel_notes.get(channel, "")
    ours = item.answered_by == AnsweredBy.OURS and item.statement.answered_by != AnsweredBy.OURS
    if note or ours:
        text = note or f"On {channel.label} this is your own duty, not the vendor's."
        yield Trap("responsibility", text, f"The review covers {channel.label}.")
    elif channel in CLOUD_CHANNELS and item.answered_by == AnsweredBy.VENDOR:
        yield Trap(
            "responsibility",
            f"On {channel.label} the cloud provider is the processor: its contract and reports count here.",
            f"The review covers {channel.label}.",
        )


def _lapsed(item):
    if item.status == Status.COMPLETE and (reason := standing.lapse_reason(item)):
        yield Trap("lapsed", reason, "A sign-off counts while its content and its evidence are what was signed.")


def _weak_proof(item):
    usual = {proof["kind"] for proof in item.statement.proofs}
    cited = {citation.evidence.kind for citation in item.citations.all()}
    if item.finding == Finding.CONFIRMED and usual and cited and not usual & cited:
        yield Trap(
            "weak_proof",
            "None of the cited evidence is of a kind that usually proves this statement.",
            "The checklist names the kinds of evidence for each statement.",
        )


def _policy(item):
    """Of the statement that a classification is defined: whether one is in force, and what goes beyond it (gap 1)."""
    review = item.review
    if (review.checklist.slug, item.number) != policies.STATEMENT:
        return
    policy = policies.in_force(review.vendor)
    text = policies.warning(review.deployment, policy)
    if policy is None:
        text = f"No data classification policy is in force for {review.vendor.name}."
    if text:
        yield Trap("policy", text, "What a deployment may carry is what the policy lets it.")
