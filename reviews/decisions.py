"""What did the CISO decide, over which gate, under which conditions? (rules 11 to 13)"""

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.permissions import Refused, ask
from reviews import deputies, digest, events, gate, standing
from reviews.again import reassessments
from reviews.choices import DECIDED, Outcome, State, Status
from reviews.gate import Recommendation
from reviews.models import Condition, Decision, Review
from reviews.permissions import can_decide, can_meet
from reviews.recurring import obligations, occurrences

SALT = "reviews.decision.shown"
MEANINGS = {
    Outcome.GO: "I have read this review's recommendation and approve the deployment {deployment}.",
    Outcome.CONDITIONAL: (
        "I have read this review's recommendation and approve the deployment {deployment} under the conditions written here."
    ),
    Outcome.HOLD: "I have read this review's recommendation and hold the deployment {deployment}.",
    Outcome.ESCALATE: (
        "I have read this review's recommendation and escalate what cannot be confirmed to the vendor's account team; "
        "{deployment} is held meanwhile."
    ),
    Outcome.REFUSE: "I have read this review's recommendation and refuse the deployment {deployment}.",
}


def possible(assessed):
    """`{outcome: reason it is not possible, or ''}` over this gate: an approval needs its ground, caution never does."""
    recommendation = assessed.recommendation
    go = "" if recommendation == Recommendation.GO else f"The recommendation is “{recommendation.label}”, not “Go”."
    conditional = ""
    if recommendation not in {Recommendation.GO, Recommendation.CONDITIONAL}:
        conditional = "An approval with conditions needs every statement decided and fewer than " + (
            f"{assessed.escalate_at} that cannot be confirmed."
        )
    disputed = ""
    if assessed.disputed:
        numbers = ", ".join(str(item.number) for item in assessed.disputed)
        disputed = f"Sources disagree about statement {numbers}: settle that before anything is approved."
    return {
        Outcome.GO: go or disputed,
        Outcome.CONDITIONAL: conditional or disputed,
        Outcome.HOLD: "",
        Outcome.ESCALATE: "" if assessed.unconfirmed else "Nothing is signed as “cannot be confirmed”.",
        Outcome.REFUSE: "",
    }


def same_hand(user, assessed):
    """Why this person may not decide over these items (rule 13 with rule 5), or ''."""
    done = [str(item.number) for item in assessed.items if item.status == Status.COMPLETE and user.pk in _hands(item)]
    if not done:
        return ""
    return (
        f"You submitted, found, settled the sources of or uploaded evidence for statement {', '.join(done)}. "
        "Someone else has to hold the CISO's role to decide over it."
    )


def replaced(review):
    """Why nothing is decided here any more, or ''."""
    title = review.replaced_by
    return f"“{title}” was decided since: the decision in force is there." if title else ""


def _hands(item):
    uploaders = {person for citation in item.citations.all() for person in citation.brought_by}
    settled = {conflict.resolved_by_id for conflict in item.conflicts.all()} - {None}
    return uploaders | settled | {item.submitted_by_id, item.finding_by_id}


def shown(assessed, *, to):
    """The sealed inputs of the gate as the page shows them to this person, and the words of each outcome, to come back
    with the click."""
    review = assessed.review
    meanings = {outcome.value: meaning_of(outcome, review, by=to) for outcome in Outcome}
    seal = {"to": to.pk, "decisions": review.decisions.count(), "inputs": inputs(assessed), "meanings": meanings}
    return signing.dumps(seal, salt=SALT, compress=True)


def inputs(assessed):
    """The gate as it is, for the record: counts, thresholds, and each item's state and signature."""
    return {
        "format": 1,
        "review": assessed.review.slug,
        "checklist": str(assessed.review.checklist),
        "recommendation": assessed.recommendation.value,
        "sum": assessed.sum_in_words,
        "cannot_be_confirmed": assessed.unconfirmed,
        "needed": assessed.needed,
        "escalate_at": assessed.escalate_at,
        "items": [_input(item, assessed.states[item.pk]) for item in assessed.items],
    }


def _input(item, state):
    signoff = standing.last_signoff(item)
    signed = state in DECIDED or state == State.LAPSED
    return [item.number, state.value, signoff.digest if signed and signoff else ""]


def meaning_of(outcome, review, *, by):
    """The sentence this person puts their name to; a deputy's says in whose place."""
    meaning = MEANINGS[Outcome(outcome)].format(deployment=review.deployment.name)
    return deputies.words(meaning, Role.CISO.label, user=by, holder=review.holders.get(Role.CISO))


@transaction.atomic
def decide(review, *, by, outcome, reason, shown, conditions=()):
    """Record the decision, signed by the CISO or their deputy, and return it. `conditions` are `(text, owner, due day)`.

    The caller has made sure of a recent re-authentication. Raises Refused with a sentence when the gate moved
    since `shown`, when it does not allow the outcome, or when reason or conditions are missing.
    """
    reassessments.lock_chain(review)
    review = Review.objects.select_for_update(of=("self",)).with_context().get(pk=review.pk)
    ask(can_decide(by, review))
    assessed = gate.assess(review)
    meaning = meaning_of(outcome, review, by=by)
    _must_be_what_was_shown(shown, by, assessed, outcome, meaning)
    refusal = (
        replaced(review)
        or same_hand(by, assessed)
        or possible(assessed)[Outcome(outcome)]
        or _missing(outcome, reason, conditions)
    )
    if refusal:
        raise Refused(refusal)
    content = digest.canonical(inputs(assessed) | _decided(review, outcome, reason, conditions) | {"meaning": meaning})
    decision = Decision.objects.create(
        review=review,
        number=review.decisions.count() + 1,
        outcome=outcome,
        recommendation=assessed.recommendation,
        reason=reason,
        signer=by,
        signer_name=by.name,
        signer_role=deputies.as_printed(Role.CISO.label, user=by, holder=review.holders[Role.CISO]),
        meaning=meaning,
        content=content,
        digest=digest.sha256(content),
    )
    for text, owner, due_on in conditions:
        Condition.objects.create(decision=decision, text=text, owner=owner, due_on=due_on)
    occurrences.close_by_review(decision)
    if decision.is_approval:
        obligations.propose(review, by=by)
    _record(decision, by, assessed)
    return decision


def _must_be_what_was_shown(sealed, by, assessed, outcome, meaning):
    try:
        seal = signing.loads(sealed, salt=SALT)
    except signing.BadSignature:
        raise Refused(
            "Not decided: the form did not say what it showed. Open the page again and decide from there."
        ) from None
    seen, now = seal["inputs"], inputs(assessed)
    if seal["to"] != by.pk or seen["review"] != now["review"]:
        raise Refused(
            "Not decided: the form showed another review, or was shown to somebody else. "
            "Open the page again and decide from there."
        )
    if seal["decisions"] != assessed.review.decisions.count():
        raise Refused("Not decided: a decision was recorded since you opened the page. Look at it and decide again.")
    if seal.get("meanings", {}).get(outcome) != meaning:
        raise Refused("Not decided: the words to sign are others by now. Read them again and decide.")
    if seen == now:
        return
    moved = [str(new[0]) for old, new in zip(seen["items"], now["items"], strict=True) if old != new]
    what = f"Statement {', '.join(moved)} changed" if moved else "The gate changed"
    raise Refused(f"Not decided: {what} while you were reading. It was {seen['sum']}, it is {now['sum']}. Look again.")


def _missing(outcome, reason, conditions):
    if not reason.strip():
        return "Say in a sentence why you decide so."
    if outcome == Outcome.CONDITIONAL and not conditions:
        return "An approval with conditions needs at least one condition, with an owner and a date."
    if outcome != Outcome.CONDITIONAL and conditions:
        return "Conditions belong to an approval with conditions."
    today = timezone.localdate()
    if any(due_on < today for _, _, due_on in conditions):
        return "A condition's date cannot be in the past."
    return ""


def _decided(review, outcome, reason, conditions):
    return {
        "outcome": outcome,
        "reason": reason,
        "conditions": [[text, owner.name, due_on.isoformat()] for text, owner, due_on in conditions],
        "escalated_to": _escalated_to(review, outcome),
    }


def _escalated_to(review, outcome):
    if outcome != Outcome.ESCALATE:
        return []
    return [f"{contact.name} {contact.email}".strip() for contact in gate.escalation_contacts(review)]


def _record(decision, by, assessed):
    review = decision.review
    events.record(
        "review.decided",
        review,
        review=review,
        by=by,
        content_hash=f"sha256:{decision.digest}",
        approved_by=decision.signer_name if decision.is_approval else "",
        before={"recommendation": assessed.recommendation.label, "sum": assessed.sum_in_words},
        after={"outcome": decision.get_outcome_display()} | deputies.noted(by, review.holders[Role.CISO]),
        reason=decision.reason,
    )


@transaction.atomic
def meet(condition, *, by, note):
    """Mark a condition as met, by its owner, the CISO or the deputy of one of them.

    Raises Refused when it already is or nothing is said.
    """
    condition = Condition.objects.select_for_update().select_related("decision__review", "owner").get(pk=condition.pk)
    review = condition.decision.review
    ask(can_meet(by, condition))
    if condition.met_at:
        raise Refused("This condition is met already.")
    if not note.strip():
        raise Refused("Say how the condition was met.")
    condition.met_at = timezone.now()
    condition.met_by = by
    condition.met_note = note
    condition.save(update_fields=["met_at", "met_by", "met_note"])
    events.record(
        "condition.met",
        condition,
        review=review,
        by=by,
        after={"met": True} | _in_place(by, condition.owner, review.holders.get(Role.CISO)),
        reason=note,
    )


def _in_place(by, *holders):
    """In whose place this person acts: of the first of these that they are or act for."""
    for holder in holders:
        if by == holder:
            return {}
        if holder and deputies.absence_behind(by, holder):
            return deputies.noted(by, holder)
    return {}


def last_decision(review):
    """The decision in force, or None."""
    return review.decisions.order_by("-pk").first()
