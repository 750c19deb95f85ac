"""What does the dossier of a re-assessment say of the reviews before it, and of what changed since?"""

from django.utils import timezone

from dossiers.wording import day
from reviews.again import differences
from reviews.models import Decision, Review


def of(review, gate):
    """The chain and the differences to the review looked at again; None for the first review of a chain.

    Then is what was decided then, now is the moment of the snapshot.
    """
    if review.again is None:
        return None
    previous = review.again.previous
    rows = differences.between(differences.picture(previous), differences.live(gate), differences.texts(gate))
    changed = [_row(row) for row in rows if row.changed]
    own = sum(item.review_id == review.pk for item in gate.items)
    return {
        "previous": previous.title,
        "trigger": review.again.get_trigger_display(),
        "why": review.again.why,
        "own": own,
        "resting": len(gate.items) - own,
        "changed": changed,
        "same": len(rows) - len(changed),
        "chain": _chain(review),
    }


def _row(row):
    return {
        "number": row.number,
        "text": row.text,
        "then_text": row.then_text,
        "what": ", ".join(row.what),
        "then": _said(row.then),
        "now": _said(row.now),
    }


def _said(said):
    if said is None:
        return None
    return {
        "state": said.state.value,
        "label": said.state.label,
        "finding": said.finding,
        "reason": said.reason,
        "evidence": said.evidence,
        "signed": said.signed,
    }


def _chain(review):
    reviews = list(Review.objects.chain_of(review))
    decided = {
        row.review_id: row
        for row in Decision.objects.filter(review__in=reviews).select_related("review").last_of_each()
    }
    return [
        {
            "title": each.title,
            "kind": each.get_kind_display(),
            "opened": day(timezone.localdate(each.opened_at)),
            "this": each.pk == review.pk,
            "decision": _decision(decided.get(each.pk)),
        }
        for each in reviews
    ]


def _decision(row):
    if row is None:
        return "Not decided"
    return f"{row.get_outcome_display()}, {row.signer_in_words}, {day(timezone.localdate(row.decided_at))}"
