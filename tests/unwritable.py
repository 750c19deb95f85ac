"""An audit log that takes no more events, as with a full disk; for tests that the change then does not happen."""

import pytest
from django.db import connection

STATEMENTS = {
    "sqlite": ["CREATE TRIGGER log_is_full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'full'); END"],
    "postgresql": [
        "CREATE FUNCTION log_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
        "CREATE TRIGGER log_is_full BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION log_is_full()",
    ],
}


@pytest.fixture
def no_more_events(db):
    """Goes away with the test's transaction. Ask for it last, after the people of the test exist."""
    with connection.cursor() as cursor:
        for statement in STATEMENTS[connection.vendor]:
            cursor.execute(statement)
