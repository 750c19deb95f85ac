"""Can a transactional test be emptied, although some tables refuse it, and do they refuse it again afterwards?"""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from audit import log
from audit.models import Event


def delete_events():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event")


@pytest.mark.django_db(transaction=True)
def test_a_flush_empties_append_only_tables_and_leaves_them_append_only():
    for _ in range(2):
        with transaction.atomic():
            person = User.objects.create(email="reviewer@example.com", name="Reviewer")
            log.record("test.flush", person)
        with pytest.raises(DatabaseError, match="audit_event is append-only"):
            delete_events()
        assert Event.objects.count() == 1
        call_command("flush", verbosity=0, interactive=False)
        assert Event.objects.count() == 0
