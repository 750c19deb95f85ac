"""How is a package's ZIP written: streamed, in a fixed order, and not at all when a file is not what was stored?"""

import hashlib
import io
import shutil
import zipfile
from pathlib import Path

from django.core.files.storage import default_storage

from dossiers.package_contents import Entry
from evidence import storage
from evidence.models import Version
from evidence.reading import MISSING, difference

READABLE = 0o644 << 16


def entry_of(name, what, content, **about):
    """The Entry of bytes, or of a file at a Path of this machine."""
    if isinstance(content, bytes):
        return Entry(name, what, len(content), hashlib.sha256(content).hexdigest(), content, about)
    with content.open("rb") as file:
        return Entry(
            name, what, content.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest(), content, about
        )


def write(path, entries, *, at, tell):
    """Write the entries into a ZIP, in their order and with the UTC moment `at`; return `[(version, what is wrong)]`.

    `tell(bytes)` is called as it goes. With anything wrong the ZIP is of no use. Raises storage.Unreachable.
    """
    damaged = []
    # Most evidence is compressed already; stored as they are, the same entries give the same bytes everywhere.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            info = zipfile.ZipInfo(entry.name, date_time=at.timetuple()[:6])
            # Said before it is written: decides whether the entry needs the large form (zip64).
            info.external_attr, info.file_size = READABLE, entry.size
            with archive.open(info, "w") as target:
                if wrong := _copied(entry, target, tell):
                    damaged.append((entry.content, wrong))
    return damaged


def _copied(entry, target, tell):
    if isinstance(entry.content, Version):
        return _copied_from_storage(entry, target, tell)
    with entry.content.open("rb") if isinstance(entry.content, Path) else io.BytesIO(entry.content) as source:
        shutil.copyfileobj(source, target)
    tell(entry.size)
    return ""


def _copied_from_storage(entry, target, tell):
    """Copy the file while it is compared; what is wrong with it in words, or ''."""
    name = entry.content.file.name
    try:
        with default_storage.open(name) as file:
            return difference(Copying(file, target, tell), entry.size, entry.sha256)
    except FileNotFoundError:
        storage.require(name)
        return MISSING


class Copying(io.RawIOBase):
    """A stored file that is written to `target` while somebody reads it."""

    def __init__(self, file, target, tell):
        self.file, self.target, self.told, self.size = file, target, tell, file.size

    def readable(self):
        return True

    def readinto(self, buffer):
        count = self.file.readinto(buffer)
        self.target.write(memoryview(buffer)[:count])
        self.told(count)
        return count
