"""What must a restore still close that was killed after the database's transaction and before its last line?

The database that knew it is replaced by then. So a note lies in the file storage, `marks/closing.json`, from before the
replacement until everything is closed.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts import closing
from audit import marks

NAME = "closing"


class Note(NamedTuple):
    """What is to be closed, and an event (number, moment) by which the database is known that said so."""

    event: tuple[int, str]
    closed: closing.Closed


def write(note: Note) -> None:
    """Keep this note, and no other. It is stored before the older ones go, so that there is always one."""
    older = list(_names())
    content = json.dumps({"event": note.event, "closed": closing.as_json(note.closed)})
    default_storage.save(f"{marks.FOLDER}/{NAME}.json", ContentFile(content.encode()))
    _delete(older)


def notes() -> Iterator[Note]:
    for name in _names():
        with default_storage.open(name) as file:
            try:
                said = json.load(file)
            except ValueError:
                # Whoever was killed while writing it had not touched the database yet.
                continue
        number, moment = said["event"]
        yield Note((number, moment), closing.from_json(said["closed"]))


def forget() -> None:
    """Everything is closed."""
    _delete(list(_names()))


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _names() -> Iterator[str]:
    try:
        _, names = default_storage.listdir(marks.FOLDER)
    except FileNotFoundError:
        return
    yield from (f"{marks.FOLDER}/{name}" for name in names if name.startswith(NAME))
