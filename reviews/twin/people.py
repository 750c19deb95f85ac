"""Who are the people that a review from elsewhere names? Those with the same e-mail address here; the rest becomes names.

Whoever is not known here gets a deactivated account without any right, so that what they signed has somebody to hang on.
"""

from dataclasses import dataclass

from django.db.models.functions import Lower

from accounts.choices import Role
from accounts.models import User
from audit import log
from reviews.twin.format import PersonEntry, Twin

WHY = "Named in a review that was moved here. Deactivated, without any right."


@dataclass(frozen=True)
class People:
    """`known` is `{address in the file: person here}`; `unknown` are the file's entries nobody here has the address of."""

    known: dict[str, User]
    unknown: list[PersonEntry]


def matched(twin: Twin) -> People:
    wanted = {each.email.lower(): each for each in twin.people}
    rows = User.objects.annotate(address=Lower("email")).filter(address__in=wanted)
    known = {wanted[row.email.lower()].email: row for row in rows}
    return People(known, [each for each in twin.people if each.email not in known])


def created(unknown: list[PersonEntry], *, by: User) -> dict[str, User]:
    """`{address in the file: the deactivated account}`, one event each, in the caller's transaction."""
    return {each.email: _created(each, by) for each in unknown}


def _created(entry: PersonEntry, by: User) -> User:
    # Who may do everything there is nobody here, also not when somebody reactivates the account one day.
    role = Role.REVIEWER if entry.role == Role.ADMINISTRATOR else entry.role
    person = User(email=entry.email.lower(), name=entry.name[:150], role=role, is_active=False)
    person.set_unusable_password()
    person.save()
    after = {"name": person.name, "email": person.email, "role": person.role, "active": False}
    log.record("person.created", person, actor=by, after=after, reason=WHY)
    return person
