"""Which moves exist, who may make them, what stands in the way, what do they record? One table, one locked door."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, Verdict, ask
from audit import bulk
from evidence.models import Evidence
from reviews import deputies, digest, events, standing
from reviews.choices import OPEN, AnsweredBy, Finding, Status
from reviews.models import Citation, Comment, Item
from reviews.permissions import can_answer, can_sign, can_work_on
from reviews.querysets import citations, conflicts, people


@dataclass(frozen=True)
class Transition:
    """A move from one of `sources` to `target`.

    `allowed(user, item)` is a verdict about the person, `blockers(item)` sentences about the item.
    `remark` says what must be written with it ("" for nothing). `offered`: as a button, on the item's page.
    """

    key: str
    label: str
    sources: frozenset[Status]
    target: Status
    allowed: Callable[[Any, Item], Verdict]
    blockers: Callable[[Item], list[str]] = field(default=lambda item: [])
    remark: str = ""
    offered: bool = True


def missing_ground(item):
    """What rule 4 still asks for before the finding can be signed, as sentences."""
    if not item.finding:
        return ["Choose a finding: confirmed, cannot be confirmed, or not applicable."]
    if item.finding == Finding.CONFIRMED:
        return _missing_proof(item)
    if not item.reason.strip():
        what = (
            "Say why it cannot be confirmed."
            if item.finding == Finding.UNCONFIRMED
            else "Justify why it does not apply."
        )
        return [what]
    asked = item.asked.strip() and item.asked_of.strip()
    if item.finding == Finding.UNCONFIRMED and item.answered_by == AnsweredBy.VENDOR and not asked:
        return ["This is the vendor's answer: say what was asked, and of whom."]
    return []


def _missing_proof(item):
    cited = list(item.citations.all())
    if not cited:
        return ["Cite at least one piece of evidence: a confirmation needs its proof."]
    reasons = [(citation, standing.unusable_reason(item, citation)) for citation in cited]
    return [f"{citation.evidence.title}: {reason}" for citation, reason in reasons if reason]


def no_owner(item):
    return ["Nobody owns this item. Give it an owner first."] if item.is_unowned else []


def disputed(item):
    """Sources that contradict each other keep what rests on them from being signed, until somebody says which prevails."""
    return [
        f"Sources disagree and nobody has settled it: “{conflict.title}”. Say which one prevails, and why."
        for conflict in item.conflicts.all()
        if conflict.is_open
    ]


def not_submittable(item):
    return missing_ground(item) + disputed(item)


def not_signable(item):
    return no_owner(item) + missing_ground(item) + disputed(item) + changed_since_submission(item)


def changed_since_submission(item):
    """Rule 5: a signature answers what someone else submitted, not what the signer or anyone made of it afterwards."""
    if item.submitted_digest == digest.of_submission(item):
        return []
    return ["The cited evidence changed since it was submitted. Take the item back, look at it and submit it again."]


def still_current(item):
    if standing.is_current(item):
        return ["Its sign-off is current. The owner can withdraw it; nobody else reopens a signed item."]
    return []


START = Transition("start", "Start work", frozenset({Status.NOT_STARTED}), Status.IN_PROGRESS, can_work_on)
SUBMIT = Transition("submit", "Submit for sign-off", OPEN, Status.AWAITING, can_work_on, not_submittable)
TAKE_BACK = Transition("take_back", "Take back", frozenset({Status.AWAITING}), Status.IN_PROGRESS, can_work_on)
RETURN = Transition(
    "return",
    "Return with a comment",
    frozenset({Status.AWAITING}),
    Status.IN_PROGRESS,
    can_answer,
    remark="Say what is missing, so that it can be mended.",
)
SIGN = Transition("sign", "Sign", frozenset({Status.AWAITING}), Status.COMPLETE, can_sign, not_signable)
WITHDRAW = Transition(
    "withdraw",
    "Withdraw my sign-off",
    frozenset({Status.COMPLETE}),
    Status.IN_PROGRESS,
    can_answer,
    remark="Say why the sign-off is withdrawn.",
)
REOPEN = Transition(
    "reopen",
    "Reopen",
    frozenset({Status.COMPLETE}),
    Status.IN_PROGRESS,
    can_work_on,
    still_current,
    remark="Say what has to be looked at again.",
)
# What a drill or a check found counts against a current signature too, so no button leads here: only a date of an obligation.
REOPEN_BY_DUTY = Transition(
    "reopen_by_duty",
    "Reopen for what a date of an obligation found",
    frozenset({Status.COMPLETE}),
    Status.IN_PROGRESS,
    can_work_on,
    remark="Say what was found.",
    offered=False,
)
# Work that only an import began is as if it had never begun: no button leads here, only the undoing of the import.
UNSTART = Transition(
    "unstart",
    "Undo the import that started it",
    frozenset({Status.IN_PROGRESS}),
    Status.NOT_STARTED,
    can_work_on,
    offered=False,
)
TRANSITIONS = (START, SUBMIT, TAKE_BACK, RETURN, SIGN, WITHDRAW, REOPEN, REOPEN_BY_DUTY, UNSTART)
# Whoever submitted it finds it among what was returned to them; the words go into the discussion.
RETURNING = frozenset({RETURN, WITHDRAW, REOPEN_BY_DUTY})
DISCUSSED = frozenset({RETURN, REOPEN, REOPEN_BY_DUTY})
ANSWERS = {RETURN, SIGN, WITHDRAW}  # the owner's, or their deputy's


@dataclass(frozen=True)
class Offer:
    """A move the item's status allows, and the sentence that disables it for this person, if any."""

    transition: Transition
    reason: str


def available(item, user):
    """What the page offers: every move from the item's status, each with the reason it is disabled or ''."""
    return {
        transition.key: Offer(transition, _reason(transition, item, user))
        for transition in TRANSITIONS
        if transition.offered and item.status in transition.sources
    }


def _reason(transition, item, user):
    verdict = transition.allowed(user, item)
    return verdict.reason or " ".join(transition.blockers(item))


def lock(item):
    """The item as it is in the database, locked until the transaction ends, with everything a move looks at.

    A new version of an evidence waits for the same lock, so nothing cited changes between a comparison and its record.
    Joined is only what never becomes another row's: PostgreSQL does not look again at joined rows after waiting for a lock.
    """
    rows = Item.objects.for_act().select_related("review__checklist").select_for_update(of=("self",))
    ground = people("review__assignments"), conflicts(), *citations(locked=True)
    return rows.prefetch_related(*ground).get(pk=item.pk)


def lock_alone(item):
    """The item as it is in the database, locked until the transaction ends, without the evidence it cites.

    Its review and its statement never become others: they are those of the item given.
    """
    alone = Item.objects.select_for_update().get(pk=item.pk)
    alone.review, alone.statement = item.review, item.statement
    return alone


def lock_all(ids):
    """Lock the items in the order of their ids, then the evidence they cite in the order of theirs.

    Whoever moves several items calls it once, before the first move: taking evidence before the last item would
    wait for somebody who waits for that evidence.
    """
    list(Item.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
    cited = Citation.objects.filter(item__in=ids).values("evidence_id")
    # A citation's foreign key may still point at it meanwhile: two people who cite each other's evidence never deadlock.
    list(Evidence.objects.select_for_update(no_key=True).filter(pk__in=cited).order_by("pk"))


@transaction.atomic
def apply(transition, item, *, by, remark="", compare=None, record=None):
    """Make the move on the locked item, write its event, and return the item.

    `compare(item)` may refuse before the item's own blockers do. `record(item)` writes what belongs to the move (a sign-off row) before the status changes.
    Raises Refused with a sentence when the status, an open ground or a missing remark forbids it and
    PermissionDenied when the person does. Nothing else writes `status`.
    """
    item = lock(item)
    if item.status not in transition.sources:
        raise Refused(
            f"{item} is {item.get_status_display().lower()}, so “{transition.label}” no longer applies. "
            "Someone may have been faster; look at the item again."
        )
    ask(transition.allowed(by, item))
    if compare:
        compare(item)
    blockers = transition.blockers(item)
    if blockers:
        raise Refused(" ".join(blockers))
    if transition.remark and not remark.strip():
        raise Refused(transition.remark)
    before = item.status
    in_place = deputies.noted(by, item.holder) if transition in ANSWERS else {}
    extra = record(item) if record else {}
    _move(item, transition, by)
    if transition in DISCUSSED:
        Comment.objects.create(item=item, author=by, text=remark)
    after = {"status": item.status, "finding": item.finding} | in_place
    note(item, f"item.{transition.key}", by=by, before={"status": before}, after=after, reason=remark, **extra)
    return item


def apply_all(transition, items, *, by, changed=()):
    """Make the move on many items in a few statements; return `{item's id: why}` for those whose ground is missing.

    The items are locked (`lock_all`) and read with what a move looks at. Fields of them in `changed` are written with
    it. Who calls writes the events. Raises as `apply` does; those that stay are as they were, `changed` not written.
    """
    able, held = [], {}
    for item in items:
        if item.status not in transition.sources:
            raise Refused(f"{item} is {item.get_status_display().lower()}, so “{transition.label}” no longer applies.")
        ask(transition.allowed(by, item))
        if blockers := transition.blockers(item):
            held[item.pk] = " ".join(blockers)
        else:
            able.append(item)
    for item in able:
        _set(item, transition, by)
    bulk.update(able, ["status", *MOVED, *changed])
    return held


# What a move writes beside the status.
MOVED = ("returned_to", "submission", "submitted_by", "submitted_at", "submitted_digest")


def _move(item, transition, by):
    _set(item, transition, by)
    item.save(update_fields=["status", *MOVED])


def _set(item, transition, by):
    item.status = transition.target
    item.returned_to_id = item.submitted_by_id if transition in RETURNING else None
    if transition is SUBMIT:
        item.submission += 1
        item.submitted_by = by
        item.submitted_at = timezone.now()
        item.submitted_digest = digest.of_submission(item)


def note(item, event_type, *, by, before=None, after=None, **extra):
    """One event about an item; without `after`, it says where the item stands now."""
    events.record(
        event_type,
        item,
        review=item.review,
        by=by,
        about=f"statement {item.number}",
        label=str(item.statement),
        before=before,
        after={"status": item.status, "finding": item.finding} if after is None else after,
        **extra,
    )


def mermaid():
    """The table above as a mermaid state diagram; `docs/workflow.md` holds a copy that a test compares."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.NOT_STARTED.value}"]
    lines += [f"    {status.value}: {status.label}" for status in Status]
    for transition in TRANSITIONS:
        for source in sorted(transition.sources):
            lines.append(f"    {source} --> {transition.target.value}: {transition.label}")
    return "\n".join(lines)
