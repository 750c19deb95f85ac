"""What would people have been told that a restore makes untrue?

Two witnesses of what happened after a backup: the database that is there now, and, should it be gone, the file storage
with its mark (`audit/marks.py`) and with files the backup does not know. A database that began anew after the loss is
no witness of what was before: numbers of events tell, not times.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.models import Count, Q

from accounts import closing
from accounts.models import User
from audit import marks
from audit.models import Event
from config import archive, unfinished
from reviews.reminders import remembered

# A mail that went out while the backup was made may be missing in it.
A_WHILE = timedelta(hours=1)

# In the order in which they matter; one of them and several of them.
WORDS = {
    "item.sign": ("sign-off", "sign-offs"),
    "item.withdraw": ("withdrawal of a sign-off", "withdrawals of sign-offs"),
    "review.decided": ("decision", "decisions"),
    "policy.signed": ("signature under a policy", "signatures under policies"),
    "occurrence.done": ("duty closed as done", "duties closed as done"),
    "person.deactivated": ("deactivation of a person", "deactivations of people"),
    "grant.taken": ("access taken away", "accesses taken away"),
    "person.changed": ("change of a name, address or role", "changes of names, addresses or roles"),
    "dossier.made": ("dossier made", "dossiers made"),
    "paper.made": ("paper made", "papers made"),
    "package.made": ("package made", "packages made"),
    "dossier.read": ("reading of a dossier", "readings of dossiers"),
    "package.downloaded": ("download of a package", "downloads of packages"),
    "evidence.added": ("new evidence", "new pieces of evidence"),
    "evidence.version_added": ("new version of evidence", "new versions of evidence"),
    "evidence.read": ("reading of evidence", "readings of evidence"),
    "escalation.sent": ("letter to an account team", "letters to account teams"),
    "guest.invited": ("invitation of a vendor's contact", "invitations of vendors' contacts"),
    "guest.answered": ("answer on a vendor's page", "answers on vendors' pages"),
    "sync.closed": ("sync closed, its minutes sent", "syncs closed, their minutes sent"),
    "review.copied_out": ("copy of a review handed out", "copies of reviews handed out"),
    "review.moved_in": ("review moved in", "reviews moved in"),
    "import.applied": ("import applied", "imports applied"),
    "condition.met": ("condition met", "conditions met"),
    "person.invited": ("invitation", "invitations"),
    "message.sent": ("mail with reminders", "mails with reminders"),
}


@dataclass
class Present:
    """What there is now, compared with a backup."""

    last: marks.Mark | None = None
    mark: marks.Mark | None = None
    people: int = 0
    newer: Counter = field(default_factory=Counter)
    closed: closing.Closed = closing.NOTHING
    sent: list[remembered.Sent] = field(default_factory=list)
    unfinished: tuple[int, str] | None = None
    unknown_files: int = 0
    unreadable: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.last or self.people or self.unreadable)

    @property
    def is_newer(self) -> bool:
        return bool(self.newer or self.mark or self.unknown_files)

    @property
    def newest_number(self) -> int:
        unfinished = self.unfinished[0] if self.unfinished else 0
        return max(unfinished, *(each.id if each else 0 for each in (self.last, self.mark)))


def look(manifest: dict[str, Any]) -> Present:
    """Compare what there is now with the backup of this manifest."""
    present = Present()
    if connection.vendor == "postgresql":
        # A server that does not answer is no witness, and nothing could be restored into it either.
        connection.ensure_connection()
    try:
        _ask_database(present, manifest)
    except DatabaseError as error:
        present.unreadable = str(error).strip()
    _ask_storage(present, manifest)
    _ask_unfinished(present)
    return present


def _ask_database(present: Present, manifest: dict[str, Any]) -> None:
    tables = connection.introspection.table_names()
    if Event._meta.db_table not in tables or User._meta.db_table not in tables:
        return
    present.last = marks.latest()
    present.people = User.objects.count()
    newer = _after(manifest)
    present.newer = Counter(dict(newer.values_list("event_type").annotate(Count("pk")).order_by()))
    # What was being written while the backup was made has a number of before, and is not in it.
    missed = Event.objects.count() - manifest["counts"]["events"] - present.newer.total()
    if missed > 0:
        present.newer["in flight"] = missed
    present.closed = closing.since(newer)
    present.sent = remembered.since(datetime.fromisoformat(manifest["made_at"]) - A_WHILE)


def _after(manifest: dict[str, Any]):
    """Later by number or by time: numbers alone say nothing when the present state was itself restored."""
    last = manifest["last_event"]
    if not last:
        return Event.objects.all()
    return Event.objects.filter(Q(pk__gt=last["id"]) | Q(occurred_at__gt=datetime.fromisoformat(last["at"])))


def _ask_storage(present: Present, manifest: dict[str, Any]) -> None:
    mark = marks.read()
    is_behind = not present.last or bool(mark and mark.id > present.last.id)
    if mark and is_behind and _is_after(mark, manifest):
        present.mark = mark
    if is_behind:
        made_at = datetime.fromisoformat(manifest["made_at"])
        known = manifest["parts"]
        present.unknown_files = sum(
            archive.FILES + name not in known and default_storage.get_modified_time(name) > made_at
            for folder in ("evidence", "answers", "dossiers", "papers", "packages")
            for name in _names(folder)
        )


def _is_after(mark: marks.Mark, manifest: dict[str, Any]) -> bool:
    last = manifest["last_event"] or {"id": 0, "at": "1970-01-01T00:00:00+00:00"}
    return mark.id > last["id"] or bool(mark.at and mark.at > datetime.fromisoformat(last["at"]))


def _ask_unfinished(present: Present) -> None:
    """A note counts when the database that it is of is gone, and no restore was finished since."""
    for note in unfinished.notes():
        number, moment = note.event
        of_it = Q(pk=number, occurred_at=datetime.fromisoformat(moment))
        if (
            not present.last
            or not Event.objects.filter(of_it | Q(event_type="system.restored", pk__gt=number)).exists()
        ):
            present.closed = closing.together(note.closed, present.closed)
            present.unfinished = note.event


def _names(folder: str) -> Iterator[str]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in names)
    for inner in folders:
        yield from _names(f"{folder}/{inner}")


def in_words(present: Present, manifest: dict[str, Any]) -> list[str]:
    """What a restore would replace and take back from people, as sentences; none when there is nothing."""
    said = []
    if present.unreadable:
        said.append(
            f"The present database cannot be read ({present.unreadable}): nobody can say who lost access since the "
            "backup. Look at People before anyone signs in."
        )
    if present.unfinished:
        said.append("A restore was not finished: what was closed before it is closed again at the end of this one.")
    if present.newer:
        last = present.last.at if present.last else None
        said.append(
            f"{_number(present.newer.total(), 'event', 'events')} happened after the backup, the last at {moment(last)}"
            f"{_among(present.newer)}. A restore forgets all of it."
        )
    if present.mark:
        said.append(
            f"The file storage remembers event {present.mark.id} of {moment(present.mark.at)}; "
            f"the backup ends {_end(manifest)}. What happened in between will be forgotten."
        )
    if present.mark or present.unreadable or present.unfinished:
        said.append(
            "What people were reminded of since the backup is not known: they may hear of it once more, in one mail each."
        )
    if present.unknown_files:
        count = _number(present.unknown_files, "stored file is", "stored files are")
        said.append(f"{count} newer than the backup: what they prove will be forgotten.")
    if not present.is_empty and not present.is_newer and not present.unreadable:
        said.append(f"The database is not empty: its {present.people} people and all else will be replaced.")
    return said


def _among(newer: Counter) -> str:
    known = [_number(newer[kind], *words) for kind, words in WORDS.items() if newer[kind]]
    return f", among them {', '.join(known)}" if known else ""


def _end(manifest: dict[str, Any]) -> str:
    last = manifest["last_event"]
    return f"with event {last['id']} of {moment(datetime.fromisoformat(last['at']))}" if last else "without any event"


def _number(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def moment(at: datetime | None) -> str:
    return f"{at:%-d %B %Y %H:%M} UTC" if at else "an unknown time"
