"""The overview as data: one row for each review, for a spreadsheet."""

import csv
from io import StringIO

from accounts.site import link
from reviews import glance
from reviews.harmless import escaped

HEADINGS = (
    "Vendor",
    "Deployment",
    "Review",
    "Recommendation",
    "Approval",
    "Satisfied",
    "Needed",
    "Confirmed",
    "Not applicable",
    "Cannot be confirmed",
    "Lapsed",
    "Total",
    "Deadline",
    "Lead",
    "Next lapse",
    "Go lost on",
    "Approval on hold from",
    "Address",
)


def text_of(outlooks):
    """The rows as CSV (RFC 4180), by vendor and deployment. Dates as 2026-11-21."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow(HEADINGS)
    for outlook in outlooks:
        writer.writerow([escaped(cell) if isinstance(cell, str) else cell for cell in _row(outlook)])
    return sheet.getvalue()


def _row(outlook):
    review, tally = outlook.review, outlook.now.gate
    return (
        review.vendor.name,
        review.deployment.name,
        review.title,
        tally.recommendation.label,
        glance.APPROVALS[glance.approval_of(outlook)],
        tally.satisfied,
        tally.needed,
        tally.confirmed,
        tally.not_applicable,
        tally.unconfirmed,
        tally.counts["lapsed"],
        tally.total,
        review.due_on,
        review.lead.name,
        _day(next((step for step in outlook.steps if step.lapsing), None)),
        _day(outlook.lost),
        _day(outlook.unapproved),
        link(review.get_absolute_url()),
    )


def _day(step):
    return step.day if step else ""
