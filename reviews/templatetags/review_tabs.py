"""Which pages does a review have, side by side?"""

from django import template
from django.urls import reverse

register = template.Library()

# Key, words, and the route with the review's slug.
TABS = (
    ("statements", "Statements", "reviews:review"),
    ("questions", "Questions", "reviews:questions"),
    ("escalations", "Escalations", "reviews:escalations"),
    ("sync", "Sync", "reviews:review_sync"),
    ("checks", "Checks", "reviews:checks"),
    ("decision", "Decision", "reviews:decision"),
    ("chain", "Chain of reviews", "reviews:review_chain"),
    ("dossier", "Dossier", "dossiers:review"),
)


@register.inclusion_tag("reviews/_tabs.html")
def review_tabs(review, current):
    """The review's pages, with `current` (a key of TABS) marked."""
    tabs = [(words, reverse(route, args=[review.slug]), key == current) for key, words, route in TABS]
    return {"tabs": tabs}
