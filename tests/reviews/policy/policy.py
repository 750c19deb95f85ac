"""How does a policy come to a state in tests? As people bring it there."""

from accounts.choices import Role
from reviews.models import Policy
from reviews.permissions import POLICY_SIGNERS
from reviews.policy import policies, policy_signatures


def submitted(vendor, by, **values):
    draft = policies.begin(vendor, by=by, from_policy=None)
    if values:
        draft = policies.change(draft, by=by, version=draft.version, **values)
    return policies.submit(draft, by=by)


def signed_by(policy, person, role=None):
    """The person signs exactly what there is, by default in their own role."""
    policy, role = Policy.objects.get(pk=policy.pk), Role(role or person.role)
    shown = policy_signatures.shown(policy, role, to=person)
    return policy_signatures.sign(policy, by=person, role=role, shown=shown)


def in_force(vendor, by, stakeholders, **values):
    policy = submitted(vendor, by, **values)
    for role in POLICY_SIGNERS:
        signed_by(policy, stakeholders[role])
    return Policy.objects.get(pk=policy.pk)
