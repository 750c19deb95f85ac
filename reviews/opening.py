"""How does a review begin? From a deployment and a checklist version, with an item for each statement."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts.choices import Access
from accounts.permissions import ask
from audit import log
from reviews import ownership
from reviews.choices import Kind
from reviews.models import Checklist, Item, Review
from vendors.permissions import can_lead


def latest_checklists():
    """The newest version of every checklist, by title."""
    newest = {}
    for checklist in Checklist.objects.order_by("slug", "version"):
        newest[checklist.slug] = checklist
    return sorted(newest.values(), key=lambda checklist: checklist.title)


@transaction.atomic
def open_review(deployment, checklist, *, by, title="", kind=Kind.INITIAL, lead=None, holders=None, due_on=None):
    """Open a review and return it: its items take role and due day from the checklist (rules 1 and 3).

    `holders` is `{role: person}`. `due_on` is the deadline in the organisation's time zone, by default the
    checklist's `section_days` (three weeks) from today. Statements without an owner role stay without one.
    """
    ask(can_lead(by, deployment.vendor_id))
    today = timezone.localdate()
    title = title or f"{Kind(kind).label} {today.year}"
    due_on = due_on or today + timedelta(days=checklist.section_days)
    review = Review.objects.create(
        deployment=deployment,
        checklist=checklist,
        kind=kind,
        title=title,
        slug=_free_slug(deployment, today.year),
        lead=lead or by,
        opened_by=by,
        due_on=due_on,
    )
    Item.objects.bulk_create(
        Item(review=review, statement=statement, role=statement.owner_role, due_on=due_on)
        for statement in checklist.statements.all()
    )
    log.record(
        "review.opened",
        review,
        actor=by,
        vendor=deployment.vendor,
        workspace=str(deployment),
        business_context=title,
        data_categories=deployment.data_classes,
        after={"checklist": str(checklist), "items": review.items.count(), "due_on": due_on, "lead": review.lead.name},
    )
    for role, person in (holders or {}).items():
        ownership.assign(review, role, to=person, by=by)
    return review


def possible_leads(vendor):
    return ownership.grants.holders(vendor, Access.LEAD)


def _free_slug(deployment, year):
    """`anthropic-claude-enterprise-2026`, with `-2`, `-3`… when taken."""
    stem = slugify(f"{deployment.vendor.slug} {deployment.name} {year}")[:110]
    taken = set(Review.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number = 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug
