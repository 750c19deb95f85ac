"""Does the database itself refuse to rewrite the log? (rule 24)"""

import pytest
from django.db import DatabaseError, connection, transaction

from audit import log
from audit.models import Event


@pytest.fixture
def event(administrator):
    with transaction.atomic():
        return log.record("person.created", administrator, actor=administrator)


def refused(statement, *values):
    refusal = pytest.raises(DatabaseError, match="audit_event is append-only")
    with refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_rule_24_update_is_refused(event):
    refused("UPDATE audit_event SET actor_name = 'someone else' WHERE id = %s", event.pk)
    refused("UPDATE audit_event SET occurred_at = NULL")
    event.reason = "rewritten"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()


def test_rule_24_delete_is_refused(event):
    refused("DELETE FROM audit_event WHERE id = %s", event.pk)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Event.objects.all().delete()
    assert Event.objects.filter(pk=event.pk).exists()


@pytest.mark.postgres
def test_rule_24_truncate_is_refused(event):
    refused("TRUNCATE audit_event")
    refused("TRUNCATE audit_event CASCADE")


def test_a_replacing_insert_is_refused(event):
    """SQLite's REPLACE deletes the old row on the way."""
    if connection.vendor != "sqlite":
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO audit_event (id) VALUES (%s)", [event.pk])
        return
    fields = [field.column for field in Event._meta.fields]
    columns = ", ".join(fields)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"REPLACE INTO audit_event ({columns}) SELECT {columns} FROM audit_event")  # noqa: S608
