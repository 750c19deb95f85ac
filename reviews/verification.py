"""Does every signature still cover what was signed, by someone who may?"""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from audit.models import Event
from evidence.models import Version
from evidence.verification import AT_ONCE, Stored, damage
from reviews import digest, names, standings
from reviews.choices import Act, PolicyState, Status
from reviews.models import (
    AnswerTaken,
    Arrival,
    Attachment,
    Completion,
    Conflict,
    Decision,
    Escalation,
    Item,
    Policy,
    PolicySignature,
    Review,
    SignOff,
    Standing,
    Sync,
)
from reviews.permissions import POLICY_SIGNERS
from reviews.policy import policies as policy_rules

# `{(evidence id, version number): (who uploaded it or recorded the answer that it is, its SHA-256)}`
Versions = dict[tuple[int, int], tuple[frozenset[int], str]]
NOBODY: frozenset[int] = frozenset()


def stored() -> Iterator[Stored]:
    """Every file that came with an answer."""
    rows = Attachment.objects.order_by("pk")
    columns = rows.values_list("pk", "name", "file", "size", "sha256")
    for pk, name, *file in columns.iterator(chunk_size=AT_ONCE):
        yield Stored(f"file {pk} of an answer ({name})", *file)


def files() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each file. Raises Unreachable when the storage does not answer."""
    for each in stored():
        yield each.label, damage(each)


def arrivals() -> Iterator[tuple[str, str]]:
    """The same of each review that waits to be moved in: its file is gone once it is moved, or given up."""
    rows = Arrival.objects.exclude(file="").order_by("pk")
    for pk, name, *file in rows.values_list("pk", "name", "file", "size", "sha256"):
        label = f"review on its way in {pk} ({name})"
        wrong = damage(Stored(label, *file))
        yield label, wrong if wrong and rows.filter(pk=pk).exists() else ""


def of_review(review: Review) -> Iterator[tuple[str, str]]:
    """The same of the sign-offs, complete items and decisions of one review."""
    yield from signoffs(item__review=review)
    yield from items(review=review)
    yield from decisions(review=review)


def signoffs(**only: Any) -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each sign-off and withdrawal: digest, columns, cited hashes, four eyes (rules 5 to 7)."""
    versions = _versions()
    rows = SignOff.objects.filter(**only).order_by("pk").select_related("item__statement", "item__review")
    for row in rows.iterator(chunk_size=AT_ONCE):
        label = f"sign-off {row.pk} ({row.item.review.slug}, statement {row.item.number})"
        yield label, " ".join(_wrong_with_signoff(row, versions))


def _wrong_with_signoff(row: SignOff, versions: Versions) -> list[str]:
    content, wrong = _sealed(row)
    if content is None:
        return wrong
    if (content["finding"], content["meaning"], content["number"]) != (row.finding, row.meaning, row.item.number):
        wrong.append("Its columns say something else than what was signed.")
    if row.act == Act.SIGNED and row.signer_id == row.submitted_by_id:
        wrong.append("Four eyes: it is signed by who submitted it.")
    called = names.of(row.item.review, row.digest)
    for cited in content["evidence"]:
        here = called.evidence_here(cited["evidence"])
        brought_by, sha256 = versions.get((here, cited["version"]), (NOBODY, ""))
        if sha256 != cited["sha256"]:
            wrong.append(
                f"It covers evidence {cited['evidence']}, version {cited['version']}, which now has another hash."
            )
        if row.act == Act.SIGNED and row.signer_id in brought_by:
            wrong.append(
                f"Four eyes: it is signed by who uploaded evidence {cited['evidence']}, or recorded the answer it is."
            )
    return wrong


def items(**only: Any) -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each complete item: it carries a sign-off, by someone else than who did the work."""
    answers = SignOff.objects.filter(item=OuterRef("pk"), submission=OuterRef("submission"))
    rows = Item.objects.filter(status=Status.COMPLETE, **only).order_by("pk").select_related("statement", "review")
    rows = rows.annotate(
        signer=Subquery(answers.filter(act=Act.SIGNED).values("signer_id")[:1]),
        taken_back=Exists(answers.filter(act=Act.WITHDRAWN)),
    )
    rows = rows.annotate(settled=Exists(Conflict.objects.filter(item=OuterRef("pk"), resolved_by=OuterRef("signer"))))
    for row in rows.iterator(chunk_size=AT_ONCE):
        wrong = ""
        if row.signer is None or row.taken_back:
            wrong = "It is complete without a sign-off of its submission."
        elif row.signer in (row.submitted_by_id, row.finding_by_id):
            wrong = "Four eyes: it is signed by who submitted or found it."
        elif row.settled:
            wrong = "Four eyes: it is signed by who said which source prevails."
        yield f"item {row.pk} ({row.review.slug}, statement {row.number})", wrong


def standing() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each item: what lists say of it is what looking at it says, once both are up to date."""
    standings.refresh()
    ids = list(Item.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), standings.AT_ONCE):
        some = ids[start : start + standings.AT_ONCE]
        if differing := _differing(some):
            # People work meanwhile: what still differs when it is looked at again is wrong.
            standings.refresh()
            differing = _differing(differing)
        for pk in some:
            yield f"standing of item {pk}", "Lists say something else than looking at it." if pk in differing else ""


def _differing(ids: list[int]) -> list[int]:
    fields = ("review_id", "state", "until", "due_on", "holder_id", "returned_to_id")
    kept = {pk: rest for pk, *rest in Standing.objects.filter(pk__in=ids).values_list("pk", *fields)}
    found = map(standings.standing_of, Item.objects.filter(pk__in=ids).with_standing())
    return [each.pk for each in found if kept.get(each.pk) != [getattr(each, field) for field in fields]]


def decisions(**only: Any) -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each decision: seal, columns, conditions, and that another hand did the work (rule 13)."""
    rows = Decision.objects.filter(**only).order_by("pk").select_related("review").prefetch_related("conditions")
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield f"decision {row.pk} ({row.review.slug}, number {row.number})", " ".join(_wrong_with_decision(row))


def _wrong_with_decision(row: Decision) -> list[str]:
    content, wrong = _sealed(row)
    if content is None:
        return wrong
    decided = (content["outcome"], content["recommendation"], content["reason"], content["meaning"])
    if decided != (row.outcome, row.recommendation, row.reason, row.meaning):
        wrong.append("Its columns say something else than what was signed.")
    signed = sorted((text, due_on) for text, _, due_on in content["conditions"])
    if signed != sorted((condition.text, condition.due_on.isoformat()) for condition in row.conditions.all()):
        wrong.append("Its conditions are not those that were signed.")
    digests = {signoff for _, _, signoff in content["items"] if signoff}
    # A re-assessment rests on sign-offs of earlier reviews of its deployment; the digest says of which.
    deployment = row.review.deployment_id
    relied_on = SignOff.objects.filter(item__review__deployment=deployment, act=Act.SIGNED, digest__in=digests)
    known = dict(relied_on.values_list("digest", "submitted_by_id"))
    if digests - known.keys():
        wrong.append("It rests on a sign-off that is not there.")
    if row.signer_id in known.values():
        wrong.append("Four eyes: it is decided by who submitted an item it rests on.")
    return wrong


def letters() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each letter that was sent: it says what its digest was made of."""
    for row in Escalation.objects.exclude(digest="").order_by("pk").iterator(chunk_size=AT_ONCE):
        content, wrong = _sealed(row)
        if content is not None and content["number"] != row.number:
            wrong.append("Its number is another than the letter's.")
        yield f"letter {row.pk} ({row})", " ".join(wrong)


def minutes() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of the minutes of each sync that ended: they say what their digest was made of."""
    for row in Sync.objects.filter(closed_at__isnull=False).order_by("pk").iterator(chunk_size=AT_ONCE):
        content, wrong = _sealed(row)
        if content is not None and content["number"] != row.number:
            wrong.append("Its number is another than the sync's.")
        yield f"minutes {row.pk} ({row})", " ".join(wrong)


def completions() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each completion: seal, columns, cited hashes, and that another hand signed it (rule 5)."""
    versions = _versions()
    rows = Completion.objects.order_by("pk").select_related("occurrence__obligation", "signoff")
    for row in rows.iterator(chunk_size=AT_ONCE):
        label = f"completion {row.pk} ({row.occurrence}, number {row.number})"
        yield label, " ".join(_wrong_with_completion(row, versions))


def _wrong_with_completion(row: Completion, versions: Versions) -> list[str]:
    content, wrong = _sealed(row)
    if content is None:
        return wrong
    if (content["done_on"], content["result"]) != (row.done_on.isoformat(), row.result):
        wrong.append("Its columns say something else than what was recorded.")
    hands = {row.by_id}
    for cited in content["evidence"]:
        brought_by, sha256 = versions.get((cited["evidence"], cited["version"]), (NOBODY, ""))
        hands |= brought_by
        if sha256 != cited["sha256"]:
            wrong.append(
                f"It cites evidence {cited['evidence']}, version {cited['version']}, which now has another hash."
            )
    signoff = getattr(row, "signoff", None)
    if signoff and signoff.digest != row.digest:
        wrong.append("Its signature covers something else.")
    if signoff and signoff.signer_id in hands:
        wrong.append("Four eyes: it is signed by who recorded it or uploaded what it cites.")
    return wrong


def policies() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each policy that was submitted and of each signature: seals, columns, four eyes."""
    for policy in (
        Policy.objects.exclude(digest="").order_by("pk").select_related("vendor").prefetch_related("signatures")
    ):
        yield f"policy {policy.pk} ({policy})", " ".join(_wrong_with_policy(policy))
    rows = PolicySignature.objects.order_by("pk").select_related("policy").prefetch_related("policy__writers")
    logged = _logged_agreements()
    for row in rows:
        wrong = _wrong_with_agreement(row)
        if (row.policy_id, row.act, row.role, row.signer_id, f"sha256:{row.digest}") not in logged:
            wrong.append("The audit log knows nothing of it.")
        yield f"policy signature {row.pk} ({row.signer_role}, policy {row.policy_id})", " ".join(wrong)


def _logged_agreements() -> set[tuple[int, str, str, int | None, str]]:
    """Who signed or withdrew what as which role, by the audit log: its content alone does not say whose a signature is."""
    acts = {"policy.signed": Act.SIGNED, "policy.signature_withdrawn": Act.WITHDRAWN}
    rows = Event.objects.filter(event_type__in=acts).order_by("pk")
    columns = rows.values_list("target_id", "event_type", "after__role", "actor_id", "content_hash")
    return {
        (int(policy), acts[event_type].value, role, actor, content_hash)
        for policy, event_type, role, actor, content_hash in columns.iterator(chunk_size=AT_ONCE)
    }


def _wrong_with_policy(policy: Policy) -> list[str]:
    content, wrong = _sealed(policy)
    if content is None:
        return wrong
    if policy_rules.is_frozen(policy) and policy_rules.content_of(policy) != content | {
        "vendor_name": policy.vendor.name
    }:
        wrong.append("Its columns say something else than what was submitted.")
    if policy.state == PolicyState.IN_FORCE and len(policy_rules.signed(policy)) < len(POLICY_SIGNERS):
        wrong.append("It is in force without its three signatures.")
    return wrong


def _wrong_with_agreement(row: PolicySignature) -> list[str]:
    content, wrong = _sealed(row)
    if content is None:
        return wrong
    if content["meaning"] != row.meaning:
        wrong.append("Its columns say something else than what was signed.")
    policy = row.policy
    # Of an earlier submission, a signer may have become a writer since.
    if row.submission != policy.submission or not policy_rules.is_frozen(policy):
        return wrong
    if content != policy.said | {"meaning": row.meaning}:
        wrong.append("It covers something else than the policy it is under.")
    hands = {policy.submitted_by_id, *(writer.pk for writer in policy.writers.all())}
    if row.act == Act.SIGNED and row.signer_id in hands:
        wrong.append("Four eyes: it is signed by who wrote or submitted the policy.")
    return wrong


def _sealed(
    row: SignOff | Decision | Escalation | Sync | Completion | Policy | PolicySignature,
) -> tuple[dict[str, Any] | None, list[str]]:
    """The signed content and an empty list; None and a sentence when it is not what the digest is over."""
    if digest.sha256(row.content) != row.digest:
        return None, ["Its digest is not that of the content that was signed."]
    content = json.loads(row.content)
    if digest.canonical(content) != row.content:
        return None, ["Its content is not spelled as it is when signed."]
    return content, []


def _versions() -> Versions:
    rows = Version.objects.values_list("evidence_id", "number", "uploaded_by_id", "sha256")
    recorded = AnswerTaken.objects.exclude(answer__recorded_by=None)
    recorders = {(evidence, 1): by for evidence, by in recorded.values_list("evidence_id", "answer__recorded_by_id")}
    return {
        (evidence, number): (frozenset({by, recorders.get((evidence, number), by)}), sha256)
        for evidence, number, by, sha256 in rows.iterator(chunk_size=AT_ONCE)
    }
