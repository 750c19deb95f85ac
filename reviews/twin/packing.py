"""How does a review leave: as JSON alone, or as one ZIP with every file beside it?

The ZIP is written while it is sent: memory does not grow with the files. They were all compared with their hashes
before the first byte, so that one that is missing or damaged refuses the whole.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Refused, ask
from evidence.models import Version
from evidence.reading import record_reading
from evidence.verification import Stored, damage
from reviews import events, permissions
from reviews.asking import answers
from reviews.digest import sha256
from reviews.models import Attachment, Review
from reviews.twin import format as parts
from reviews.twin import writing
from reviews.twin.format import Twin

NAME = "review.json"
FOLDER = "files/"
CHUNK = 256 * 1024


@dataclass(frozen=True)
class Packed:
    """What leaves: the bytes of review.json and, of each file beside it, its SHA-256 and where it lies here."""

    twin: Twin
    raw: bytes
    beside: dict[str, str]


def json_alone(review: Review, *, by: User) -> Packed:
    """The review's JSON without its files, which it lists as withheld. Raises PermissionDenied or Refused."""
    return _noted(_packed(review, by, with_files=False), review, by)


def with_files(review: Review, *, by: User) -> Packed:
    """The review's JSON and every file it names, compared with its hash.

    Raises PermissionDenied, Refused naming what is missing or damaged, storage.Unreachable.
    """
    packed = _packed(review, by, with_files=True)
    versions = _versions(packed.twin)
    wrong = []
    for row in _files(packed.twin, review, versions):
        packed.beside[row.sha256] = row.file.name
        if found := damage(Stored("", row.file.name, row.size, row.sha256)):
            _record_damage(row, by, found)
            wrong.append(f"“{row}”: {found}")
    missing = parts.files(packed.twin).keys() - packed.beside.keys()
    wrong += [f"There is no file with the SHA-256 {each}." for each in sorted(missing)]
    if wrong:
        raise Refused(f"No file was made, because this review is not whole here. {' '.join(wrong)}")
    return _noted(packed, review, by, read=versions)


def _packed(review: Review, by: User, *, with_files: bool) -> Packed:
    ask(permissions.can_move_out(by, review))
    twin, raw = writing.said(review, by=by, with_files=with_files)
    return Packed(twin, raw, {})


def _versions(twin: Twin) -> list[Version]:
    """The versions of evidence that are files."""
    numbers = [evidence.number for evidence in twin.evidence]
    rows = Version.objects.filter(evidence__in=numbers).exclude(file="").select_related("evidence__vendor")
    return list(rows.order_by("pk"))


def _files(twin: Twin, review: Review, versions: list[Version]) -> Iterator[Version | Attachment]:
    """The rows of the review's files as they lie here, each content once."""
    wanted = set(parts.files(twin))
    attached = Attachment.objects.filter(answer__question__review=review)
    for row in (*versions, *attached.order_by("pk")):
        if row.sha256 in wanted:
            wanted.discard(row.sha256)
            yield row


@transaction.atomic
def _record_damage(row: Version | Attachment, by: User, wrong: str) -> None:
    if isinstance(row, Version):
        record_reading(row, by=by, damage=wrong)
    else:
        answers.record_reading(row, by=by, damage=wrong)


@transaction.atomic
def _noted(packed: Packed, review: Review, by: User, read: Iterable[Version] = ()) -> Packed:
    """Write down that it leaves, and that each file of evidence in it is read (rule 24)."""
    after: dict[str, Any] = {
        "format_version": packed.twin.format_version,
        "items": len(packed.twin.items),
        "files": len(packed.beside),
    }
    content_hash = f"sha256:{sha256(packed.raw.decode())}"
    events.record("review.copied_out", review, review=review, by=by, content_hash=content_hash, after=after)
    for version in read:
        record_reading(version, by=by, copied_with=review.slug)
    return packed


class _Pipe(io.RawIOBase):
    """What a ZIP is written to: it hands on what came and keeps nothing."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        taken = b"".join(self.waiting)
        self.waiting.clear()
        return taken


def as_zip(packed: Packed) -> Iterator[bytes]:
    """The bytes of the ZIP, piece by piece."""
    pipe, at = _Pipe(), timezone.localtime(packed.twin.exported_at).timetuple()[:6]
    with zipfile.ZipFile(pipe, "w") as archive:
        entry = zipfile.ZipInfo(NAME, at)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, packed.raw)
        yield pipe.taken()
        for sha, name in packed.beside.items():
            entry = zipfile.ZipInfo(f"{FOLDER}{sha}", at)
            with default_storage.open(name) as file, archive.open(entry, "w", force_zip64=True) as member:
                while chunk := file.read(CHUNK):
                    member.write(chunk)
                    yield pipe.taken()
            yield pipe.taken()
    yield pipe.taken()


def file_name(review: Review, ending: str) -> str:
    return f"{review.slug}-{timezone.localdate():%Y-%m-%d}.{ending}"
