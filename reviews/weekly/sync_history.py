"""Which syncs were there, who came, and where did the review stand each time?"""

from django.utils import timezone

from reviews.models import Sync
from reviews.weekly import sync_content


def of(review, user):
    """Those about the review, or with None about all of which the person may see every one; the newest first."""
    found = Sync.objects.visible_to(user).filter(review=review).select_related("review", "opened_by")
    return found.prefetch_related("attendees").order_by("-opened_at", "-pk")


def rows(syncs):
    """Each with `(satisfied, total)` as it was at its end, and who was there; an open one has no figures yet."""
    return [
        {
            "sync": sync,
            "counted": sync_content.satisfied(sync.said) if sync.closed_at else None,
            "present": sync_content.present(sync.said) if sync.closed_at else "",
        }
        for sync in syncs
    ]


def chart(rows):
    """What the chart draws, the oldest first: satisfied at the end of each sync."""
    closed = [row for row in reversed(rows) if row["counted"]]
    satisfied, total = ([row["counted"][place] for row in closed] for place in (0, 1))
    return {
        "labels": [timezone.localdate(row["sync"].closed_at).isoformat() for row in closed],
        "series": [
            {"label": "Satisfied", "tone": "confirmed", "data": satisfied},
            {"label": "Statements", "tone": "idle", "data": total},
        ],
    }
