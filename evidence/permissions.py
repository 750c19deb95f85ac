"""May this person add, correct, withdraw or take out evidence of a vendor? Who may not see it gets a 404 before any of these."""

from accounts import grants
from accounts.choices import Access
from accounts.permissions import YES, no
from evidence.choices import LISTED_BY_HASH
from vendors.permissions import can_contribute

ANSWERS_FOR_IT = frozenset({Access.LEAD, Access.SIGN})


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


def can_take_out(user, evidence):
    """Whether the file goes into a package, which is made to be handed on; reading it here is another matter."""
    if evidence.confidentiality in LISTED_BY_HASH and not grants.on(user, evidence.vendor_id) & ANSWERS_FOR_IT:
        return no("Under NDA: only a review lead or a stakeholder of this vendor may take it out.")
    return YES


def _in_use(evidence):
    return no("It was withdrawn; restore it first.") if evidence.withdrawn_at else YES
