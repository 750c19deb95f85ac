"""Which evidence expires in the span?"""

from evidence.models import Version
from evidence.validity import EXPIRING
from reviews.calendar.entry import Entry, said
from reviews.choices import (
    OnCalendar,
)


def evidence(asked):
    rows = Version.objects.newest().visible_to(asked.user).select_related("evidence__vendor")
    rows = rows.filter(valid_until__range=asked.days, evidence__withdrawn_at=None)
    rows = rows.filter(asked.of_vendor("evidence__vendor"), asked.of_person("uploaded_by"))
    return [
        Entry(
            key=f"evidence-{row.evidence_id}",
            kind=OnCalendar.EVIDENCE,
            day=row.valid_until,
            title=row.evidence.title,
            outside=said("Evidence expires", row.evidence.vendor.name),
            url=row.evidence.get_absolute_url(),
            vendor=row.evidence.vendor.name,
            state=_expiry(row.valid_until, asked.today),
        )
        for row in rows
    ]


def _expiry(day, today):
    if day < today:
        return "expired"
    return "expiring" if day <= today + EXPIRING else "neutral"
