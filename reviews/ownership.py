"""Who owns what, and until when? Roles are assigned, items handed over, due days moved (rules 1 to 3)."""

from django.db import transaction

from accounts import grants
from accounts.choices import Access, Role
from accounts.permissions import Refused, ask
from reviews import events, workflow
from reviews.models import Assignment, Item, Review
from reviews.permissions import can_hand_over, can_lead, can_take_role, can_work_on


def stakeholders(review):
    """People who may hold a role or an item in the review: they hold a stakeholder's access to its vendor."""
    return grants.holders(review.deployment.vendor, Access.SIGN)


@transaction.atomic
def assign(review, role, *, to, by):
    """Give a role of the review, and with it the role's items, to a person, or to nobody (`to=None`)."""
    Review.objects.select_for_update().get(pk=review.pk)
    ask(can_lead(by, review))
    _must_be_able_to_sign(review, to)
    before = Assignment.objects.filter(review=review, role=role).select_related("user").first()
    if (before.user if before else None) == to:
        return
    Assignment.objects.filter(review=review, role=role).delete()
    if to:
        Assignment.objects.create(review=review, role=role, user=to)
    events.record(
        "review.assigned",
        review,
        review=review,
        by=by,
        about=Role(role).label,
        before={"holder": before.user.name if before else None},
        after={"holder": to.name if to else None},
    )


@transaction.atomic
def take_role(item, role, *, by):
    """Accept the suggested role of an unowned item, or give it another one. For whoever works on it (rule 1)."""
    item = workflow.lock(item)
    ask(can_work_on(by, item))
    if item.role == role:
        return item  # A second click on "Accept" finds it done.
    ask(can_take_role(by, item, role))
    before = item.role
    item.role = role
    item.save(update_fields=["role"])
    workflow.note(item, "item.role_set", by=by, before={"role": before}, after={"role": role})
    return item


def suggestions(items):
    """Those of the items that have no role while their checklist suggests one (rule 1)."""
    return [item for item in items if not item.role and item.statement.suggested_role]


@transaction.atomic
def accept_suggestions(review, *, by):
    """Give every item without a role the one its checklist suggests (rule 1). Returns how many changed."""
    items = suggestions(review.items.select_related("statement").order_by("pk"))
    for item in items:
        take_role(item, item.statement.suggested_role, by=by)
    return len(items)


@transaction.atomic
def hand_over(items, *, to, by):
    """Hand items to a person, or back to their role's holder (`to=None`). Returns how many changed."""
    changed = 0
    for item in _locked(items):
        ask(can_hand_over(by, item))
        _must_be_able_to_sign(item.review, to)
        if item.owner == to:
            continue
        before = item.holder
        item.owner = to
        item.save(update_fields=["owner"])
        workflow.note(
            item,
            "item.handed_over",
            by=by,
            before={"owner": before.name if before else None},
            after={"owner": to.name if to else None},
        )
        changed += 1
    return changed


@transaction.atomic
def set_due(items, *, due_on, by):
    """Move the due day of items. Returns how many changed. Late is visible, never locked (rule 9)."""
    changed = 0
    for item in _locked(items):
        ask(can_lead(by, item.review))
        if item.due_on == due_on:
            continue
        before = item.due_on
        item.due_on = due_on
        item.save(update_fields=["due_on"])
        workflow.note(item, "item.due_moved", by=by, before={"due_on": before}, after={"due_on": due_on})
        changed += 1
    return changed


def _locked(items):
    ids = sorted(item.pk for item in items)
    list(Item.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    return Item.objects.filter(pk__in=ids).with_standing()


def _must_be_able_to_sign(review, person):
    if person and Access.SIGN not in grants.on(person, review.deployment.vendor_id):
        raise Refused(
            f"{person.name} has no stakeholder's access to {review.vendor.name}. Give it on the vendor's page first."
        )
