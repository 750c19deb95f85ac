"""How does a review begin, and what of it can change later? It has an item for each statement of a checklist version."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused, ask
from reviews import events, ownership
from reviews.choices import Kind
from reviews.models import Checklist, Item, Review
from vendors.models import Deployment
from vendors.permissions import can_lead


def latest_checklists():
    """The newest version of every checklist, by title."""
    newest = {}
    for checklist in Checklist.objects.order_by("slug", "version"):
        newest[checklist.slug] = checklist
    return sorted(newest.values(), key=lambda checklist: checklist.title)


@transaction.atomic
def open_review(deployment, checklist, *, by, title="", lead=None, holders=None, due_on=None):
    """Open a first review, of every statement, and return it: its items take role and due day from the checklist (rules 1 and 3).

    `holders` is `{role: person}`. `due_on` is the deadline in the organisation's time zone, by default the
    checklist's `section_days` (three weeks) from today. Statements without an owner role stay without one.
    """
    ask(can_lead(by, deployment.vendor_id))
    today = timezone.localdate()
    due_on = due_on or today + timedelta(days=checklist.section_days)
    review = create(
        deployment,
        checklist,
        kind=Kind.INITIAL,
        title=title or f"{Kind.INITIAL.label} {today.year}",
        lead=lead or by,
        opened_by=by,
        due_on=due_on,
    )
    Item.objects.bulk_create(
        Item(review=review, statement=statement, role=statement.owner_role, due_on=due_on)
        for statement in checklist.statements.all()
    )
    events.record(
        "review.opened",
        review,
        review=review,
        by=by,
        after={"checklist": str(checklist), "items": review.items.count(), "due_on": due_on, "lead": review.lead.name},
    )
    for role, person in (holders or {}).items():
        ownership.assign(review, role, to=person, by=by)
    return review


def create(deployment, checklist, slug="", **values):
    """A review without items, in the caller's transaction, under this address that is free or else under one of its own."""
    # Who opens another one of this deployment at once waits here, so that each gets an address of its own.
    Deployment.objects.select_for_update(no_key=True).get(pk=deployment.pk)
    slug = slug or _free_slug(deployment, timezone.localdate().year)
    return Review.objects.create(deployment=deployment, checklist=checklist, slug=slug, **values)


@transaction.atomic
def change_review(review, *, by, title, lead, due_on):
    """Change title, review lead or deadline, with one event for what differs; the items keep their due days.

    Raises PermissionDenied, or Refused when `lead` does not lead reviews of the vendor.
    """
    review = Review.objects.select_for_update(of=("self",)).with_context().get(pk=review.pk)
    ask(can_lead(by, review.deployment.vendor_id))
    if Access.LEAD not in grants.on(lead, review.deployment.vendor_id):
        raise Refused(
            f"{lead.name} is no review lead of {review.vendor.name}. Give the access on the vendor's page first."
        )
    values = {"title": title, "lead": lead, "due_on": due_on}
    before = {name: getattr(review, name) for name, value in values.items() if getattr(review, name) != value}
    if not before:
        return review
    for name in before:
        setattr(review, name, values[name])
    review.save(update_fields=list(before))
    after = {name: values[name] for name in before}
    events.record("review.changed", review, review=review, by=by, before=_named(before), after=_named(after))
    return review


def _named(values):
    return {name: value.name if name == "lead" else value for name, value in values.items()}


def possible_leads(vendor):
    return grants.holders(vendor, Access.LEAD)


def _free_slug(deployment, year):
    """`anthropic-claude-enterprise-2026`, with `-2`, `-3`… when taken."""
    stem = slugify(f"{deployment.vendor.slug} {deployment.name} {year}")[:110]
    taken = set(Review.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number = 1
    while (slug := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return slug
