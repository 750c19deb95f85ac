"""What does a cell of a review's sheet say? The same texts leave in a sheet and stand as “old” beside one that comes back.

Nobody reads here what the item's page would not show them. The address of restricted evidence is not printed at all:
a sheet is sent around, so what stands there is the address of its page, which asks who is reading.
"""

from django.urls import reverse
from django.utils import timezone

from accounts import grants, site
from accounts.choices import Role
from evidence.choices import LISTED_BY_HASH
from reviews import standing
from reviews.choices import Act, Finding, Status
from reviews.sheet_columns import row_version


def said(items, *, user):
    """`{item.pk: {column's name: text}}` of every column, for items read `with_standing`."""
    today = timezone.localdate()
    seen = grants.of(user)
    return {item.pk: _row(item, _citations(item, seen), today) for item in items}


def taken(items, *, user):
    """The same of the columns that are taken back alone, which asks nothing of sign-offs and costs less."""
    seen = grants.of(user)
    return {item.pk: _taken(item, _citations(item, seen)) for item in items}


def _citations(item, seen):
    return [citation for citation in item.citations.all() if citation.evidence.vendor_id in seen]


def _row(item, citations, today):
    statement = item.statement
    texts = _taken(item, citations)
    signoff = standing.last_signoff(item) if item.status == Status.COMPLETE else None
    signed = signoff if signoff and signoff.act == Act.SIGNED else None
    return texts | {
        "item": f"{statement.number}. {statement.text}",
        "wanted": standing.proofs_in_words(item),
        "number": str(statement.number),
        "category": statement.category.name,
        "position": str(statement.position),
        "answered_by": str(item.answered_by.label),
        "citations": "\n".join(_in_words(citation) for citation in citations),
        "standing": str(standing.state_of(item, today).label),
        "signed_by": f"{signed.signer_name}, {signed.role_in_words}" if signed else "",
        "signed_on": timezone.localdate(signed.signed_at).isoformat() if signed else "",
        "id": f"{item.review.slug}/{statement.number}",
        "version": row_version(texts),
    }


def _taken(item, citations):
    return {
        "stakeholder": str(Role(item.role).label) if item.role else "",
        "status": str(Status(item.status).label),
        "links": "\n".join(dict.fromkeys(_address(citation.evidence) for citation in citations)),
        "notes": item.notes,
        "owner": item.owner.email if item.owner else "",
        "due_on": item.due_on.isoformat(),
        "finding": str(Finding(item.finding).label) if item.finding else "",
        "reason": item.reason,
        "asked": item.asked,
        "asked_of": item.asked_of,
    }


def _address(evidence):
    if evidence.current.is_link and evidence.confidentiality not in LISTED_BY_HASH:
        return evidence.current.link
    return address_of(evidence.pk)


def address_of(evidence_pk):
    """The whole address of an evidence's page, as it stands in a sheet."""
    return site.link(reverse("evidence:evidence", args=[evidence_pk]))


def _in_words(citation):
    """“SOC 2 report, version 2, p. 41”, with what is quoted unless the evidence is restricted."""
    evidence = citation.evidence
    parts = [evidence.title, f"version {evidence.current.number}", citation.locator]
    quote = citation.quote if evidence.confidentiality not in LISTED_BY_HASH else ""
    return ", ".join(filter(None, parts)) + (f": “{quote}”" if quote else "")
