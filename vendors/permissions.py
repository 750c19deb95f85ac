"""May this person do this about the vendor? Seeing is a queryset, doing is here."""

from accounts import grants
from accounts.choices import CONTRIBUTE, SEES_AUDIT, Access, Role
from accounts.permissions import YES, no


def can_create_vendor(user):
    if user.role in {Role.LEAD, Role.CISO}:
        return YES
    return no("Only a review lead or the CISO adds a vendor.")


def can_lead(user, vendor_id):
    if Access.LEAD in grants.on(user, vendor_id):
        return YES
    return no("Only a review lead of this vendor may do this.")


def can_contribute(user, vendor_id):
    accesses = grants.on(user, vendor_id)
    if accesses & CONTRIBUTE:
        return YES
    return no("You may read everything about this vendor and change nothing.")


def can_see_audit(user, vendor_id):
    if grants.on(user, vendor_id) & SEES_AUDIT:
        return YES
    return no("The audit log is for stakeholders, review leads and auditors of this vendor.")


def can_change_access(user, vendor_id, person):
    """A review lead says who else works on the vendor; nobody widens their own access (rule 5)."""
    verdict = can_lead(user, vendor_id)
    if verdict and user.pk == person.pk:
        return no("Nobody changes their own access: ask another review lead or an administrator.")
    return verdict
