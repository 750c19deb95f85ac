"""Is each acknowledged act in the database, in the log and in the storage, once and whole?

An acknowledged act must be there with its event, under the request id that the answer named; one that was not
acknowledged is there whole with its event, or not at all.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Model

from audit import heartbeats
from audit.models import Event
from config.health import SCHEDULER
from dossiers.choices import State
from dossiers.models import Dossier, Package
from evidence.models import Version
from reviews.choices import Act as Signing
from reviews.models import Citation, Comment, Decision, Item, Review, SignOff
from tests.cluster.ledger import Request


class Kind(NamedTuple):
    """Where an act of this kind leaves its mark: in rows, and in events as (mark, request id)."""

    rows: Callable[[], Iterable[str]]
    events: Callable[[], Iterable[tuple[str, str]]]
    # Whoever asks for what somebody has just asked for gets that; then the event says the other's request.
    may_join: bool = False


def _values(model: type[Model], name: str) -> Callable[[], Iterable[str]]:
    return lambda: map(str, model.objects.values_list(name, flat=True))


def _events(event_type: str, mark_of: Callable[[Event], str]) -> Callable[[], Iterable[tuple[str, str]]]:
    return lambda: (
        (mark_of(event), event.request_id) for event in Event.objects.filter(event_type=event_type).order_by("pk")
    )


def _sha256_of(event: Event) -> str:
    return event.content_hash.removeprefix("sha256:")


def _signed() -> Iterable[str]:
    rows = SignOff.objects.filter(act=Signing.SIGNED)
    return (f"{slug}/{number}" for slug, number in rows.values_list("item__review__slug", "item__statement__number"))


def _sign_events() -> Iterable[tuple[str, str]]:
    rows = Item.objects.values_list("pk", "review__slug", "statement__number")
    marks = {str(pk): f"{slug}/{number}" for pk, slug, number in rows}
    return _events("item.sign", lambda event: marks[event.target_id])()


# A saved text is written over by the next one, so its row is looked at in `_broken_chains`.
KINDS = {
    "open": Kind(_values(Review, "title"), _events("review.opened", lambda event: event.business_context)),
    "save": Kind(lambda: _saved(), _events("item.recorded", lambda event: event.after.get("notes", ""))),
    "comment": Kind(_values(Comment, "text"), _events("item.commented", lambda event: event.after["comment"])),
    "upload": Kind(_values(Version, "sha256"), _events("evidence.added", _sha256_of)),
    "cite": Kind(_values(Citation, "locator"), _events("item.cited", lambda event: event.after["locator"])),
    "sign": Kind(_signed, _sign_events),
    "decide": Kind(_values(Decision, "reason"), _events("review.decided", lambda event: event.reason)),
    "dossier": Kind(_values(Dossier, "pk"), _events("dossier.requested", lambda event: event.target_id), may_join=True),
}


def losses(acts: list[Request]) -> list[tuple[Request, str]]:
    """Acts that are not as they should be, each with a sentence."""
    found = []
    for name, kind in KINDS.items():
        rows = Counter(kind.rows())
        events: dict[str, list[str]] = {}
        for mark, request_id in kind.events():
            events.setdefault(mark, []).append(request_id)
        for act in acts:
            if act.kind == name:
                said = _lost(act, rows[act.mark], events.get(act.mark, []), kind.may_join)
                found += [(act, said)] if said else []
    return found


def _lost(act: Request, rows: int, events: list[str], may_join: bool) -> str:
    if act.acknowledged and not rows:
        return "acknowledged, and not in the database"
    if act.acknowledged and not may_join and act.request_id not in events:
        return f"acknowledged, and no event says request {act.request_id}"
    if bool(rows) != bool(events):
        return f"{rows} rows and {len(events)} events"
    if rows > 1:
        return f"there {rows} times"
    return ""


def contradictions() -> list[str]:
    """What must not be whoever asked for what: a row without its file or event, a change beside the log."""
    return [*_broken_chains(), *_broken_files(), *_broken_dossiers()]


def _recorded() -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in Event.objects.filter(event_type="item.recorded").order_by("pk"):
        if "notes" in event.after:
            found.setdefault(event.target_id, []).append(event)
    return found


def _saved() -> Iterable[str]:
    return (event.after["notes"] for events in _recorded().values() for event in events)


def _broken_chains() -> Iterator[str]:
    """Each saved text begins where the one before ended, and the item says what was saved last."""
    notes = {str(pk): text for pk, text in Item.objects.values_list("pk", "notes")}
    for item, events in _recorded().items():
        texts = ["", *(event.after["notes"] for event in events)]
        befores = [*(event.before["notes"] for event in events), notes[item]]
        for text, before in zip(texts, befores, strict=True):
            if text != before:
                yield f"item {item}: the log ends a save with {text!r}, and the next thing known is {before!r}"


def _broken_files() -> Iterator[str]:
    added = Event.objects.filter(event_type__in=("evidence.added", "evidence.version_added"))
    known = set(added.values_list("content_hash", flat=True))
    for version in Version.objects.exclude(file=""):
        if f"sha256:{version.sha256}" not in known:
            yield f"{version}: no event says that it was added"
        yield from _broken_file(str(version), version.file.name, version.sha256)


def _broken_dossiers() -> Iterator[str]:
    made = set(Event.objects.filter(event_type="dossier.made").values_list("target_id", "content_hash"))
    for dossier in Dossier.objects.all():
        if dossier.is_unfinished:
            yield f"{dossier}: still {dossier.get_state_display().lower()}"
        if dossier.state == State.READY:
            if (str(dossier.pk), f"sha256:{dossier.sha256}") not in made:
                yield f"{dossier}: no event says that it was made"
            yield from _broken_file(str(dossier), dossier.file.name, dossier.sha256)


def _broken_file(what: str, name: str, sha256: str) -> Iterator[str]:
    try:
        with default_storage.open(name) as file:
            stored = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        yield f"{what}: there is a row and no file"
        return
    if stored != sha256:
        yield f"{what}: the file is not the one that was stored"


def silence_of_the_scheduler(*, since: datetime) -> list[str]:
    """A sentence unless a scheduler's poke came through after this moment."""
    heard = heartbeats.last(SCHEDULER)
    return [] if heard and heard > since else [f"no scheduler was heard of after {since}, last at {heard}"]


def without_row() -> list[str]:
    """Files that nothing names: what a process left that was killed between file and row. They do no harm."""
    known = {name for rows in (Version, Dossier, Package) for name in rows.objects.values_list("file", flat=True)}
    return [name for folder in ("evidence/", "dossiers/", "packages/") for name in _files(folder) if name not in known]


def _files(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}{name}" for name in files)
    for name in folders:
        yield from _files(f"{folder}{name}/")
