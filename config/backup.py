"""How is a backup made: database and files at one instant, in one file that is there whole or not at all?"""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

import dossiers.verification
import evidence.verification
import reviews.verification
from accounts.models import User
from accounts.permissions import Refused
from audit import marks
from audit.models import Event
from config import archive, database_copy, encryption
from config.release import VERSION
from dossiers.models import Dossier, Package, Paper
from dossiers.snapshot import one_instant
from evidence import storage
from evidence.models import Version
from evidence.verification import Stored
from reviews.models import Decision, Item, Review, SignOff

COUNTED: dict[str, Any] = {
    "reviews": Review,
    "items": Item,
    "sign-offs": SignOff,
    "decisions": Decision,
    "evidence versions": Version,
    "dossiers": Dossier,
    "papers": Paper,
    "packages": Package,
    "people": User,
    "events": Event,
}
INCOMPLETE = "-INCOMPLETE"


class Made(NamedTuple):
    """The backup's place and size in bytes, how many files are in it, and a line for each that is not as it was stored."""

    path: Path
    size: int
    files: int
    damaged: list[str]


def make(target: Path, recipient: str) -> Made:
    """Write a backup into the folder `target`, or to the file of that name, encrypted if a recipient is given.

    A file that is missing or damaged in the storage does not stop it: it is named, and the backup's name says
    INCOMPLETE. Raises Refused with a sentence, and leaves nothing, when the disk is full or the database cannot be read.
    """
    target = _place(target, recipient)
    try:
        if not connection.introspection.table_names():
            raise Refused("There is nothing to back up: the database is empty. Is DATABASE_URL the right one?")
        with _whole_or_not_at_all(target) as file:
            with encryption.encrypted(file, recipient) as out:
                manifest = _write(archive.Writer(out), target.parent)
            size = file.tell()
            file.final = target if manifest["complete"] else _marked_incomplete(target)
    except storage.Unreachable as error:
        raise Refused(f"The file storage does not answer, and no backup was made: {error}") from error
    except DatabaseError as error:
        raise Refused(f"The database does not answer, and no backup was made: {error}") from error
    except OSError as error:
        raise Refused(f"No backup was made, and nothing is left of it: {error.strerror or error}.") from error
    return Made(file.final, size, len(manifest["parts"]) - 1, manifest["damaged"])


def _place(target: Path, recipient: str) -> Path:
    if target.is_dir():
        ending = ".tar.age" if recipient else ".tar"
        target = target / f"countersign-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}{ending}"
    if target.exists():
        raise Refused(f"{target} is there already: name another file, or a folder.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}: create it first.")
    return target


def _marked_incomplete(target: Path) -> Path:
    name, dot, endings = target.name.partition(".")
    return target.with_name(f"{name}{INCOMPLETE}{dot}{endings}")


@contextmanager
def _whole_or_not_at_all(target: Path) -> Iterator[Any]:
    """A new file that only its owner reads. It gets the name in `.final` when the block ends well, else it goes."""
    file = tempfile.NamedTemporaryFile(dir=target.parent, prefix=".countersign-", suffix=".part", delete=False)  # noqa: SIM115
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.rename(file.name, file.final)
    except BaseException:
        os.unlink(file.name)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(writer: archive.Writer, folder: Path) -> dict[str, Any]:
    """Put everything into the archive and return its manifest. What needs a name meanwhile gets one in `folder`.

    The transaction ends when the database is copied. Files stay after it: what a row names is never changed or removed.
    """
    parts = {}
    with one_instant() as instant:
        manifest = _facts(instant)
        files = [*evidence.verification.stored(), *reviews.verification.stored(), *dossiers.verification.stored()]
        with database_copy.dumped(folder) as dump:
            parts[archive.DATABASE], _ = writer.add(archive.DATABASE, dump, os.fstat(dump.fileno()).st_size)
    damaged = []
    for stored in files:
        part, wrong = _add(writer, stored)
        if part:
            parts[archive.FILES + stored.name] = part
        if wrong:
            damaged.append(f"{stored.label}: {wrong}")
    manifest |= {"complete": not damaged, "damaged": damaged}
    manifest["parts"] = {name: part._asdict() for name, part in parts.items()}
    writer.finish(manifest)
    return manifest


def _facts(instant: datetime) -> dict[str, Any]:
    applied = defaultdict(list)
    for app, name in sorted(MigrationRecorder(connection).applied_migrations()):
        applied[app].append(name)
    last = marks.latest()
    return {
        "format": archive.FORMAT,
        "product": VERSION,
        "made_at": instant.isoformat(),
        "engine": connection.vendor,
        "migrations": applied,
        "last_event": {"id": last.id, "at": last.at.isoformat()} if last else None,
        "counts": {name: model.objects.count() for name, model in COUNTED.items()},
    }


def _add(writer: archive.Writer, stored: Stored) -> tuple[archive.Part | None, str]:
    """Add a file as it is found; return what was added, and in words how it differs from what was stored."""
    try:
        with default_storage.open(stored.name) as file:
            part, wrong = writer.add(archive.FILES + stored.name, file, file.size)
    except FileNotFoundError:
        storage.require(stored.name)
        return None, "the file is missing from the storage"
    if not wrong and part != (stored.size, stored.sha256):
        wrong = "the file has other contents than were stored"
    return part, wrong
