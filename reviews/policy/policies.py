"""Which data may the vendor be given, by which policy, and how does one come to be? (gap 1 of the source)

One version is in work and one in force at a time. What is signed, and by whom, is in `policy_signatures`.
"""

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from audit import log
from evidence.validity import in_words
from reviews import digest
from reviews.choices import Act, PolicyState, Unit
from reviews.models import Policy, PolicySignature
from reviews.permissions import POLICY_SIGNERS, can_end_policy, can_take_back_policy, can_write_policy
from reviews.policy import standard_policy
from reviews.recurring import cadence
from reviews.stale import Stale
from vendors.choices import Channel, DataClass
from vendors.models import Vendor

IN_WORK = frozenset({PolicyState.DRAFT, PolicyState.AWAITING})
# So many characters that the whole stays one page of A4 (templates/papers/policy.html).
PURPOSE_LIMIT = 400
LIMITS = {"meaning": 180, "examples": 220, "controls": 280}
FIELDS = ("purpose", "levels", "valid_until")
# The statement that says a classification is defined: checklist and number.
STATEMENT = ("claude-security-review", 16)


def in_force(vendor):
    """The policy that all three have signed and none has withdrawn, or None. One query.

    Past the day it was to be looked at again it still is in force: late is visible, never locked (rule 9).
    """
    given = PolicySignature.objects.filter(policy__vendor=vendor, policy__state=PolicyState.IN_FORCE)
    rows = list(given.select_related("policy__vendor"))
    return rows[0].policy if rows and set(_signed(rows[0].policy, rows)) == set(POLICY_SIGNERS) else None


def in_work(vendor):
    """The version that is being written or signed, or None."""
    return Policy.objects.filter(vendor=vendor, state__in=IN_WORK).select_related("vendor").first()


def signed(policy):
    """`{role: signature}` of the present submission, without those withdrawn."""
    return _signed(policy, policy.signatures.all())


def _signed(policy, rows):
    found = {}
    for row in rows:
        if row.submission == policy.submission:
            found[row.role] = row if row.act == Act.SIGNED else None
    return {role: found[role] for role in POLICY_SIGNERS if found.get(role)}


def is_late(policy, today=None):
    """Whether the day on which it was to be looked at again has passed."""
    return bool(policy.valid_until and policy.valid_until < (today or timezone.localdate()))


def is_frozen(policy):
    """Whether it says what was submitted, and nobody changes it."""
    return bool(policy.in_force_at) or policy.state == PolicyState.AWAITING


def as_it_reads(policy):
    """What it says, as it was submitted or, before that, as it stands in the draft."""
    return policy.said if is_frozen(policy) else content_of(policy)


def levels_of(policy):
    """Its four levels in the order of the classes: as they were signed, or as they stand in the draft."""
    by_class = {level["data_class"]: level for level in as_it_reads(policy)["levels"]}
    return [by_class[each] for each in DataClass.values]


def in_lines(policy):
    """Its levels as a page prints them: words for the class and the channels."""
    return [
        level
        | {
            "label": DataClass(level["data_class"]).label,
            "allowed_on": channels_in_words(level["channels"]),
        }
        for level in levels_of(policy)
    ]


def allows(policy, deployment):
    """`[(data class, whether the deployment may carry it, with which controls)]` for all four, by this policy."""
    return [
        (DataClass(level["data_class"]), deployment.channel in level["channels"], level["controls"])
        for level in levels_of(policy)
    ]


def beyond(policy, deployment):
    """The data classes the deployment says it carries and may not, by this policy."""
    allowed = {data_class for data_class, may, _ in allows(policy, deployment) if may}
    return [DataClass(each) for each in deployment.data_classes if each not in allowed]


def warning(deployment, policy):
    """The sentence about a deployment that carries more than the policy lets it, or ''."""
    classes = beyond(policy, deployment) if policy else []
    if not classes:
        return ""
    names = " and ".join(each.label.lower() for each in classes)
    return (
        f"{deployment.name} is meant to carry {names} data, which the data classification policy, version "
        f"{policy.number}, does not allow on {deployment.get_channel_display()}."
    )


@transaction.atomic
def begin(vendor, *, by, from_policy=None):
    """Begin the next version, from an earlier one or from the four levels of the source. Raises Refused while one is in work.

    Who wrote the earlier one has written some of this one, too (rule 5).
    """
    ask(can_write_policy(by, vendor.pk))
    lock_vendor(vendor)
    if there := in_work(vendor):
        raise Refused(f"Version {there.number} is in work already: finish or withdraw that first.")
    last = Policy.objects.filter(vendor=vendor).order_by("-number").first()
    policy = Policy.objects.create(
        vendor=vendor,
        number=last.number + 1 if last else 1,
        purpose=from_policy.purpose if from_policy else standard_policy.PURPOSE.format(vendor=vendor.name),
        levels=from_policy.levels if from_policy else standard_policy.levels(),
        valid_until=cadence.nth(timezone.localdate(), 1, Unit.YEAR, 1),
        created_by=by,
    )
    policy.writers.set([by, *(from_policy.writers.all() if from_policy else ())])
    after = {"version": policy.number, "from_version": from_policy.number if from_policy else None}
    note("policy.begun", policy, by=by, after=after)
    return policy


@transaction.atomic
def change(policy, *, by, version, **values):
    """Change what the draft says, as typed on edit `version` of it; whoever does is one of its writers from then on.

    Raises Stale when somebody saved meanwhile, Refused for what cannot be. Unchanged values change nothing.
    """
    policy = lock(policy)
    ask(can_write_policy(by, policy.vendor_id))
    must_be(policy, PolicyState.DRAFT)
    values = _tidy(values)
    changed = [name for name in values if getattr(policy, name) != values[name]]
    if not changed:
        return policy
    if policy.version != version:
        raise Stale(policy)
    before = {name: getattr(policy, name) for name in changed}
    for name in changed:
        setattr(policy, name, values[name])
    policy.version += 1
    policy.save(update_fields=[*changed, "version"])
    policy.writers.add(by)
    note("policy.changed", policy, by=by, before=before, after={name: values[name] for name in changed})
    return policy


@transaction.atomic
def submit(policy, *, by):
    """Put the draft before the three who sign. Its content is frozen with a digest. Raises Refused for what is missing."""
    policy = lock(policy)
    ask(can_write_policy(by, policy.vendor_id))
    must_be(policy, PolicyState.DRAFT)
    if missing := hindrances(policy):
        raise Refused(" ".join(missing))
    policy.content = digest.canonical(content_of(policy))
    policy.digest = digest.sha256(policy.content)
    policy.submission += 1
    policy.submitted_by, policy.submitted_at = by, timezone.now()
    policy.state = PolicyState.AWAITING
    policy.save(update_fields=["content", "digest", "submission", "submitted_by", "submitted_at", "state"])
    note("policy.submitted", policy, by=by, after={"state": policy.state}, content_hash=f"sha256:{policy.digest}")
    return policy


def hindrances(policy):
    """What keeps the draft from being submitted, as sentences."""
    missing = [] if policy.purpose.strip() else ["The purpose is empty."]
    for level in levels_of(policy):
        label = DataClass(level["data_class"]).label
        missing += [f"{label}: the {name} {_are(name)} empty." for name in LIMITS if not level[name].strip()]
    if policy.valid_until is None:
        missing.append("Say by which day the policy is looked at again.")
    elif policy.valid_until <= timezone.localdate():
        missing.append("The day by which the policy is looked at again lies in the past.")
    return missing


def _are(name):
    return "is" if name == "meaning" else "are"


@transaction.atomic
def take_back(policy, *, by, reason=""):
    """Make a draft again of what awaits its signatures: by who submitted it or leads, or, with a reason, by a signer.

    Signatures given so far stay on record and count for nothing: what is submitted next is signed anew.
    """
    policy = lock(policy)
    must_be(policy, PolicyState.AWAITING)
    ask(can_take_back_policy(by, policy))
    own = by.pk == policy.submitted_by_id
    if not own:
        must_say(reason, "Say what is missing, so that it can be mended.")
    to_draft(policy)
    note("policy.taken_back" if own else "policy.returned", policy, by=by, after={"state": policy.state}, reason=reason)
    return policy


def to_draft(policy):
    """Only for a policy whose row is locked and which never was in force: that one stays as it was signed."""
    policy.state = PolicyState.DRAFT
    policy.save(update_fields=["state"])


@transaction.atomic
def withdraw_draft(policy, *, by, reason):
    """Give the draft up, and say why; its number is not used again."""
    policy = lock(policy)
    ask(can_write_policy(by, policy.vendor_id))
    must_be(policy, PolicyState.DRAFT)
    must_say(reason, "Say why it is given up.")
    stop(policy, reason)
    note("policy.withdrawn", policy, by=by, after={"state": policy.state}, reason=reason)
    return policy


@transaction.atomic
def end(policy, *, by, reason):
    """End the policy in force: from now on nothing says what the vendor may be given."""
    policy = lock(policy)
    ask(can_end_policy(by, policy))
    must_be(policy, PolicyState.IN_FORCE)
    must_say(reason, "Say why it ends.")
    stop(policy, reason)
    note("policy.ended", policy, by=by, after={"state": policy.state}, reason=reason)
    return policy


def stop(policy, reason, state=PolicyState.WITHDRAWN):
    """The last move of a version. Only for one whose row is locked; the caller writes the event."""
    policy.state, policy.ended_at, policy.ended_reason = state, timezone.now(), reason
    policy.save(update_fields=["state", "ended_at", "ended_reason"])


def lock_vendor(vendor):
    """One act on a vendor's policies at a time: two versions may have to change together."""
    Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)


def lock(policy):
    """The policy as it is in the database, with its vendor's row locked until the transaction ends."""
    lock_vendor(policy.vendor)
    return Policy.objects.select_related("vendor", "submitted_by").get(pk=policy.pk)


def must_be(policy, state):
    if policy.state != state:
        raise Refused(
            f"Version {policy.number} of the policy is {policy.get_state_display().lower()} by now. "
            "Someone may have been faster; look at it again."
        )


def must_say(reason, question):
    if not reason.strip():
        raise Refused(question)


def note(event_type, policy, *, by, **said):
    """Write one event about the policy, in the caller's transaction (rule 24)."""
    log.record(event_type, policy, actor=by, vendor=policy.vendor, business_context=str(policy), **said)


def content_of(policy):
    """Everything a signature on the policy covers, but the words of the signature."""
    return {
        "format": 1,
        "vendor": policy.vendor_id,
        "vendor_name": policy.vendor.name,
        "number": policy.number,
        "purpose": policy.purpose,
        "levels": policy.levels,
        "valid_until": policy.valid_until.isoformat() if policy.valid_until else None,
    }


def differences(shown, now):
    """`[(what, as it was shown, as it is now)]` in words, for every part that differs."""
    then, since = _parts(shown), _parts(now)
    return [(label, then[label], since[label]) for label in then if then[label] != since[label]]


def _parts(content):
    parts = {
        "The vendor": content["vendor_name"],
        "The version": str(content["number"]),
        "The purpose": content["purpose"],
        "The day by which it is looked at again": digest.day_in_words(content["valid_until"]),
        "The words of the signature": content.get("meaning", ""),
    }
    for level in content["levels"]:
        label = DataClass(level["data_class"]).label
        parts |= {f"{label}: {name}": level[name] for name in LIMITS}
        parts[f"{label}: allowed on"] = channels_in_words(level["channels"])
    return parts


def channels_in_words(channels):
    return ", ".join(Channel(each).label for each in channels) or "no channel"


def _tidy(values):
    """Each text on one line, each class once and in order. Raises Refused for what a page cannot hold."""
    if "purpose" in values:
        values["purpose"] = _line("The purpose", values["purpose"], PURPOSE_LIMIT)
    if "levels" in values:
        values["levels"] = [_level(level) for level in values["levels"]]
        if [level["data_class"] for level in values["levels"]] != DataClass.values:
            raise Refused("A policy says something of each of the four classes of data, in their order.")
    if unknown := values.keys() - set(FIELDS):
        raise TypeError(f"cannot change {', '.join(sorted(unknown))}")
    return values


def _level(level):
    label = DataClass(level["data_class"]).label
    texts = {name: _line(f"{label}: {name}", level[name], limit) for name, limit in LIMITS.items()}
    return {"data_class": str(level["data_class"]), **texts, "channels": _channels(level["channels"])}


def _channels(chosen):
    if unknown := set(chosen) - set(Channel.values):
        raise Refused(f"There is no channel {', '.join(sorted(unknown))}.")
    return [each for each in Channel.values if each in chosen]


def _line(label, text, limit):
    text = " ".join(text.split())
    if len(text) > limit:
        raise Refused(f"{label}: {len(text)} characters, and {limit} fit on the page. Say it in fewer words.")
    return text


def state_in_words(policy, today=None):
    """ "in force since 1 May 2026, to be looked at again by 1 May 2027" and the like."""
    if policy.state == PolicyState.IN_FORCE:
        late = is_late(policy, today)
        again = f"was to be looked at again by {in_words(policy.valid_until)}" if late else ""
        again = again or f"to be looked at again by {in_words(policy.valid_until)}"
        return f"in force since {in_words(timezone.localdate(policy.in_force_at))}, {again}"
    if policy.state == PolicyState.AWAITING:
        return f"awaiting signatures, {len(signed(policy))} of {len(POLICY_SIGNERS)} given"
    return policy.get_state_display().lower()
