"""What can be done with one date of an obligation? Move it, skip it, record that it was done, sign it."""

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence.validity import in_words
from reviews import deputies, digest, events
from reviews.choices import PENDING, OccurrenceState, Result
from reviews.models import Completion, CompletionSignOff, Occurrence
from reviews.models.reviews import recorder_of
from reviews.permissions import can_countersign, signing_owner
from reviews.recurring import cadence, completions, consequences, invitations, plan
from vendors.permissions import can_contribute, can_lead

SALT = "reviews.completion.shown"
MEANING = (
    "I have read what was recorded of {title}, due on {due_on}, and confirm that it was done as written: {result}."
)


def lock(occurrence):
    """The occurrence as it is in the database, with its obligation's row locked until the transaction ends.

    Every act on a date and every writing of dates takes that one lock first.
    """
    obligation = plan.lock(occurrence.obligation_id)
    locked = Occurrence.objects.select_for_update(of=("self",)).get(pk=occurrence.pk)
    locked.obligation = obligation
    return locked


@transaction.atomic
def move(occurrence, *, by, due_on, reason):
    """Move the due day of an open date; the dates after it stay where the cadence puts them (rule 20)."""
    occurrence = lock(occurrence)
    ask(can_lead(by, occurrence.obligation.vendor_id))
    _must_be(occurrence, OccurrenceState.OPEN)
    if not reason.strip():
        raise Refused("Say why the date moves.")
    if due_on < timezone.localdate():
        raise Refused("The new date lies in the past.")
    if due_on == occurrence.due_on:
        return occurrence
    before = occurrence.due_on
    occurrence.due_on = due_on
    occurrence.moved_reason = reason
    occurrence.save(update_fields=["due_on", "moved_reason"])
    _note("occurrence.moved", occurrence, by=by, before={"due_on": before}, after={"due_on": due_on}, reason=reason)
    return occurrence


@transaction.atomic
def skip(occurrence, *, by, reason):
    """Close an open date as not to be done, and say why. The next one is planned if there is none."""
    occurrence = lock(occurrence)
    ask(can_lead(by, occurrence.obligation.vendor_id))
    _must_be(occurrence, OccurrenceState.OPEN)
    if not reason.strip():
        raise Refused("Say why this date is skipped.")
    plan.skip(occurrence, occurrence.obligation, reason=reason, by=by)
    plan.plan_dates(occurrence.obligation, timezone.localdate(), by=by)
    return occurrence


@transaction.atomic
def record(occurrence, *, by, done_on, result, answers, evidence=(), reopens=()):
    """Write down that it was done, as a row that never changes, and return that Completion.

    `answers` go by the fields of `completions.FIELDS`, `evidence` are rows of the vendor's library, cited at their
    newest versions; `reopens` are numbers of statements to open again, and count only when something was found.
    Where it opens statements again, and for a drill or an access review, someone else signs before anything follows.
    Raises Refused with a sentence for what cannot be recorded, PermissionDenied when the person may not.
    """
    occurrence = lock(occurrence)
    obligation = occurrence.obligation
    ask(can_contribute(by, obligation.vendor_id))
    _must_be(occurrence, OccurrenceState.OPEN)
    if obligation.review_kind:
        raise Refused("This is done by a review: it is done when that review is decided.")
    if done_on > timezone.localdate():
        raise Refused("It cannot have been done on a day to come.")
    if refusal := _too_early(occurrence, done_on):
        raise Refused(refusal)
    failed = result == Result.FAILED
    content = digest.canonical(
        {
            "format": 1,
            "obligation": obligation.pk,
            "title": obligation.title,
            "duty": obligation.duty,
            "due_on": occurrence.due_on.isoformat(),
            "recorded_by": by.name,
            "done_on": done_on.isoformat(),
            "result": result,
            "answers": completions.checked(obligation.duty, answers, found=failed),
            "evidence": [_cited(each, obligation) for each in evidence],
            "reopens": _known(obligation, reopens) if failed else [],
        }
    )
    completion = Completion.objects.create(
        occurrence=occurrence,
        number=occurrence.completions.count() + 1,
        by=by,
        done_on=done_on,
        result=result,
        content=content,
        digest=digest.sha256(content),
    )
    _recorded(completion, by)
    return completion


def _too_early(occurrence, done_on):
    """Why it cannot have been done as early as this, or ''. The next date may be counted from that day."""
    obligation = occurrence.obligation
    before = obligation.occurrences.filter(number__lt=occurrence.number).exclude(done_on=None)
    if (last := before.order_by("-number").first()) and done_on < last.done_on:
        return f"It was done on {in_words(last.done_on)} the last time: this time it was not before that day."
    earlier_due = min(occurrence.planned_on, occurrence.due_on)
    try:
        earliest = cadence.nth(earlier_due, obligation.every, obligation.unit, -1)
    except cadence.NoSuchDate:
        return ""
    if done_on >= earliest:
        return ""
    rhythm = cadence.in_words(obligation.every, obligation.unit)
    return f"This is done {rhythm} and due on {in_words(occurrence.due_on)}: it was not before {in_words(earliest)}."


def _cited(evidence, obligation):
    if evidence.vendor_id != obligation.vendor_id:
        raise Refused("This evidence belongs to another vendor.")
    if evidence.withdrawn_at:
        raise Refused(f"{evidence.title} was withdrawn and proves nothing any more.")
    version = evidence.current
    recorder = recorder_of(evidence) if version.number == 1 else None
    return {
        "evidence": evidence.pk,
        "title": evidence.title,
        "version": version.number,
        "name": version.name,
        "sha256": version.sha256,
        "uploaded_by": version.uploaded_by_id,
    } | ({"recorded_by": recorder} if recorder else {})


def _known(obligation, numbers):
    """The numbers once each; raises Refused for one that no review here has."""
    there = set(consequences.reopenable(obligation).values_list("statement__number", flat=True))
    unknown = sorted(set(numbers) - there)
    if unknown:
        raise Refused(f"No review here has statement {', '.join(map(str, unknown))}, so it cannot be opened again.")
    return sorted(set(numbers))


def _recorded(completion, by):
    occurrence = completion.occurrence
    occurrence.state = OccurrenceState.AWAITING
    occurrence.result, occurrence.done_on, occurrence.closed_reason = completion.result, completion.done_on, ""
    occurrence.save(update_fields=["state", "result", "done_on", "closed_reason"])
    _note(
        "occurrence.recorded",
        occurrence,
        by=by,
        after={"done_on": completion.done_on, "result": completion.result},
        content_hash=f"sha256:{completion.digest}",
    )
    invitations.withdraw(occurrence, occurrence.obligation, by=by)
    if occurrence.obligation.duty not in completions.COUNTERSIGNED and not completion.said["reopens"]:
        _done(completion, by)


def _done(completion, by, **said):
    """Close the date, open again what its findings ask for, and plan the next one."""
    occurrence = completion.occurrence
    _close(occurrence, by, **said)
    if numbers := completion.said["reopens"]:
        consequences.reopen(occurrence, numbers, by=by, found=completion.said["answers"]["found"])


def _close(occurrence, by, *, in_place=None, **said):
    occurrence.state = OccurrenceState.DONE
    occurrence.closed_at = timezone.now()
    occurrence.save(update_fields=["state", "result", "done_on", "closed_at"])
    after = {"done_on": occurrence.done_on, "result": occurrence.result} | (in_place or {})
    _note("occurrence.done", occurrence, by=by, after=after, **said)
    invitations.withdraw(occurrence, occurrence.obligation, by=by)
    plan.plan_dates(occurrence.obligation, timezone.localdate(), by=by)


def last_completion(occurrence):
    """What was recorded last, or None."""
    return occurrence.completions.select_related("by").order_by("-number").first()


def meaning(completion, *, by):
    """The sentence this person puts their name to (rule 6); a deputy's says in whose place."""
    occurrence, owner = completion.occurrence, signing_owner(completion)
    sentence = MEANING.format(
        title=occurrence.obligation.title,
        due_on=in_words(occurrence.due_on),
        result=completion.get_result_display().lower(),
    )
    return deputies.words(sentence, owner.get_role_display(), user=by, holder=owner) if owner else sentence


def shown(completion, *, to):
    """A sealed note of what the page shows to this person, to come back with the click. Not secret, not forgeable."""
    meant = meaning(completion, by=to)
    seal = {"to": to.pk, "completion": completion.pk, "digest": completion.digest, "meaning": meant}
    return signing.dumps(seal, salt=SALT)


@transaction.atomic
def sign(occurrence, *, by, shown):
    """Sign what was recorded last; the date is done. Returns the signature's row.

    The caller has made sure of a recent re-authentication. Raises Refused when something else was recorded since
    `shown`, PermissionDenied for whoever recorded it or may not sign (rule 5).
    """
    occurrence, completion = _awaiting(occurrence)
    ask(can_countersign(by, completion))
    _must_be_what_was_shown(shown, by, completion)
    signoff = CompletionSignOff.objects.create(
        completion=completion,
        signer=by,
        signer_name=by.name,
        signer_role=_signer_role(completion, by),
        meaning=meaning(completion, by=by),
        digest=completion.digest,
    )
    owner = signing_owner(completion)
    in_place = deputies.noted(by, owner) if owner else {}
    _done(completion, by, in_place=in_place, content_hash=f"sha256:{completion.digest}", approved_by=by.name)
    return signoff


def _signer_role(completion, by):
    owner = signing_owner(completion)
    if owner is None:
        return by.get_role_display()
    return deputies.as_printed(owner.get_role_display(), user=by, holder=owner)


def _awaiting(occurrence):
    occurrence = lock(occurrence)
    _must_be(occurrence, OccurrenceState.AWAITING)
    completion = last_completion(occurrence)
    completion.occurrence = occurrence
    return occurrence, completion


def _must_be_what_was_shown(sealed, by, completion):
    try:
        seal = signing.loads(sealed, salt=SALT)
    except signing.BadSignature:
        raise Refused("Not signed: the form did not say what it showed. Open the page again and sign there.") from None
    if seal["to"] != by.pk:
        raise Refused("Not signed: the form was shown to somebody else. Open the page again and sign there.")
    if (seal["completion"], seal["digest"]) != (completion.pk, completion.digest):
        raise Refused("Not signed: something else is recorded by now. Look at it again and decide.")
    if seal["meaning"] != meaning(completion, by=by):
        raise Refused("Not signed: the words to sign are others by now. Read them again and decide.")


@transaction.atomic
def return_to_open(occurrence, *, by, reason):
    """Ask for another record: by whoever may sign, or by the person who recorded it. The first one stays on record."""
    occurrence, completion = _awaiting(occurrence)
    if by != completion.by:
        ask(can_countersign(by, completion))
    if not reason.strip():
        raise Refused("Say what is missing, so that it can be mended.")
    occurrence.state = OccurrenceState.OPEN
    occurrence.result, occurrence.done_on, occurrence.closed_reason = "", None, reason
    occurrence.save(update_fields=["state", "result", "done_on", "closed_reason"])
    _note(
        "occurrence.returned",
        occurrence,
        by=by,
        before={"state": OccurrenceState.AWAITING},
        after={"state": OccurrenceState.OPEN},
        reason=reason,
    )
    return occurrence


def close_by_review(decision):
    """The date whose review was decided is done, whatever was decided. Call it in the transaction of the decision."""
    occurrence = Occurrence.objects.filter(review=decision.review).first()
    if occurrence is None:
        return
    occurrence = lock(occurrence)
    if occurrence.state not in PENDING:
        return
    occurrence.done_on = timezone.localdate(decision.decided_at)
    occurrence.result = Result.PASSED if decision.is_approval else Result.FAILED
    _close(occurrence, decision.signer, content_hash=f"sha256:{decision.digest}", approved_by=decision.signer_name)


def _must_be(occurrence, state):
    if occurrence.state != state:
        raise Refused(
            f"This date is {occurrence.get_state_display().lower()} by now. "
            "Someone may have been faster; look at it again."
        )


def _note(event_type, occurrence, *, by, **said):
    events.record_duty(event_type, occurrence, obligation=occurrence.obligation, by=by, **said)
