"""What can be done with a review that arrives? Bring the file, have the move rehearsed, confirm it, give it up.

The preview is no estimate: the worker makes the whole move in a transaction and takes it back. What it says of people,
files and signatures is what happened there; the move itself does the same again, with the files.
"""

import hashlib
import logging
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import User
from accounts.permissions import Refused, ask
from audit import log
from evidence import names, storage
from evidence.uploads import limit_in_words
from reviews import standing
from reviews.choices import Act, ArrivalState, Status
from reviews.models import Arrival, Item, Review
from reviews.models.imports import stored_arrival
from reviews.permissions import can_let_in, can_move_in
from reviews.twin import moving, people, reading, truth
from reviews.twin.format import Twin
from reviews.twin.problems import Wrong
from reviews.twin.reading import Arrived
from vendors.models import Vendor

logger = logging.getLogger(__name__)

AT_WORK = frozenset({ArrivalState.READING, ArrivalState.MOVING})
# After this long without a word the page offers to hand it to a worker again.
SILENT_AFTER = timedelta(minutes=2)
GONE = "The file is no longer in the storage. Bring it again."


class _Rehearsed(Exception):
    """Takes everything back that was written."""


def bring(vendor: Vendor, *, by: User, upload: Any) -> Arrival:
    """Store the file as it came and have it looked at. Raises PermissionDenied or Refused; then nothing is left."""
    ask(can_move_in(by, vendor.pk))
    name = names.display_name(upload.name)
    if getattr(upload, "too_large", False):
        raise Refused(
            f"“{name}” is larger than {limit_in_words()}, which a browser may send here. "
            "On the machine, `manage.py move_review_in` takes a file of any size."
        )
    return take(vendor, by=by, file=upload, name=name)


def take(vendor: Vendor, *, by: User, file: Any, name: str) -> Arrival:
    """The same without the limit of what a browser may send."""
    ask(can_move_in(by, vendor.pk))
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    arrival = Arrival(vendor=vendor, name=name, sha256=sha256, size=file.size, created_by=by)
    with storage.kept(stored_arrival(arrival, name), file, sha256=sha256) as stored, transaction.atomic():
        arrival.file = stored
        arrival.worked_at = timezone.now()
        arrival.save()
        _note("brought", arrival, by, after={"name": name})
        _send(arrival)
    return arrival


def read(arrival_id: int) -> None:
    """Rehearse the move, and say what came of it. Does nothing when nobody waits for that any more."""
    arrival = Arrival.objects.select_related("vendor", "created_by").filter(pk=arrival_id).first()
    if arrival is None or arrival.state != ArrivalState.READING:
        return
    try:
        with _unpacked(arrival) as arrived:
            found = _rehearse(arrival, arrived)
    except (Refused, PermissionDenied) as problem:
        _refuse(arrival, problem)
        return
    Arrival.objects.filter(pk=arrival.pk, state=ArrivalState.READING).update(
        state=ArrivalState.READY, found=found, problems=[]
    )


def _rehearse(arrival: Arrival, arrived: Arrived) -> dict[str, Any]:
    twin = arrived.twin
    truth.check(twin)
    files = arrived.check_files()
    known = people.matched(twin)
    found: dict[str, Any] = {}
    try:
        with transaction.atomic():
            review = _moved(arrival, arrived, lambda sha, _: f"rehearsed/{sha}", by=arrival.created_by)
            found = _described(twin, review, files)
            raise _Rehearsed
    except _Rehearsed:
        pass
    found["known"] = [[each.name, each.email] for each in sorted(known.known.values(), key=lambda each: each.email)]
    found["unknown"] = [[each.name, each.email, each.role.label] for each in known.unknown]
    return found


def _described(twin: Twin, review: Review, files: int) -> dict[str, Any]:
    """What the preview prints, read from the rows as they stood for a moment."""
    complete = [each for each in twin.items if each.status == Status.COMPLETE]
    rows = Item.objects.with_standing().filter(review=review)
    signed = [row for each in twin.items for row in each.signoffs]
    by_name = Counter((row.signer_name, row.signer) for row in (*signed, *twin.decisions))
    return {
        "organisation": twin.installation.organisation,
        "exported_at": twin.exported_at.isoformat(),
        "vendor": twin.vendor.name,
        "title": twin.review.title,
        "called_there": twin.review.slug,
        "called_here": review.slug,
        "deployment": review.deployment.name,
        "checklist": str(review.checklist),
        "lead": review.lead.name,
        "items": len(twin.items),
        "complete": len(complete),
        "current": sum(standing.is_current(row) for row in rows),
        "signatures": sum(row.act == Act.SIGNED for row in signed),
        "withdrawals": sum(row.act == Act.WITHDRAWN for row in signed),
        "in_the_name_of": [[*name, count] for name, count in sorted(by_name.items())],
        "decisions": len(twin.decisions),
        "questions": len(twin.questions),
        "letters": len(twin.escalations),
        "syncs": len(twin.syncs),
        "comments": sum(len(each.comments) for each in twin.items),
        "evidence": len(twin.evidence),
        "files": files,
        "events": len(twin.history),
        "not_included": list(twin.not_included),
    }


def waiting(user: User) -> list[Arrival]:
    """Those that wait for this person's word, as `can_let_in` says."""
    if user.role != Role.CISO:
        return []
    signs_at = grants.vendor_ids_with(user, {Access.SIGN})
    rows = Arrival.objects.filter(state=ArrivalState.READY, vendor__in=signs_at).exclude(created_by=user)
    return list(rows.select_related("vendor", "created_by"))


def let_in(arrival: Arrival, *, by: User, shown: str) -> Arrival:
    """Have the move made that the preview of the file with the hash `shown` showed.

    Raises PermissionDenied, or Refused when it waits for no word.
    """
    ask(can_let_in(by, arrival))
    with transaction.atomic():
        arrival = Arrival.objects.select_for_update(of=("self",)).get(pk=arrival.pk)
        if shown != arrival.sha256:
            raise Refused("This is not the file you were shown. Look at it again.")
        if arrival.state != ArrivalState.READY:
            raise Refused(f"This file is not waiting for your word: {arrival.get_state_display().lower()}.")
        arrival.state, arrival.worked_at, arrival.let_in_by = ArrivalState.MOVING, timezone.now(), by
        arrival.save(update_fields=["state", "worked_at", "let_in_by"])
        _note("let_in", arrival, by, after={"people_added": len(arrival.found["unknown"])})
        _send(arrival)
    return arrival


def move_in(arrival_id: int) -> None:
    """Make the move that was confirmed: all of it or nothing. Does nothing when it was made already."""
    arrival = Arrival.objects.select_related("vendor", "created_by").filter(pk=arrival_id).first()
    if arrival is None or arrival.state != ArrivalState.MOVING:
        return
    try:
        with _unpacked(arrival) as arrived:
            truth.check(arrived.twin)
            _must_be_the_same_people(arrival, arrived.twin)
            with ExitStack() as stack:
                placed = _shelf(arrival, arrived, stack)
                with transaction.atomic():
                    _move(arrival, arrived, placed)
    except (Refused, PermissionDenied) as problem:
        _refuse(arrival, problem)


def _move(arrival: Arrival, arrived: Arrived, placed: moving.Placed) -> None:
    locked = Arrival.objects.select_for_update().get(pk=arrival.pk)
    if locked.state != ArrivalState.MOVING:
        raise Refused("It was moved in or given up meanwhile.")
    review = _moved(arrival, arrived, placed, by=arrival.created_by)
    locked.state, locked.review = ArrivalState.MOVED, review
    _drop_file(locked)
    locked.save(update_fields=["state", "review", "file"])


def _moved(arrival: Arrival, arrived: Arrived, placed: moving.Placed, *, by: User) -> Review:
    return moving.move(
        arrived.twin, vendor=arrival.vendor, by=by, sha256=arrived.sha256, raw=arrived.content, placed=placed
    )


def _must_be_the_same_people(arrival: Arrival, twin: Twin) -> None:
    shown = {email for _, email, _ in arrival.found["unknown"]}
    if new := [each.email for each in people.matched(twin).unknown if each.email not in shown]:
        raise Wrong([f"{', '.join(new)} was known here when you looked, and is not any more. Bring the file again."])


def _shelf(arrival: Arrival, arrived: Arrived, stack: ExitStack) -> moving.Placed:
    """Every file stored as often as rows need one; they go again when what follows fails."""
    evidence = Counter(
        version.sha256 for each in arrived.twin.evidence for version in each.versions if not version.link
    )
    answers = [answer for question in arrived.twin.questions for answer in question.answers]
    attached = Counter(file.sha256 for answer in answers for file in answer.attachments)
    shelf: dict[tuple[str, bool], list[str]] = {}
    for is_evidence, wanted in ((True, evidence), (False, attached)):
        folder = f"evidence/{arrival.vendor_id}" if is_evidence else "answers/moved"
        for sha, count in wanted.items():
            shelf[sha, is_evidence] = [_stored(arrived, sha, folder, stack) for _ in range(count)]
    return lambda sha, is_evidence: shelf[sha, is_evidence].pop()


def _stored(arrived: Arrived, sha: str, folder: str, stack: ExitStack) -> str:
    with tempfile.TemporaryFile() as copy:
        for piece in arrived.pieces(sha):
            copy.write(piece)
        copy.seek(0)
        return stack.enter_context(storage.kept(f"{folder}/{uuid.uuid4().hex}", File(copy), sha256=sha))


def abandon(arrival: Arrival, *, by: User) -> None:
    """Give it up, and forget the file. Raises PermissionDenied, or Refused when it is at work or over."""
    ask(can_move_in(by, arrival.vendor_id))
    with transaction.atomic():
        arrival = Arrival.objects.select_for_update(of=("self",)).get(pk=arrival.pk)
        if arrival.state not in {ArrivalState.READY, ArrivalState.READING}:
            raise Refused(f"There is nothing to give up: {arrival.get_state_display().lower()}.")
        arrival.state = ArrivalState.ABANDONED
        _drop_file(arrival)
        arrival.save(update_fields=["state", "file"])
        _note("abandoned", arrival, by)


def refuse_without_file(why: str) -> int:
    """Refuse those whose file is not in the storage, as after a restore: no backup holds it. Returns how many."""
    waiting = list(Arrival.objects.exclude(file="").order_by("pk"))
    gone = [arrival for arrival in waiting if not default_storage.exists(arrival.file.name)]
    for arrival in gone:
        _refuse(arrival, Refused(why), states=AT_WORK | {ArrivalState.READY})
    return len(gone)


def is_silent(arrival: Arrival) -> bool:
    """Whether a worker should have finished by now."""
    return arrival.state in AT_WORK and timezone.now() - arrival.worked_at > SILENT_AFTER


@transaction.atomic
def send_again(arrival: Arrival, *, by: User) -> None:
    """Hand it to a worker once more; two at once do the work of one. Raises Refused while one may still be at it."""
    ask(can_move_in(by, arrival.vendor_id))
    arrival = Arrival.objects.select_for_update(of=("self",)).get(pk=arrival.pk)
    if not is_silent(arrival):
        raise Refused("A worker may still be at it. Wait a little.")
    arrival.worked_at = timezone.now()
    arrival.save(update_fields=["worked_at"])
    _send(arrival)


def _send(arrival: Arrival) -> None:
    """After the commit; a message that is lost is sent again from the page."""
    from reviews import tasks

    task = tasks.read_arrival if arrival.state == ArrivalState.READING else tasks.move_review_in
    transaction.on_commit(lambda: task.delay(arrival.pk), robust=True)


@contextmanager
def _unpacked(arrival: Arrival) -> Iterator[Arrived]:
    """The arrival's file as an Arrived, from a copy on this machine that is what was stored."""
    with tempfile.TemporaryFile() as copy:
        try:
            with default_storage.open(arrival.file.name) as stored:
                hashed = hashlib.sha256()
                for chunk in stored.chunks():
                    hashed.update(chunk)
                    copy.write(chunk)
        except FileNotFoundError:
            storage.require(arrival.file.name)
            raise Wrong([GONE]) from None
        if hashed.hexdigest() != arrival.sha256:
            raise Wrong(["The file in the storage is not the one that was brought. Bring it again."])
        copy.seek(0)
        with reading.opened(copy) as arrived:
            yield arrived


@transaction.atomic
def _refuse(arrival: Arrival, problem: Exception, *, states: frozenset[ArrivalState] = AT_WORK) -> None:
    arrival = Arrival.objects.select_for_update(of=("self",)).get(pk=arrival.pk)
    if arrival.state not in states:
        return
    arrival.state, arrival.problems = ArrivalState.REFUSED, getattr(problem, "sentences", [str(problem)])
    _drop_file(arrival)
    arrival.save(update_fields=["state", "problems", "file"])
    _note("refused", arrival, arrival.created_by, reason=arrival.problems[0])


def _drop_file(arrival: Arrival) -> None:
    name, arrival.file = arrival.file.name, ""
    transaction.on_commit(lambda: _delete(name))


def _delete(name: str) -> None:
    try:
        default_storage.delete(name)
    except OSError:
        logger.exception("left in the storage without a row: %s", name)


def _note(act: str, arrival: Arrival, by: User, **said: Any) -> None:
    log.record(
        f"arrival.{act}", arrival, actor=by, vendor=arrival.vendor, content_hash=f"sha256:{arrival.sha256}", **said
    )
