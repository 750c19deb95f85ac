"""Has anything happened lately that this person would see on an open page?

Pages ask every two seconds, so the answer is a few numbers: those of the newest events of the vendors in question. It looks
back a quarter of an hour only, along the events' times; whoever was away for longer reads the whole page again.
"""

import json
from datetime import timedelta

from django.utils import timezone

from audit.models import Event

WINDOW = timedelta(minutes=15)
AT_MOST = 100  # numbers in one answer; far more than happen between two questions


def answer(vendor_ids, *, to):
    """What the page compares, as JSON text: `{"events": [newest first], "others": moment, "today": day}`.

    All numbers instead of the highest: of two transactions the later one may become visible first. `others` is when
    somebody else last did something, in seconds since 1970; a page that was made later knows of it. `today` tells a
    new day, with which things expire and fall due. One query.
    """
    rows = Event.objects.filter(vendor_id__in=vendor_ids, occurred_at__gte=timezone.now() - WINDOW)
    # Who reads changes nothing that others see.
    rows = rows.exclude(event_type__endswith=".read").newest_first()
    rows = list(rows.values_list("pk", "actor_id", "occurred_at")[:AT_MOST])
    others = max((at.timestamp() for _, actor, at in rows if actor != to.pk), default=0)
    found = {"events": [pk for pk, *_ in rows], "others": others, "today": timezone.localdate().isoformat()}
    return json.dumps(found)
