"""May we verify the vendor's controls, by the contract? (gap 5 of the source)"""

from evidence.choices import Kind
from reviews import standing
from reviews.checks.found import Found
from reviews.choices import Finding

RIGHTS = 42  # the statement that third-party audit rights are granted by contract
AGREED = frozenset({Kind.CONTRACT, Kind.DPA})


def find(ground):
    """Fires unless statement 42 is confirmed with a usable contract or DPA, or does not apply."""
    item = ground.statement(RIGHTS)
    if item is None or item.finding == Finding.NOT_APPLICABLE:
        return
    agreed = [
        citation.evidence
        for citation in item.citations.all()
        if citation.evidence.kind in AGREED and not standing.unusable_reason(item, citation, ground.today)
    ]
    if item.finding == Finding.CONFIRMED and agreed:
        return
    yield Found(
        why=f"Statement {RIGHTS} {_said(item, agreed)}.",
        next_step="Negotiate audit rights into the DPA or the contract; if the vendor refuses, escalate early.",
        url=item.get_absolute_url(),
        facts={"finding": item.finding, "agreed": sorted(row.pk for row in agreed)},
    )


def _said(item, agreed):
    if item.finding == Finding.UNCONFIRMED:
        return "cannot be confirmed: the contract does not grant audit rights as far as anybody found"
    if item.finding == Finding.CONFIRMED:
        return "is confirmed, and cites no usable contract or DPA"
    return "has no finding yet" + (", though a contract or DPA is cited" if agreed else " and cites no contract or DPA")
