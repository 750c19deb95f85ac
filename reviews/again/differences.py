"""What differs between two reviews of a chain, statement by statement?

A decided review says what its decision froze; one that is not decided says what stands there now.
"""

import json
from dataclasses import dataclass, field

from django.utils import timezone

from evidence.validity import in_words
from reviews import digest, gate, standing
from reviews.choices import DECIDED, Act, Finding, State
from reviews.models import Item, SignOff

FROZEN = frozenset({*DECIDED, State.LAPSED})
ALWAYS_KNOWN = {"statement": "wording", "state": "state"}
PARTS = ALWAYS_KNOWN | {"finding": "finding", "reason": "reason", "evidence": "evidence"}


@dataclass(frozen=True)
class Said:
    """What a review says of one statement. `signed` names who and when; it may change without anything differing.

    Of what nobody had signed a decision kept the state alone: then the rest `is_known` to nobody.
    """

    state: State
    statement: str = ""
    finding: str = ""
    reason: str = ""
    evidence: list[str] = field(default_factory=list)
    signed: str = ""
    is_known: bool = True


@dataclass(frozen=True)
class Row:
    number: int
    text: str
    then: Said | None
    now: Said | None

    @property
    def changed(self):
        return bool(self.what)

    @property
    def what(self):
        """Which parts differ, in words."""
        if not (self.then and self.now):
            return ["the statement"]
        parts = PARTS if self.then.is_known and self.now.is_known else ALWAYS_KNOWN
        return [words for part, words in parts.items() if getattr(self.then, part) != getattr(self.now, part)]

    @property
    def then_text(self):
        """The statement as it was worded then, if it was worded differently."""
        both = self.then and self.now
        return self.then.statement if both and self.then.statement != self.now.statement else ""


def between(then, now, texts):
    """A Row for every statement of either picture, by number. `texts` is `{number: statement}`."""
    return [Row(number, texts.get(number, ""), then.get(number), now.get(number)) for number in sorted({*then, *now})]


def picture(review, assessed=None):
    """`{number: Said}` of the review: as it was decided, or as it stands in `assessed` (by default computed now)."""
    decision = review.decisions.order_by("-pk").first()
    if decision is None:
        return live(assessed or gate.assess(review))
    inputs = json.loads(decision.content)["items"]
    # A withdrawal repeats the digest of what it takes back, and what is signed anew unchanged has it once more.
    rows = SignOff.objects.filter(
        act=Act.SIGNED,
        signed_at__lte=decision.decided_at,
        digest__in={sealed for _, _, sealed in inputs if sealed},
        item__review__deployment=review.deployment_id,
    )
    rows = rows.select_related("item__review").order_by("pk")
    signed = {row.digest: row for row in rows}
    worded = dict(Item.objects.in_force(review).values_list("statement__number", "statement__text"))
    return {
        number: _frozen(State(state), worded.get(number, ""), signed.get(sealed)) for number, state, sealed in inputs
    }


def live(assessed):
    """`{number: Said}` as it stands now."""
    found = {}
    for item in assessed.items:
        state = assessed.states[item.pk]
        signoff = standing.last_signoff(item) if state in FROZEN else None
        cited = digest.content_of(item, "")["evidence"]
        found[item.number] = Said(
            state=state,
            statement=item.statement.text,
            finding=item.get_finding_display(),
            reason=item.reason,
            evidence=[_line(each) for each in cited],
            signed=_signed(signoff),
        )
    return found


def texts(assessed):
    return {item.number: item.statement.text for item in assessed.items}


def _frozen(state, statement, row):
    if row is None:
        return Said(state, statement, is_known=False)
    content = json.loads(row.content)
    return Said(
        state=state,
        statement=statement,
        finding=Finding(content["finding"]).label,
        reason=content["reason"],
        evidence=[_line(each) for each in content["evidence"]],
        signed=_signed(row),
    )


def _signed(row):
    return f"{row.signer_in_words}, {in_words(timezone.localdate(row.signed_at))}" if row else ""


def _line(cited):
    """Which version of which document, without what is quoted from it: the dossier may not repeat that."""
    parts = [
        f"{cited['name']}, version {cited['version']}",
        cited["locator"],
        cited["valid_until"] and f"valid until {digest.day_in_words(cited['valid_until'])}",
        "withdrawn" if cited["withdrawn"] else "",
        f"SHA-256 {cited['sha256'][:12]}…",
    ]
    return " · ".join(part for part in parts if part)
