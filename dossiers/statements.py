"""What does the dossier say about one item? Text and numbers only, from rows read with their standing."""

from accounts.choices import Role
from dossiers.wording import day, moment, shortened
from evidence import validity
from evidence.choices import LISTED_BY_HASH
from reviews import standing, warnings
from reviews.choices import DECIDED, Act, State, Status

# What a tile's state says about the work, when the finding says nothing yet.
NOT_SIGNED = {
    State.AWAITING: "Not signed yet: it was submitted and awaits its owner's sign-off.",
    State.IN_PROGRESS: "Not signed: work on it is under way.",
    State.INHERITED: "Not signed in this review: what an earlier review found is carried over and counts for nothing yet.",
    State.NOT_STARTED: "Not signed: work on it has not started.",
    State.UNOWNED: "Not signed: nobody owns it, so nobody can sign it.",
}


def described(item, gate, siblings, cap):
    """One item as the dossier prints it. `cap` is the number of characters printed of each text."""
    state = gate.states[item.pk]
    holder = item.holder
    return {
        "number": item.number,
        "text": item.statement.text,
        "place": f"{item.statement.category.name} {item.statement.position}",
        "state": state.value,
        "state_label": state.label,
        "status": item.get_status_display(),
        "answered_by": item.answered_by.label,
        "role": item.role_label,
        "suggested_role": "" if item.role else _suggested(item),
        "owner": holder.name if holder else "",
        "rests_on": item.review.title if item.review_id != gate.review.pk else "",
        "why_again": item.why_again or [],
        "due": day(item.due_on),
        "late": standing.is_late(item, gate.today),
        "finding": item.get_finding_display(),
        "reason": shortened(item.reason, cap),
        "asked": shortened(item.asked, cap),
        "asked_of": shortened(item.asked_of, cap),
        "notes": shortened(item.notes, cap),
        "warnings": [
            _warning(warning) for warning in warnings.warnings_for(item, siblings) if warning.kind != "lapsed"
        ],
        "citations": [_citation(item, citation, gate.today, cap) for citation in item.citations.all()],
        "conflicts": [_conflict(conflict, cap) for conflict in item.conflicts.all()],
        "signature": _signature(item, state),
        "not_signed": NOT_SIGNED.get(state, ""),
        "lapsed": standing.lapse_reason(item, gate.today) if state == State.LAPSED else "",
        "submitted": _submitted(item),
    }


def _suggested(item):
    role = item.statement.suggested_role
    return Role(role).label if role else ""


def _warning(warning):
    return {"text": shortened(warning.text, 2_000), "rule": warning.rule}


def _citation(item, citation, today, cap):
    evidence, version = citation.evidence, citation.evidence.current
    restricted = evidence.confidentiality in LISTED_BY_HASH
    max_age = standing.max_age(item, evidence)
    unusable = standing.unusable_reason(item, citation, today)
    return {
        "evidence": evidence.pk,
        "title": evidence.title,
        "kind": evidence.get_kind_display(),
        "restricted": restricted,
        "name": version.name,
        "version": version.number,
        "sha256": version.sha256,
        "is_link": version.is_link,
        "locator": citation.locator,
        # What a document under NDA says is not repeated here; its hash names it.
        "quote": "" if restricted else shortened(citation.quote, cap),
        "dates": validity.dates_in_words(version),
        "valid": "expired" if unusable else "valid",
        "validity": unusable or _good_until(validity.expires_on(version, max_age)),
    }


def _conflict(conflict, cap):
    """Sources that disagree, in the order in which they prevail; what a document under NDA says is not repeated."""
    settled = f"{conflict.resolved_by.name}, {moment(conflict.resolved_at)}" if conflict.resolved_by else ""
    return {
        "about": conflict.title,
        "sides": [_side(side, conflict, cap) for side in conflict.ranked],
        "settled": settled,
        "resolution": shortened(conflict.resolution, cap),
    }


def _side(side, conflict, cap):
    restricted = bool(side.evidence) and side.evidence.confidentiality in LISTED_BY_HASH
    return {
        "rank": side.get_rank_display(),
        "source": side.source,
        "says": "" if restricted else shortened(side.says, cap),
        "where": "" if restricted else side.where,
        "dated": day(side.dated),
        "restricted": restricted,
        "prevails": side.pk == conflict.prevails_id,
    }


def _good_until(last):
    return f"Usable until {day(last)}." if last else "Usable; nothing says that it expires."


def _submitted(item):
    if not item.submitted_by or item.status not in {Status.AWAITING, Status.COMPLETE}:
        return ""
    return f"{item.submitted_by.name}, {moment(item.submitted_at)}"


def _signature(item, state):
    """The signature the item carries, also a lapsed one; a withdrawal is told with its reason."""
    row = standing.last_signoff(item)
    if row is None or (row.act == Act.SIGNED and item.status != Status.COMPLETE):
        return None
    return {
        "withdrawn": row.act == Act.WITHDRAWN,
        "finding": row.get_finding_display(),
        "signer": row.signer_name,
        "role": row.role_in_words,
        "at": moment(row.signed_at),
        "meaning": row.meaning,
        "reason": shortened(row.reason, 2_000),
        "digest": row.digest,
        "current": state in DECIDED,
    }
