"""Where do files lie, and what of the storage when it fails? The same words for a folder and for an S3 bucket.

Whatever goes wrong in a storage is an OSError: FileNotFoundError when the storage is there and the file is not,
`Unreachable` otherwise. `evidence/bucket.py` translates what S3 and its client say.
"""

import logging
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import InterfaceError, OperationalError

from accounts.permissions import Refused

logger = logging.getLogger(__name__)

# Below this many bytes a folder is called full, while there is still room to finish what was begun.
LEAST_FREE_BYTES = 1_000_000_000
NOT_STORED = "The file could not be stored, and nothing was changed. Try again in a while."
STORED_IN_PART = "Only a part of the file could be stored, so nothing was changed. Try again in a while."


class Unreachable(OSError):
    """The storage does not answer, or cannot be used now. That says nothing about any file in it."""


class Folder(FileSystemStorage):
    """A folder of this machine, or one that several share; what was stored outlasts a power failure."""

    def _save(self, name, content):
        name = super()._save(name, content)
        path = Path(self.path(name))
        for entry in (path, *path.parents):
            _write_through(entry)
            if entry == Path(self.location):
                break
        return name

    def require(self, name=""):
        # A disk that is not mounted leaves an empty folder, in which every file would seem lost.
        folder = Path(self.path(name.partition("/")[0]))
        if not folder.is_dir():
            raise Unreachable(f"There is no folder {folder}. Is its disk mounted?")


def _write_through(path):
    """Wait until the file's bytes, or the folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ask_hindrance():
    """Return why files can be read and not be stored now, for a person, or "". Answers in 3 s.

    Raises Unreachable when the storage is not there.
    """
    require()
    # A bucket has no end.
    if not isinstance(default_storage, Folder):
        return ""
    if not os.access(default_storage.location, os.W_OK | os.X_OK):
        return "cannot be written"
    free = shutil.disk_usage(default_storage.location).free
    return f"is nearly full: {free / 1e9:.1f} GB left" if free < LEAST_FREE_BYTES else ""


def require(name=""):
    """Raise Unreachable when the storage is not there, or is not the one that `name` was stored in."""
    default_storage.require(name)


@contextmanager
def kept(name, content, *, sha256):
    """Store a file for the row that the block writes; yields the name it lies under.

    The file goes again when the block fails. Raises Refused with a sentence when it cannot be stored whole.
    """
    content.sha256 = sha256
    expected = content.size
    try:
        try:
            name = default_storage.save(name, content)
            size = default_storage.size(name)
        except OSError as error:
            logger.exception("storing %s failed", name)
            raise Refused(NOT_STORED) from error
        if size != expected:
            raise Refused(STORED_IN_PART)
        yield name
    except (OperationalError, InterfaceError):
        # Nobody knows whether the commit took place. A file without a row does no harm, a row without its file does.
        logger.exception("left in the storage, with or without a row: %s", name)
        raise
    except BaseException:
        _remove(name)
        raise


def _remove(name):
    try:
        default_storage.delete(name)
    except OSError:
        logger.exception("left in the storage without a row: %s", name)
