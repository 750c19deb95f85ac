"""May this person change this cell of an item by a sheet? The predicates, limits and sentences of doing it by hand.

Asked when a sheet is planned, so that the preview tells the truth, and again under the locks when it is applied.
"""

from accounts import grants
from accounts.choices import STAKEHOLDER_CHOICES, Access
from accounts.permissions import YES, no
from reviews.choices import OPEN, Finding, Status
from reviews.models import Item
from reviews.models.reviews import TEXT_LIMIT
from reviews.permissions import can_edit, can_hand_over, can_lead, can_take_role

# What a sheet's Status may ask for. "Complete" in a sheet is a claim: it goes to whoever signs (rules 4 to 6).
CLAIMS = frozenset({Status.AWAITING, Status.COMPLETE})
LIMITS = {
    "notes": TEXT_LIMIT,
    "reason": TEXT_LIMIT,
    "asked": TEXT_LIMIT,
    "asked_of": Item._meta.get_field("asked_of").max_length,
}
TEXTS = ("finding", *LIMITS)


def problem(item, column, value, *, by, people):
    """Why this value is not taken into this column, as a sentence, or "".

    The item with its review's assignments read; `people` are `{id: person}` of those a sheet names. `value` is what
    `ImportRow.cells` holds.
    """
    return RULES[column](item, value, by, people).reason


def _text(limit):
    def rule(item, value, by, people):
        if len(value) > limit:
            return no(f"This is longer than {limit:,} characters.")
        return can_edit(by, item)

    return rule


def _stakeholder(item, value, by, people):
    if value not in dict(STAKEHOLDER_CHOICES):
        return no("This is none of the five stakeholders.")
    return can_take_role(by, item, value)


def _owner(item, value, by, people):
    verdict = can_hand_over(by, item)
    person = people.get(value)
    if not verdict or value is None:
        return verdict
    if person is None or not person.is_active or Access.SIGN not in grants.on(person, item.review.deployment.vendor_id):
        name = person.name if person else "This person"
        return no(
            f"{name} has no stakeholder's access to {item.review.vendor.name}. Give it on the vendor's page first."
        )
    return YES


def _due(item, value, by, people):
    return can_lead(by, item.review)


def _status(item, value, by, people):
    if value in CLAIMS or (value == Status.IN_PROGRESS and item.status in OPEN):
        return can_edit(by, item)
    return no("A sheet starts work or hands in what is claimed. Everything else is done on the item's page.")


def _finding(item, value, by, people):
    if value and value not in Finding.values:
        return no("This is none of the three findings.")
    return can_edit(by, item)


def _links(item, value, by, people):
    return can_edit(by, item)


RULES = {
    "stakeholder": _stakeholder,
    "status": _status,
    "links": _links,
    "owner": _owner,
    "due_on": _due,
    "finding": _finding,
    **{name: _text(limit) for name, limit in LIMITS.items()},
}
