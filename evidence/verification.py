"""Is every stored file still what was stored?"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from django.core.files.storage import default_storage

from evidence import storage
from evidence.models import Version
from evidence.reading import MISSING, difference

AT_ONCE = 1_000  # rows held in memory


class Stored(NamedTuple):
    """What a row says of its file. `label` is for a person, `name` is where it lies, `size` in bytes."""

    label: str
    name: str
    size: int
    sha256: str


def stored() -> Iterator[Stored]:
    """The file of every version of all evidence."""
    rows = Version.objects.exclude(file="").order_by("pk")
    columns = rows.values_list("pk", "evidence__title", "number", "file", "size", "sha256")
    for pk, title, number, *file in columns.iterator(chunk_size=AT_ONCE):
        yield Stored(f"evidence file {pk} ({title}, version {number})", *file)


def files() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each file. Raises Unreachable when the storage does not answer."""
    for each in stored():
        yield each.label, damage(each)


def links() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each link: its hash is of the address."""
    rows = Version.objects.exclude(link="").order_by("pk").values_list("pk", "link", "sha256")
    for pk, link, sha256 in rows.iterator(chunk_size=AT_ONCE):
        same = hashlib.sha256(link.encode()).hexdigest() == sha256
        yield f"evidence link {pk}", "" if same else "Its address is no longer the one that was added."


def damage(expected: Stored) -> str:
    """What is wrong with the file, in words, or ''. Raises Unreachable when the storage does not answer."""
    try:
        with default_storage.open(expected.name) as file:
            return difference(file, expected.size, expected.sha256)
    except FileNotFoundError:
        storage.require(expected.name)
        return MISSING
    except storage.Unreachable:
        raise
    except OSError as error:
        storage.require(expected.name)
        return f"The file cannot be read: {error.strerror or error}."
