"""How does an item stand today? Computed at the moment of asking (rule 8); for many at once, see `standings`."""

import json

from django.utils import timezone

from evidence import validity
from evidence.choices import Kind
from reviews import digest, names
from reviews.choices import Act, Finding, State, Status


def max_age(item, evidence):
    """Months after which evidence of this kind no longer proves the item's statement, or None."""
    ages = [proof.get("max_age_months") for proof in item.statement.proofs if proof["kind"] == evidence.kind]
    return ages[0] if ages else None


def proofs_in_words(item):
    """Which kinds of evidence usually prove the item's statement, and how old they may be."""
    ages = [(Kind(proof["kind"]).label, proof.get("max_age_months")) for proof in item.statement.proofs]
    return ", ".join(f"{kind} (at most {months} months old)" if months else kind for kind, months in ages)


def unusable_reason(item, citation, today=None):
    """Why the cited evidence proves nothing today, in words; empty when it does."""
    evidence = citation.evidence
    return validity.unusable_reason(evidence, evidence.current, today or timezone.localdate(), max_age(item, evidence))


def expiries(item):
    """`[(last valid day, citation)]`, soonest first, of the citations whose evidence expires."""
    days = [
        (validity.expires_on(citation.evidence.current, max_age(item, citation.evidence)), citation)
        for citation in item.citations.all()
    ]
    return sorted((pair for pair in days if pair[0]), key=lambda pair: pair[0])


def expires_on(item, today=None):
    """The next last valid day among the cited evidence, from today on; None when nothing expires."""
    today = today or timezone.localdate()
    return next((day for day, _ in expiries(item) if day >= today), None)


def last_signoff(item):
    """The newest sign-off row, signed or withdrawn, or None."""
    if not hasattr(item, "last_signoffs"):
        item.last_signoffs = list(item.signoffs.last_of_each())
    return item.last_signoffs[0] if item.last_signoffs else None


def lapse_reason(item, today=None):
    """Why a complete item's sign-off no longer counts, in words; empty while it is current (rule 8)."""
    if reason := broken_reason(item):
        return reason
    day, citation = lapses_after(item)
    if day is None or day >= (today or timezone.localdate()):
        return ""
    return f"{citation.evidence.title} expired on {validity.in_words(day)}."


def broken_reason(item):
    """Why the sign-off no longer covers what stands there, whatever the day; empty while it does."""
    signoff = last_signoff(item)
    if signoff is None or signoff.act != Act.SIGNED:
        return "It carries no sign-off."
    now = digest.content_of(item, signoff.meaning, names.of(item.review, signoff.digest))
    if signoff.digest == digest.sha256(digest.canonical(now)):
        return ""
    parts = [what.lower() for what, _, _ in digest.differences(json.loads(signoff.content), now)]
    return f"Changed since it was signed: {', '.join(parts) or 'where it belongs'}."


def lapses_after(item):
    """`(last day of the sign-off, citation that ends it)`, or `(None, None)` when nothing it cites expires.

    An expired report may itself be why something cannot be confirmed: only expiry after signing lapses that.
    """
    signed_on = timezone.localdate(last_signoff(item).signed_at)
    ending = (pair for pair in expiries(item) if item.finding == Finding.CONFIRMED or pair[0] >= signed_on)
    return next(ending, (None, None))


def is_current(item, today=None):
    return item.status == Status.COMPLETE and not lapse_reason(item, today)


def is_late(item, today):
    """Whether the due day has passed and the item is not complete; a lapsed one was in time once (rule 9)."""
    return item.status != Status.COMPLETE and item.due_on < today


def state_of(item, today=None):
    """The one word a tile shows."""
    if item.status == Status.COMPLETE:
        return State(item.finding) if is_current(item, today) else State.LAPSED
    if item.is_unowned:
        return State.UNOWNED
    return State.INHERITED if item.is_inherited else State(item.status)
