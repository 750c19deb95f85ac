"""What does a page print of proposals, in a constant number of queries?"""

from django.db.models import Case, Value, When

from reviews.choices import Relevance
from reviews.querysets import GUIDANCE

NEAREST_FIRST = Case(
    *(When(relevance=relevance, then=Value(place)) for place, relevance in enumerate(Relevance)), default=Value(9)
)


def with_names(proposals):
    """By statement, the nearest questions first, with all that one of them prints."""
    related = ("source__review", "item__statement", "item__review__deployment__vendor", "decided_by")
    rows = proposals.select_related(*related).order_by("item__statement__number", NEAREST_FIRST, "pk")
    return rows.defer(
        "source__content", "source__tables", "source__found", *(f"item__statement__{name}" for name in GUIDANCE)
    )
