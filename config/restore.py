"""How does a backup come back: checked before anything is touched, all of it or nothing?"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts import closing
from accounts.permissions import Refused
from audit import log, marks
from audit.models import Event
from config import archive, database_copy, embedded, unfinished
from config.forgotten import Present, in_words, moment
from dossiers import requests
from dossiers.models import Dossier, Package, Paper
from evidence.verification import Stored, damage
from reviews.asking import guests
from reviews.reminders import remembered
from reviews.twin import arrivals

CLOSED_PAGES = "A backup was restored: what was closed after it was made would be open again."
LEFT_BEHIND = "A backup was restored, and files of reviews on their way in are in none. Bring it again."
UNFINISHED = "It was being made when the backup was taken that is now restored. Try again."


@dataclass
class Checked:
    """A backup whose every byte was compared. `database` is its dump, an open file without a name."""

    path: Path
    identity: str
    manifest: dict[str, Any]
    database: BinaryIO

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["made_at"])

    def part(self, name: str) -> archive.Part:
        part = self.manifest["parts"][name]
        return archive.Part(part["size"], part["sha256"])


@contextmanager
def checked(path: Path, identity: str) -> Iterator[Checked]:
    """Read the whole backup once and yield it. Nothing is touched.

    Raises Refused with a sentence when it is damaged, encrypted for another key, or not for this installation.
    """
    with tempfile.TemporaryFile() as database:
        try:
            manifest = archive.check(path, identity, database)
        except OSError as error:
            raise Refused(
                f"The backup could not be checked: {error.strerror or error}. Nothing was changed."
            ) from error
        for problem in (_other_engine(manifest), _unknown_migrations(manifest), _no_room(manifest)):
            if problem:
                raise Refused(f"{problem} Nothing was changed.")
        yield Checked(path, identity, manifest, database)


def _other_engine(manifest: dict[str, Any]) -> str:
    if manifest["engine"] == connection.vendor:
        return ""
    return f"The backup is of a {manifest['engine']} database, and DATABASE_URL names a {connection.vendor} one."


def _unknown_migrations(manifest: dict[str, Any]) -> str:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known |= set(migration.replaces)
    unknown = [
        f"{app}.{name}" for app, names in manifest["migrations"].items() for name in names if (app, name) not in known
    ]
    if not unknown:
        return ""
    return (
        f"The backup was made by a newer or another Countersign ({manifest['product']}): {unknown[0]} is unknown here. "
        "Upgrade this one first."
    )


def _no_room(manifest: dict[str, Any]) -> str:
    try:
        folder = Path(default_storage.path(""))
    except NotImplementedError:
        return ""
    while not folder.exists():
        folder = folder.parent
    needed = sum(
        part["size"]
        for name, part in manifest["parts"].items()
        if name.startswith(archive.FILES) and not default_storage.exists(name.removeprefix(archive.FILES))
    )
    free = shutil.disk_usage(folder).free
    if needed < free:
        return ""
    return f"The files need {needed / 1e6:,.0f} MB in {folder}, and {free / 1e6:,.0f} MB are free."


def require_stopped() -> None:
    """Raise Refused when embedded mode is running on this database; PostgreSQL's own locks tell on the others."""
    if connection.vendor == "sqlite":
        try:
            embedded.require_idle_redis(settings.VAR_DIR)
        except embedded.NotPossible as running:
            raise Refused(str(running)) from running


def put_back(backup: Checked, present: Present) -> list[str]:
    """Restore files and database, and return in sentences what else was done.

    Raises Refused with a sentence; then the database is as it was, and what its rows name in the storage, too. Killed
    before the database's one transaction ends, the same holds, but for files without a row, which do no harm. Killed
    after it, the older state is there and what was closed since is open: the note in the storage has it closed by the
    next run.
    """
    with _files_put(backup):
        _note(present)
        database_copy.put_back(backup.database, newest_event=present.last.id if present.last else None)
    ContentType.objects.clear_cache()
    call_command("migrate", verbosity=0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    said = _settle(backup, present)
    marks.write()
    unfinished.forget()
    return said


def _note(present: Present) -> None:
    """Keep in the storage what is to be closed, before the database that knows it goes."""
    if present.closed == closing.NOTHING:
        return
    event = present.unfinished
    if not event:
        # It is later than the backup, else nothing would have been closed since: the restored state does not have it.
        assert present.last
        assert present.last.at
        event = (present.last.id, present.last.at.isoformat())
    unfinished.write(unfinished.Note(event, present.closed))


@contextmanager
def _files_put(backup: Checked) -> Iterator[None]:
    """Store what is missing; take it away again when the block fails."""
    new: list[str] = []
    try:
        archive.walk(backup.path, backup.identity, lambda name, stream: _put(backup, name, stream, new))
        yield
    except BaseException:
        for name in new:
            default_storage.delete(name)
        raise


def _put(backup: Checked, part_name: str, stream: BinaryIO, new: list[str]) -> None:
    if not part_name.startswith(archive.FILES):
        return
    part, name = backup.part(part_name), part_name.removeprefix(archive.FILES)
    present = default_storage.exists(name)
    if present and not damage(Stored("", name, *part)):
        return
    with tempfile.TemporaryFile() as staged:
        if archive.copy(stream, staged) != part:
            raise Refused(f"{backup.path} changed while it was read. Nothing was changed.")
        staged.seek(0)
        content = File(staged, name)
        content.sha256 = part.sha256  # type: ignore[attr-defined]
        stored = default_storage.save(name, content)
        if present and stored != name:
            # Under another name. The damaged one goes only now that the storage has the whole one.
            whole = stored
            default_storage.delete(name)
            staged.seek(0)
            stored = default_storage.save(name, content)
            default_storage.delete(whole)
    if stored != name:
        default_storage.delete(stored)
        raise Refused(f"Something else was stored as {name} meanwhile. Nothing was changed.")
    if not present:
        new.append(name)


@transaction.atomic
def _settle(backup: Checked, present: Present) -> list[str]:
    """Make the older state true today: nobody's access comes back, no work is half done, and the log says what happened."""
    marks.skip_to(present.newest_number)
    said = closing.close_again(present.closed)
    half_made = [row for rows in (Dossier, Paper, Package) for row in rows.objects.with_all().unfinished()]
    for row in half_made:
        requests.fail(row, UNFINISHED)
    if half_made:
        said.append(
            f"{len(half_made)} dossiers, papers and packages were being made at the time; they are marked as failed."
        )
    if lost := arrivals.refuse_without_file(LEFT_BEHIND):
        said.append(
            f"{lost} reviews were on their way in from elsewhere; their files are in no backup. Bring them again."
        )
    if closed := guests.close_all(CLOSED_PAGES):
        said.append(f"{closed} pages of vendors' people were closed: one ended since would be open again. Invite anew.")
    if held := remembered.hold(present.sent, timezone.now()):
        mails = "1 mail" if held == 1 else f"{held} mails"
        said.append(f"{mails} that went out after the backup will not be sent again.")
    log.record(
        "system.restored",
        Event.objects.newest_first().first() or Event(),
        label=f"Backup of {moment(backup.made_at)}",
        after={"backup": backup.made_at, "forgotten": dict(present.newer)},
        reason=" ".join(in_words(present, backup.manifest)),
    )
    return said
