"""Do we know what we do when the vendor has an incident? (gap 4 of the source)"""

from django.urls import reverse

from evidence.choices import Kind
from reviews import standing
from reviews.checks.found import Found

PLAN = 43  # the statement that an incident response plan is documented and tested
# An incident procedure may be the vendor's, so it says nothing of what we do.
OWN = frozenset({Kind.TEST_RECORD, Kind.POLICY})


def find(ground):
    """Fires while no drill is in force and statement 43 cites no usable record of ours."""
    item = ground.statement(PLAN)
    if item is None or ground.drills or _own_proof(item, ground.today):
        return
    kinds = sorted({citation.evidence.kind for citation in item.citations.all()})
    vendor = ground.review.vendor
    yield Found(
        why=f"No incident drill is in force for this deployment, and statement {PLAN} {_cited(kinds)}. "
        f"Nothing here says who answers, whom we tell and how data is cut off when {vendor.name} has an incident.",
        next_step="Write the plan, and put a drill twice a year in force.",
        url=reverse("reviews:obligation_new", args=[vendor.slug]),
        facts=kinds,
    )


def _cited(kinds):
    if own := [kind for kind in kinds if kind in OWN]:
        return f"cites a {_said(own)} that cannot be used today"
    return f"cites {_said(kinds)} only, which may be the vendor's" if kinds else "cites nothing yet"


def _said(kinds):
    """The kinds inside a sentence; what is written in capitals stays so."""
    words = ", ".join(Kind(kind).label for kind in kinds).split(" ")
    return " ".join(word if word.isupper() else word.lower() for word in words)


def _own_proof(item, today):
    return any(
        citation.evidence.kind in OWN and not standing.unusable_reason(item, citation, today)
        for citation in item.citations.all()
    )
