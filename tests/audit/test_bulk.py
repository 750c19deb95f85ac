"""Is what is written in bulk the same as what a row saved by itself would be?"""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, transaction

from audit import bulk, log
from audit.models import Event

pytestmark = pytest.mark.django_db

SAID = {
    "event_type": "item.imported",
    "occurred_at": datetime(2026, 11, 22, 9, 30, 0, 123456, UTC),
    "actor_name": "O’Brien \\ \"Ö\" 'x' {a,b} 📎",
    "target_type": "item",
    "target_id": "7",
    "target_label": "%s\n\t",
    "data_categories": ["a", None, 1.5],
    "before": {"owner": None, "deep": {"is": [True, False]}},
    "after": {},
}


def test_rows_in_bulk_are_the_same_as_rows_saved_alone_and_keep_their_order():
    with transaction.atomic():
        Event(**SAID).save()
        bulk.insert([Event(**SAID), Event(**SAID | {"event_type": "second", "vendor_id": 3})])
    alone, first, second = Event.objects.order_by("pk").values()
    assert first == alone | {"id": first["id"]}
    assert (second["event_type"], second["vendor_id"]) == ("second", 3)


def test_no_rows_write_nothing():
    bulk.insert([])
    bulk.update([], ["reason"])
    assert Event.objects.count() == 0


def test_the_database_still_refuses_what_it_refuses_alone():
    with transaction.atomic():
        written = log.record("item.imported", Event(**SAID))
    written.reason = "changed"
    with pytest.raises(DatabaseError), transaction.atomic():
        bulk.update([written], ["reason"])
