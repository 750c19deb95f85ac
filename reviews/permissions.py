"""May this person do this to a review or an item? The same verdict shows the button and guards the act."""

from accounts import grants
from accounts.choices import Access, Role
from accounts.permissions import YES, no
from reviews.choices import OPEN, Status
from vendors import permissions


def can_open(user):
    if grants.vendor_ids_with(user, {Access.LEAD}):
        return YES
    return no("Only a review lead of a vendor opens a review.")


def can_lead(user, review):
    return permissions.can_lead(user, review.deployment.vendor_id)


def can_contribute(user, review):
    return permissions.can_contribute(user, review.deployment.vendor_id)


def can_work_on(user, item):
    return can_contribute(user, item.review)


def can_edit(user, item):
    """Finding, notes and citations change only while the item is open: what was submitted stays as it was."""
    if item.status not in OPEN:
        waiting = item.status == Status.AWAITING
        first = "Take the submission back" if waiting else "Reopen the item or withdraw the sign-off"
        return no(f"The item is {item.get_status_display().lower()}. {first} to change it.")
    return can_work_on(user, item)


def can_answer(user, item):
    """Signing, returning and withdrawing are for the owner (rules 2 and 5)."""
    if item.holder is None:
        return no("Nobody owns this item. Give it an owner first; an item without an owner cannot be signed.")
    if item.holder != user:
        return no(f"Only the owner, {item.holder.name}, may do this.")
    if Access.SIGN not in grants.on(user, item.review.deployment.vendor_id):
        return no("You own this item and no longer have a stakeholder's access to this vendor.")
    return YES


def can_sign(user, item):
    """Rule 5: the owner, and nobody who submitted, wrote the finding or uploaded what is cited. No role is exempt."""
    verdict = can_answer(user, item)
    if not verdict:
        return verdict
    if item.submitted_by_id == user.pk:
        return no("You submitted this item. Someone else has to sign it.")
    if item.finding_by_id == user.pk:
        return no("You wrote this finding. Someone else has to sign it.")
    uploaded = [c.evidence.title for c in item.citations.all() if c.evidence.current.uploaded_by_id == user.pk]
    if uploaded:
        return no(f"You uploaded the cited evidence “{uploaded[0]}”. Someone else has to sign it.")
    return YES


def can_decide(user, review):
    """Rule 13: the review's CISO decides, under the same four-eyes rule as a sign-off."""
    ciso = review.holders.get(Role.CISO)
    if ciso is None:
        return no("Nobody holds the CISO's role in this review. Assign it first.")
    if ciso != user:
        return no(f"Only the review's CISO, {ciso.name}, decides.")
    if Access.SIGN not in grants.on(user, review.deployment.vendor_id):
        return no("You are this review's CISO and no longer have a stakeholder's access to this vendor.")
    return YES
