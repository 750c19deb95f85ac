"""Which data classification policies wait for a signature, and which are soon to be looked at again?"""

from datetime import timedelta
from functools import partial

from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.models import User
from reviews.choices import About, PolicyState
from reviews.models import Policy
from reviews.permissions import POLICY_SIGNERS
from reviews.policy import policies
from reviews.reminders import steps
from reviews.reminders.things import Line, Source, Thing, restricted

BEFORE = (30, 7, 1, 0)


def _found(today, ids=None, ahead=0):
    """To sign: whoever holds the account role and access. To be looked at again: who submitted it and the review leads.

    Who wrote some of it, submitted it or signed it signs nothing more, and is not told.
    """
    rows = Policy.objects.filter(state__in=[PolicyState.AWAITING, PolicyState.IN_FORCE]).order_by()
    rows = restricted(rows, "pk", ids).prefetch_related("signatures", "writers")
    access, roles = grants.everyone(), None
    for policy in rows:
        held = access.get(policy.vendor_id, {})
        if policy.state == PolicyState.AWAITING:
            roles = roles if roles is not None else dict(User.objects.active().values_list("pk", "role"))
            course = partial(steps.waiting, timezone.localdate(policy.submitted_at))
            people = _signers(policy, held, roles)
            yield Thing(policy.pk, f"sign {policy.submission}", people, course, None, policy.vendor_id)
        elif policy.valid_until <= today + timedelta(days=max(BEFORE) + ahead):
            leads = {person for person, accesses in held.items() if Access.LEAD in accesses}
            course = partial(steps.current, policy.valid_until, steps=BEFORE)
            people = leads | {policy.submitted_by_id}
            yield Thing(policy.pk, policy.valid_until.isoformat(), people, course, policy.valid_until, policy.vendor_id)


def _signers(policy, held, roles):
    """Ids of whoever may give one of the signatures that are missing."""
    given = policies.signed(policy)
    hands = {policy.submitted_by_id, *(writer.pk for writer in policy.writers.all())}
    hands |= {row.signer_id for row in given.values()}
    wanted = set(POLICY_SIGNERS) - given.keys()
    return {
        person
        for person, accesses in held.items()
        if Access.SIGN in accesses and roles.get(person) in wanted and person not in hands
    }


def _say(ids, today):
    return {
        policy.pk: Line(
            f"Data classification policy, version {policy.number}: "
            + ("read it and sign" if policy.state == PolicyState.AWAITING else "look whether it still is right"),
            policy.get_absolute_url(),
            policy.valid_until if policy.state == PolicyState.IN_FORCE else None,
            policy.vendor.name,
        )
        for policy in Policy.objects.filter(pk__in=ids).select_related("vendor")
    }


SOURCES = (Source(About.POLICY, "Data classification policies", _found, _say),)
