"""The overview as data: one row for each review, for a spreadsheet."""

import csv
import re
from io import StringIO

from accounts.site import link
from reviews import glance

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
# A spreadsheet takes such a text for a formula; "-5 days" and "+41 44 000 00 00" are none.
FORMULA = re.compile(r"[=@\t\r\n]|[+-](?!\d[\w\s.,:%/-]*$)")


def text_of(outlooks):
    """The rows as CSV (RFC 4180), by vendor and deployment. Dates as 2026-11-21."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerow(HEADINGS)
    for outlook in outlooks:
        writer.writerow([harmless(cell) for cell in _row(outlook)])
    return sheet.getvalue()


def harmless(cell):
    """Text that a spreadsheet shows as it is: what it would compute gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


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
        review.due_on.isoformat(),
        review.lead.name,
        _day(next((step for step in outlook.steps if step.lapsing), None)),
        _day(outlook.lost),
        _day(outlook.unapproved),
        link(review.get_absolute_url()),
    )


def _day(step):
    return step.day.isoformat() if step else ""
