"""Which event was the last one, and who still knows it when the database is gone?

The file storage keeps a small mark: `marks/event-<number>.json`. A restore compares a backup with it, so that an
older state does not come back unnoticed.
"""

import json
import re
from datetime import datetime
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from audit.models import Event

FOLDER = "marks"
NAME = re.compile(r"event-(\d+)")


class Mark(NamedTuple):
    """The number of an event and when it happened; None when nobody can say any more."""

    id: int
    at: datetime | None


def latest():
    """The newest event of the database, or None."""
    newest = Event.objects.newest_first().values_list("pk", "occurred_at").first()
    return Mark(*newest) if newest else None


def write():
    """Leave a mark of the newest event in the file storage, unless one as new is there; the scheduler asks once a minute.

    The new mark is stored before the older ones go, so that there is always one. Safe to run twice at once. A mark never
    goes back: a database that was lost and begins anew must not erase what the storage knows of it.
    """
    newest, names = latest(), _names()
    if newest is None or newest.id <= max(map(_number, names), default=0):
        return
    content = json.dumps({"id": newest.id, "at": newest.at.isoformat()})
    default_storage.save(f"{FOLDER}/event-{newest.id}.json", ContentFile(content.encode()))
    for name in names:
        default_storage.delete(f"{FOLDER}/{name}")


def read():
    """The mark in the file storage, or None. One that was written by half still has its number in its name."""
    names = _names()
    if not names:
        return None
    newest = max(names, key=_number)
    with default_storage.open(f"{FOLDER}/{newest}") as file:
        try:
            at = datetime.fromisoformat(json.load(file)["at"])
        except (ValueError, KeyError, TypeError):
            at = None
    return Mark(_number(newest), at)


def skip_to(number):
    """Number the next event above `number`: what people were told of one event is never said of another."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(numbers, greatest(%s, pg_sequence_last_value(numbers), 1)) "
                "FROM (SELECT pg_get_serial_sequence('audit_event', 'id')::regclass AS numbers) AS sequence",
                [number],
            )
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = 'audit_event'", [number])


def _names():
    try:
        _, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:
        return []
    return [name for name in names if NAME.match(name)]


def _number(name):
    # Two processes that store the same mark at once make two names of it, `event-7.json` and `event-7_Xy.json`.
    return int(NAME.match(name)[1])
