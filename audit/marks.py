"""Which event was the last one, and who still knows it when the database is gone?

The file storage keeps a small mark: `marks/event-<number>.json`. A restore compares a backup with it, so that an
older state does not come back unnoticed.
"""

import json
from datetime import datetime
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from audit.models import Event

FOLDER = "marks"
PREFIX, SUFFIX = "event-", ".json"


class Mark(NamedTuple):
    """The number of an event and when it happened."""

    id: int
    at: datetime


def latest():
    """The newest event of the database, or None."""
    newest = Event.objects.newest_first().values_list("pk", "occurred_at").first()
    return Mark(*newest) if newest else None


def write():
    """Leave a mark of the newest event in the file storage, unless it is there; the scheduler asks once a minute.

    The new mark is stored before the older ones go, so that there is always one. Safe to run twice at once.
    """
    newest, known = latest(), _numbers()
    if newest is None or newest.id in known:
        return
    content = json.dumps({"id": newest.id, "at": newest.at.isoformat()})
    default_storage.save(_name(newest.id), ContentFile(content.encode()))
    for number in known:
        default_storage.delete(_name(number))


def read():
    """The mark in the file storage, or None."""
    known = _numbers()
    if not known:
        return None
    with default_storage.open(_name(max(known))) as file:
        said = json.load(file)
    return Mark(said["id"], datetime.fromisoformat(said["at"]))


def skip_to(number):
    """Number the next event above `number`: what people were told of one event is never said of another."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "pg_get_serial_sequence('audit_event', 'id')"
            cursor.execute(f"SELECT setval({sequence}, greatest(%s, nextval({sequence})))", [number])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = 'audit_event'", [number])


def _name(number):
    return f"{FOLDER}/{PREFIX}{number}{SUFFIX}"


def _numbers():
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return []
    numbers = [name.removeprefix(PREFIX).removesuffix(SUFFIX) for name in names]
    return [int(number) for number in numbers if number.isdecimal()]
