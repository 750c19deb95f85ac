"""May this person add, correct or withdraw evidence of a vendor? Who may not see it gets a 404 before any of these."""

from accounts.permissions import YES, no
from vendors.permissions import can_contribute


def can_upload(user, vendor_id):
    return can_contribute(user, vendor_id)


def can_add_version(user, evidence):
    return can_contribute(user, evidence.vendor_id) and _in_use(evidence)


def can_correct(user, evidence):
    return can_contribute(user, evidence.vendor_id) and _in_use(evidence)


def can_withdraw(user, evidence):
    return can_contribute(user, evidence.vendor_id) and _in_use(evidence)


def can_restore(user, evidence):
    may = can_contribute(user, evidence.vendor_id)
    if may and not evidence.withdrawn_at:
        return no("It is not withdrawn.")
    return may


def _in_use(evidence):
    return no("It was withdrawn; restore it first.") if evidence.withdrawn_at else YES
