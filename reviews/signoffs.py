"""What can be done with a signature? Show what it covers, sign it, withdraw it (rules 5 to 8)."""

from django.core import signing

from accounts.choices import Role
from accounts.permissions import Refused
from reviews import deputies, digest, standing, workflow
from reviews.again import lasttime
from reviews.choices import Act, Finding
from reviews.models import SignOff

SALT = "reviews.signoff.shown"
MEANINGS = {
    Finding.CONFIRMED: "I have read the cited evidence and confirm that this statement holds for {deployment}.",
    Finding.UNCONFIRMED: (
        "I have read what was found and agree that this statement cannot be confirmed for {deployment}."
    ),
    Finding.NOT_APPLICABLE: (
        "I have read the justification and agree that this statement does not apply to {deployment}."
    ),
}


class Changed(Refused):
    """What was shown is no longer what is there. `differences` are (what, as shown, as it is now)."""

    def __init__(self, differences):
        super().__init__("Not signed: this changed while you were reading. Look at the difference and decide again.")
        self.differences = differences


def meaning(item):
    """The words an owner puts their name to (rule 6); of an inherited item also whether it is as it was last time."""
    sentence = MEANINGS[item.finding].format(deployment=item.review.deployment.name)
    return f"{sentence} {lasttime.sentence(item)}".strip()


def words(item, *, by):
    """The same as it is shown to this person: a deputy's says in whose place."""
    if item.holder is None:
        return meaning(item)
    return deputies.words(meaning(item), _role(item), user=by, holder=item.holder)


def shown(item, *, to):
    """A sealed copy of what the page shows to this person, to come back with the click. Not secret, not forgeable."""
    content = digest.content_of(item, words(item, by=to))
    seal = {"to": to.pk, "item": item.pk, "submission": item.submission, "content": content}
    return signing.dumps(seal, salt=SALT, compress=True)


def sign(item, *, by, shown):
    """Sign the item's present submission and return the SignOff row.

    The caller has made sure of a recent re-authentication. The item and its evidence are locked, so that
    what is compared is what is signed.
    Raises Changed when the content differs from `shown`, Refused or PermissionDenied as `workflow.apply`.
    """
    made = []

    def compare(locked):
        if missing := workflow.missing_ground(locked):
            raise Refused(" ".join(missing))
        _must_be_what_was_shown(shown, by, locked)

    def record(locked):
        meant = words(locked, by=by)
        content = digest.canonical(digest.content_of(locked, meant))
        made.append(_row(locked, Act.SIGNED, by, meant, content))
        return {"content_hash": f"sha256:{made[0].digest}", "approved_by": made[0].signer_name}

    workflow.apply(workflow.SIGN, item, by=by, compare=compare, record=record)
    return made[0]


def _must_be_what_was_shown(shown, by, item):
    seal = _unseal(shown, by, item)
    content = digest.content_of(item, words(item, by=by))
    if seal["content"] != content:
        raise Changed(digest.differences(seal["content"], content))
    if seal["submission"] != item.submission:
        raise Refused("Not signed: the item was submitted anew since you opened it. Look at it again and decide.")


def withdraw(item, *, by, reason):
    """A new row that takes the signature back, with its reason; the signed row stays (rule 7)."""

    def record(locked):
        signed = standing.last_signoff(locked)
        row = _row(locked, Act.WITHDRAWN, by, signed.meaning, signed.content, reason=reason)
        return {"content_hash": f"sha256:{row.digest}"}

    return workflow.apply(workflow.WITHDRAW, item, by=by, remark=reason, record=record)


def _unseal(sealed, by, item):
    try:
        seal = signing.loads(sealed, salt=SALT)
    except signing.BadSignature:
        raise Refused(
            "Not signed: the form did not say what it showed. Open the item again and sign from there."
        ) from None
    if (seal["to"], seal["item"]) != (by.pk, item.pk):
        raise Refused(
            "Not signed: the form showed another item, or was shown to somebody else. "
            "Open the item again and sign from there."
        )
    return seal


def _role(item):
    """What the owner signs as: the item's role, unless it was handed to somebody who does not hold it."""
    if item.role and item.review.holders.get(item.role) == item.holder:
        return Role(item.role).label
    return item.holder.get_role_display()


def _row(item, act, by, meant, content, reason=""):
    return SignOff.objects.create(
        item=item,
        act=act,
        submission=item.submission,
        signer=by,
        signer_name=by.name,
        signer_role=deputies.as_printed(_role(item), user=by, holder=item.holder),
        submitted_by_id=item.submitted_by_id,
        finding=item.finding,
        meaning=meant,
        content=content,
        digest=digest.sha256(content),
        valid_until=standing.expires_on(item),
        reason=reason,
    )
