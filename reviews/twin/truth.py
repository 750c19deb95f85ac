"""Does a review's file contradict itself, its signatures or the rules? Every answer names the place.

What the database would refuse is refused here first, in words; what only the whole can show (is every sign-off that was
current still current?) is asked of the rows once they are there: see `moving`.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from reviews.choices import Act, State, Status
from reviews.digest import canonical, sha256
from reviews.twin.format import DecisionEntry, ItemEntry, SignOffEntry, Twin
from reviews.twin.problems import Wrong, shortened
from reviews.twin.tables import BY_HAND, columns
from reviews.twin.values import EvidenceRef, ItemRef, PersonRef, walk

CLOCKS_DIFFER = timedelta(minutes=5)
Problems = Iterator[str]


def check(twin: Twin) -> None:
    """Raise Wrong with everything that is wrong in it."""
    found: list[str] = []
    for each in (_sizes, _repeated, _references, _moments, _signatures, _decisions, _frozen):
        found += each(twin)
    if found:
        raise Wrong(shortened(found))


def _sizes(twin: Twin) -> Problems:
    """Texts that are longer than their column, and files of one hash and two sizes."""
    for pointer, entry in _entries(twin):
        for field in columns(type(entry)) if type(entry) in BY_HAND else ():
            value = getattr(entry, field.name)
            if field.max_length and isinstance(value, str) and len(value) > field.max_length:
                yield f"{pointer}/{field.name}: has more than {field.max_length} characters."
    sizes: dict[str, int] = {}
    for pointer, entry in _entries(twin):
        size, sha = getattr(entry, "size", None), getattr(entry, "sha256", "")
        if size is not None and not getattr(entry, "link", "") and sizes.setdefault(sha, size) != size:
            yield f"{pointer}/size: the same file has another size elsewhere."


def _entries(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """`(JSON pointer, part)` of every part of the file that has fields."""
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _entries(each, f"{pointer}/{index}")
    elif hasattr(value, "model_fields_set"):
        yield pointer, value
        for name in type(value).model_fields:
            yield from _entries(getattr(value, name), f"{pointer}/{name}")


def _repeated(twin: Twin) -> Problems:
    yield from _twice("/people", "email", [each.email.casefold() for each in twin.people])
    yield from _twice("/evidence", "number", [each.number for each in twin.evidence])
    yield from _twice("/items", "number", [each.number for each in twin.items])
    yield from _twice("/decisions", "number", [each.number for each in twin.decisions])
    yield from _twice("/questions", "number", [each.number for each in twin.questions])
    yield from _twice("/questions", "standard", [each.standard or index for index, each in enumerate(twin.questions)])
    yield from _twice("/escalations", "number", [each.number for each in twin.escalations])
    yield from _twice("/syncs", "number", [each.number for each in twin.syncs])
    yield from _twice("/figures", "day", [each.day for each in twin.figures])
    yield from _twice("/review/assignments", "role", [each.role for each in twin.review.assignments])
    for place, evidence in enumerate(twin.evidence):
        yield from _twice(f"/evidence/{place}/versions", "number", [each.number for each in evidence.versions])
    for place, item in enumerate(twin.items):
        cited = [(each.evidence, each.locator) for each in item.citations]
        yield from _twice(f"/items/{place}/citations", "locator", cited)
        acts = [(each.submission, each.act) for each in item.signoffs]
        yield from _twice(f"/items/{place}/signoffs", "submission", acts)
    for place, question in enumerate(twin.questions):
        yield from _twice(f"/questions/{place}/answers", "number", [each.number for each in question.answers])
    for place, letter in enumerate(twin.escalations):
        yield from _twice(f"/escalations/{place}/escalated", "item", [each.item for each in letter.escalated])


def _twice(pointer: str, field: str, values: Iterable[Any]) -> Problems:
    seen: set[Any] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield f"{pointer}/{index}/{field}: is there twice."
        seen.add(value)


def _references(twin: Twin) -> Problems:
    people = {each.email for each in twin.people}
    evidence = {int(each.number) for each in twin.evidence}
    items = {int(each.number) for each in twin.items}
    for pointer, value in walk(twin):
        if isinstance(value, PersonRef) and value not in people:
            yield f"{pointer}: {value} is not among the people."
        elif isinstance(value, EvidenceRef) and value not in evidence:
            yield f"{pointer}: there is no evidence {value} in it."
        elif isinstance(value, ItemRef) and value not in items:
            yield f"{pointer}: there is no item {value} in it."
    yield from _numbers(twin)


def _numbers(twin: Twin) -> Problems:
    questions = {each.number for each in twin.questions}
    decisions = {each.number for each in twin.decisions}
    for place, guest in enumerate(twin.guests):
        for number in set(guest.questions) - questions:
            yield f"/guests/{place}/questions: there is no question {number} in it."
    for place, letter in enumerate(twin.escalations):
        if letter.decision is not None and letter.decision not in decisions:
            yield f"/escalations/{place}/decision: there is no decision {letter.decision} in it."
        for index, each in enumerate(letter.escalated):
            if each.question not in questions:
                yield f"/escalations/{place}/escalated/{index}/question: there is no question {each.question} in it."
    for place, question in enumerate(twin.questions):
        for index, answer in enumerate(question.answers):
            pointer = f"/questions/{place}/answers/{index}"
            if (answer.guest is None) == (answer.recorded_by is None):
                yield f"{pointer}: was recorded by one of us or given by a guest, and by nobody else."
            if answer.guest is not None and answer.guest >= len(twin.guests):
                yield f"{pointer}/guest: there is no such guest."
            for spot, taken in enumerate(answer.taken):
                if taken.attachment is not None and taken.attachment >= len(answer.attachments):
                    yield f"{pointer}/taken/{spot}/attachment: there is no such file."
    for place, item in enumerate(twin.items):
        for index, conflict in enumerate(item.conflicts):
            if conflict.prevails is not None and conflict.prevails >= len(conflict.sides):
                yield f"/items/{place}/conflicts/{index}/prevails: there is no such side."


def _moments(twin: Twin) -> Problems:
    now = timezone.now()
    if twin.exported_at > now + CLOCKS_DIFFER:
        yield "/exported_at: is in the future."
    # Nothing may be signed later than it is moved in: by that it is told from what is signed here (`names.moved_from`).
    latest = min(twin.exported_at + CLOCKS_DIFFER, now)
    for pointer, value in walk(twin):
        if isinstance(value, datetime) and value > latest and not pointer.endswith(("/expires_at", "/exported_at")):
            yield f"{pointer}: is later than the moment at which the file was made, or lies in the future."


def _signatures(twin: Twin) -> Problems:
    for place, item in enumerate(twin.items):
        for index, row in enumerate(item.signoffs):
            for words in _wrong_with_signature(item, row):
                yield f"/items/{place}/signoffs/{index}: {words}"
        yield from (f"/items/{place}: {words}" for words in _wrong_with_status(item))


def _wrong_with_signature(item: ItemEntry, row: SignOffEntry) -> Problems:
    if row.act == Act.SIGNED and row.signer == row.submitted_by:
        yield "four eyes: it is signed by who submitted it."
    if row.act == Act.WITHDRAWN and not row.reason:
        yield "it is withdrawn without a reason."
    content = _sealed(row)
    if content is None:
        yield "its digest is not that of the content that was signed."
    elif not _is_signature(content):
        yield "its content is none that was ever signed."
    elif (content["finding"], content["meaning"], content["number"]) != (row.finding, row.meaning, item.number):
        yield "its fields say something else than what was signed."


def _sealed(row: SignOffEntry | DecisionEntry | Any) -> Any:
    """The sealed content; None when the digest is of something else."""
    if sha256(row.content) != row.digest:
        return None
    try:
        content = json.loads(row.content)
        return content if canonical(content) == row.content else None
    except (ValueError, RecursionError):
        return None


def _is_signature(content: Any) -> bool:
    if not isinstance(content, dict) or not {"finding", "meaning", "number", "reason", "evidence"} <= content.keys():
        return False
    cited, conflicts = content["evidence"], content.get("conflicts", [])
    if not (isinstance(cited, list) and isinstance(conflicts, list) and isinstance(content["reason"], str)):
        return False
    sides = [conflict.get("sides") for conflict in conflicts if isinstance(conflict, dict)]
    if len(sides) != len(conflicts) or not all(isinstance(each, list) for each in sides):
        return False
    return all(
        isinstance(each, dict) and {"evidence", "version", "sha256", "quote"} <= each.keys() for each in cited
    ) and all(isinstance(each, dict) and "evidence" in each for side in sides for each in side)


def _wrong_with_status(item: ItemEntry) -> Problems:
    if item.status in {Status.AWAITING, Status.COMPLETE}:
        if not (item.finding and item.submitted_by and item.submission):
            yield "it was submitted without a finding, or by nobody."
        if item.finding != "confirmed" and not item.reason:
            yield "it was submitted without a reason."
    if item.status != Status.COMPLETE:
        return
    rows = {row.act: row for row in item.signoffs if row.submission == item.submission}
    if Act.SIGNED not in rows or Act.WITHDRAWN in rows:
        yield "it is complete without a sign-off of its submission."
    elif rows[Act.SIGNED].signer in {item.submitted_by, item.finding_by}:
        yield "four eyes: it is signed by who submitted or found it."
    elif any(conflict.resolved_by == rows[Act.SIGNED].signer for conflict in item.conflicts):
        yield "four eyes: it is signed by who said which source prevails."


DECIDED_OVER = {"outcome", "recommendation", "reason", "meaning", "conditions", "items", "sum"}


def _decisions(twin: Twin) -> Problems:
    signed = {row.digest: row for item in twin.items for row in item.signoffs if row.act == Act.SIGNED}
    for place, row in enumerate(twin.decisions):
        content = _sealed(row)
        if content is None:
            yield f"/decisions/{place}: its digest is not that of the content that was signed."
        elif not _is_decision(content):
            yield f"/decisions/{place}: its content is none that was ever signed."
        else:
            yield from (f"/decisions/{place}: {words}" for words in _wrong_with_decision(row, content, signed, twin))


def _is_decision(content: Any) -> bool:
    if not isinstance(content, dict) or not content.keys() >= DECIDED_OVER:
        return False
    triples = (content["conditions"], content["items"])
    return all(
        isinstance(rows, list) and all(isinstance(row, list) and len(row) == 3 for row in rows) for rows in triples
    ) and all(state in State.values and isinstance(sealed, str) for _, state, sealed in content["items"])


def _wrong_with_decision(row: DecisionEntry, content: Any, signed: dict[str, SignOffEntry], twin: Twin) -> Problems:
    if (content["outcome"], content["recommendation"], content["reason"], content["meaning"]) != (
        row.outcome,
        row.recommendation,
        row.reason,
        row.meaning,
    ):
        yield "its fields say something else than what was signed."
    said = [(text, due_on) for text, _, due_on in content["conditions"]]
    if sorted(map(str, said)) != sorted(str((each.text, each.due_on.isoformat())) for each in row.conditions):
        yield "its conditions are not those that were signed."
    rested = {sealed for _, _, sealed in content["items"] if sealed}
    if rested - signed.keys() and twin.review.earlier is None:
        yield "it rests on a sign-off that is not there."
    if row.signer in {signed[sealed].submitted_by for sealed in rested & signed.keys()}:
        yield "four eyes: it is decided by who submitted an item it rests on."


def _frozen(twin: Twin) -> Problems:
    """Letters that were sent and syncs that were closed say what their digest was made of."""
    for kind, rows in (("escalations", twin.escalations), ("syncs", twin.syncs)):
        for place, row in enumerate(rows):
            if bool(row.digest) != bool(row.content) or (row.digest and _sealed(row) is None):
                yield f"/{kind}/{place}: its digest is not that of what was sent or closed."
    for place, evidence in enumerate(twin.evidence):
        for index, version in enumerate(evidence.versions):
            if version.link and sha256(version.link) != version.sha256:
                yield f"/evidence/{place}/versions/{index}: its hash is not that of the address."
