"""What in the findings does not fit: sources, pairs, owners?"""

from django.urls import reverse

from evidence.choices import LISTED_BY_HASH
from reviews import warnings
from reviews.checks.found import Found, numbers


def conflicts(ground):
    """Fires once for each source conflict that nobody has settled."""
    for item in ground.items:
        for conflict in item.conflicts.all():
            if conflict.is_open:
                first = conflict.ranked[0]
                yield Found(
                    subject=str(conflict.pk),
                    title=f"Sources disagree about statement {item.number}",
                    why=f"{conflict.title}: {' / '.join(map(_said, conflict.ranked))}",
                    next_step=f"Say which prevails and why; by rank and date it is {first.source}.",
                    url=f"{item.get_absolute_url()}#conflicts",
                    facts=conflict.version,
                )


def _said(side):
    """What a document under NDA says is repeated nowhere else: dossiers print what checks say."""
    restricted = side.evidence and side.evidence.confidentiality in LISTED_BY_HASH
    return f"{side.source} (under NDA)" if restricted else f"{side.source} says “{side.says}”"


def contradictions(ground):
    """Fires once for each pair of statements that mean the same and have different findings (rule 14)."""
    for item, other, why in warnings.contradictions(ground.items):
        yield Found(
            subject=f"{item.number}-{other.number}",
            title=f"Statements {item.number} and {other.number} contradict each other",
            why=f"Statement {item.number} says “{item.get_finding_display().lower()}”, statement {other.number} "
            f"“{other.get_finding_display().lower()}”. {why}".strip(),
            next_step=f"Look at both and bring them together, or say in the notes of statement {other.number} why they differ.",
            url=other.get_absolute_url(),
            facts=[item.finding, other.finding],
        )


def unowned(ground):
    """Fires while statements have nobody who could sign them (rule 1)."""
    items = [item for item in ground.items if item.is_unowned]
    if items:
        has = "has" if len(items) == 1 else "have"
        yield Found(
            why=f"{numbers(items).capitalize()} {has} no owner, so nobody can sign there.",
            next_step="Accept the suggested roles, or give each an owner.",
            url=f"{reverse('reviews:review', args=[ground.review.slug])}?show=unowned#items",
            facts=[item.number for item in items],
        )
