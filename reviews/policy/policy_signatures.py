"""What can be done with a signature under a policy? Show what it covers, sign it, withdraw it (rules 5 to 8)."""

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts import absences, grants
from accounts.choices import Access, Role
from accounts.permissions import Refused, ask
from reviews import deputies, digest
from reviews.choices import Act, PolicyState
from reviews.models import Policy, PolicySignature
from reviews.permissions import POLICY_SIGNERS, can_sign_policy, can_withdraw_policy_signature, policy_holder
from reviews.policy import policies

SALT = "reviews.policy.shown"
MEANING = "I have read this policy and agree, as {role}, that it says which data {vendor} may be given."


class Changed(Refused):
    """What was shown is no longer what is there. `differences` are (what, as shown, as it is now)."""

    def __init__(self, differences):
        super().__init__("Not signed: this changed while you were reading. Look at the difference and decide again.")
        self.differences = differences


def role_to_sign(policy, *, by):
    """`(role, '')` of the first signature this person may give, or `(None, why they may give none)`."""
    verdicts = [(role, can_sign_policy(by, policy, role)) for role in POLICY_SIGNERS]
    if allowed := next((role for role, verdict in verdicts if verdict), None):
        return allowed, ""
    own = [verdict.reason for role, verdict in verdicts if policy_holder(by, role, policy.vendor_id)]
    return None, own[0] if own else "The CISO, legal and the compliance officer sign a policy."


def waiting(user):
    """The policies that wait for a signature this person may give. They are few, so each is asked for."""
    places = {user.role, *(absence.person.role for absence in absences.acting_for(user))} & set(POLICY_SIGNERS)
    if not places:
        return []
    rows = Policy.objects.filter(state=PolicyState.AWAITING, vendor__in=grants.vendor_ids_with(user, {Access.SIGN}))
    rows = rows.exclude(writers=user).exclude(submitted_by=user)
    rows = rows.select_related("vendor", "submitted_by").prefetch_related("signatures").order_by("submitted_at", "pk")
    return [policy for policy in rows if role_to_sign(policy, by=user)[0]]


def words(policy, role, *, by):
    """The sentence this person puts their name to (rule 6); a deputy's says in whose place."""
    label = Role(role).label
    meant = MEANING.format(role=label, vendor=policy.vendor.name)
    return deputies.words(meant, label, user=by, holder=policy_holder(by, role, policy.vendor_id))


def shown(policy, role, *, to):
    """A sealed copy of what the page shows to this person, to come back with the click. Not secret, not forgeable."""
    seal = {"to": to.pk, "policy": policy.pk, "submission": policy.submission, "role": role}
    return signing.dumps(seal | {"content": _content(policy, role, to)}, salt=SALT, compress=True)


def _content(policy, role, by):
    return {**policy.said, "meaning": words(policy, role, by=by)}


@transaction.atomic
def sign(policy, *, by, role, shown):
    """Sign the policy's present submission as this role and return the signature's row; the third puts it in force.

    The caller has made sure of a recent re-authentication. Raises Changed when the content differs from `shown`,
    Refused for what cannot be, PermissionDenied for who may not (rule 5).
    """
    policy = policies.lock(policy)
    policies.must_be(policy, PolicyState.AWAITING)
    ask(can_sign_policy(by, policy, role))
    _must_be_what_was_shown(shown, by, policy, role)
    content = digest.canonical(_content(policy, role, by))
    row = _row(policy, Act.SIGNED, by, role, words(policy, role, by=by), content)
    _note("policy.signed", row, by)
    if len(policies.signed(policy)) == len(POLICY_SIGNERS):
        _put_in_force(policy, by)
    return row


def _put_in_force(policy, by):
    """The version before it ends in the same transaction: no moment has none or two."""
    for earlier in Policy.objects.filter(vendor=policy.vendor_id, state=PolicyState.IN_FORCE):
        policies.stop(earlier, f"Version {policy.number} came into force.", PolicyState.SUPERSEDED)
        policies.note("policy.superseded", earlier, by=by, after={"state": earlier.state, "by_version": policy.number})
    policy.state, policy.in_force_at = PolicyState.IN_FORCE, timezone.now()
    policy.save(update_fields=["state", "in_force_at"])
    policies.note(
        "policy.in_force", policy, by=by, after={"state": policy.state}, content_hash=f"sha256:{policy.digest}"
    )


@transaction.atomic
def withdraw(policy, *, by, role, reason):
    """A new row that takes the signature back, with its reason; the signed row stays (rule 7).

    What was in force ends at that moment. What still awaits others is a draft again: this role can sign only what is
    submitted anew.
    """
    policy = policies.lock(policy)
    signature = policies.signed(policy).get(role)
    if signature is None or policy.state not in {PolicyState.AWAITING, PolicyState.IN_FORCE}:
        raise Refused("There is no such signature to withdraw.")
    ask(can_withdraw_policy_signature(by, policy, signature))
    policies.must_say(reason, "Say why the signature is withdrawn.")
    row = _row(policy, Act.WITHDRAWN, by, role, signature.meaning, signature.content, reason=reason)
    _note("policy.signature_withdrawn", row, by, reason=reason)
    if policy.state == PolicyState.IN_FORCE:
        why = f"The signature as {Role(role).label} was withdrawn: {reason}"
        policies.stop(policy, why[:2000])
        policies.note("policy.ended", policy, by=by, after={"state": policy.state}, reason=reason)
    else:
        policies.to_draft(policy)
        policies.note("policy.returned", policy, by=by, after={"state": policy.state}, reason=reason)
    return row


def _must_be_what_was_shown(sealed, by, policy, role):
    try:
        seal = signing.loads(sealed, salt=SALT)
    except signing.BadSignature:
        raise Refused("Not signed: the form did not say what it showed. Open the page again and sign there.") from None
    if (seal["to"], seal["policy"], seal["role"]) != (by.pk, policy.pk, role):
        raise Refused("Not signed: the form showed something else, or was shown to somebody else. Open the page again.")
    now = _content(policy, role, by)
    if seal["content"] != now:
        raise Changed(policies.differences(seal["content"], now))
    if seal["submission"] != policy.submission:
        raise Refused("Not signed: the policy was submitted anew since you opened it. Look at it again and decide.")


def _row(policy, act, by, role, meant, content, reason=""):
    holder = policy_holder(by, role, policy.vendor_id) or by
    printed = Role(role).label if act == Act.SIGNED or holder.role == role else by.get_role_display()
    return PolicySignature.objects.create(
        policy=policy,
        act=act,
        submission=policy.submission,
        role=role,
        signer=by,
        signer_name=by.name,
        signer_role=deputies.as_printed(printed, user=by, holder=holder),
        meaning=meant,
        content=content,
        digest=digest.sha256(content),
        reason=reason,
    )


def _note(event_type, row, by, **said):
    approved = {"approved_by": row.signer_name} if row.act == Act.SIGNED else {}
    after = {"role": row.role, "as": row.signer_role}
    policies.note(event_type, row.policy, by=by, after=after, content_hash=f"sha256:{row.digest}", **approved, **said)
