"""Do migrations leave people who work alone, and does the linter see those that would not?"""

import io
import threading
import traceback

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.loader import MigrationLoader

from tests.lint_migrations import FIRST_INSTALLATION, linter, newer

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def migrating(settings):
    """The app of tests/config/migrating, at its first migration; afterwards it is gone again."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.config.migrating"]
    call_command("migrate", "migrating", "0001", verbosity=0)
    yield
    call_command("migrate", "migrating", "zero", verbosity=0)


@pytest.fixture
def reader(migrating):
    """A second connection whose open transaction has read the table, as a long report does."""
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM migrating_note")
    yield other
    other.close()


class Output(io.StringIO):
    """What the command says, and what to do the moment it says it tries again."""

    def __init__(self, when_it_waits):
        super().__init__()
        self.when_it_waits = when_it_waits

    def write(self, text):
        if "Trying again" in text:
            self.when_it_waits()
        return super().write(text)


def columns():
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, "migrating_note")]


def add_a_column(**options):
    call_command("migrate", "migrating", "0002", lock_seconds=0.5, **options)


def test_a_migration_that_gets_no_lock_gives_up_and_nobody_waits_behind_it(reader):
    refusals = []

    def migrate():
        try:
            add_a_column(tries=1, stdout=io.StringIO())
        except CommandError as refusal:
            refusals.append(str(refusal))
        finally:
            connections.close_all()

    running = threading.Thread(target=migrate)
    running.start()
    with connection.cursor() as cursor:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
        while running.is_alive() and cursor.execute(waiting).fetchone() == (0,):
            pass
        # Somebody opens a page while the migration waits. Behind one that waits for ever this would fail.
        cursor.execute("SET statement_timeout = '6s'")
        cursor.execute("SELECT count(*) FROM migrating_note")
        assert cursor.fetchone() == (0,)
        cursor.execute("RESET statement_timeout")
    running.join()
    assert refusals == [
        "A table stayed in use: 1 times the migration waited 0.5 s for its lock and gave up. Those before it are "
        "applied, it is not. docs/operations.md (Upgrade) says how to see who holds the table; then run migrate again."
    ]
    assert columns() == ["id", "text"]


def test_a_migration_tries_again_and_goes_through_when_the_table_is_free(reader):
    said = Output(when_it_waits=reader.rollback)
    add_a_column(tries=3, stdout=said)
    assert columns() == ["id", "text", "source"]
    assert "after 0.5 s the migration gave up, so that nobody waits behind it." in said.getvalue()
    assert "Trying again in 1 s; 2 tries left." in said.getvalue()


def test_patience_ends_with_the_command(migrating):
    with connection.cursor() as cursor:
        before = cursor.execute("SHOW lock_timeout").fetchone()
        add_a_column(tries=1, verbosity=0)
        assert cursor.execute("SHOW lock_timeout").fetchone() == before


def test_a_server_that_is_away_is_said_once():
    away = connection.copy(alias="away")
    away.settings_dict["PORT"], away.settings_dict["HOST"] = 1, "127.0.0.1"
    connections["away"] = away
    try:
        with pytest.raises(OperationalError, match="refused") as refusal:
            call_command("migrate", database="away", verbosity=0, skip_checks=True)
    finally:
        del connections["away"]
    assert "During handling of the above exception" not in "".join(traceback.format_exception(refusal.value))


def test_an_index_is_made_while_others_write_and_the_next_migration_is_impatient_again(migrating):
    call_command("migrate", "migrating", "0004", verbosity=0)
    with connection.cursor() as cursor:
        made = cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'migrating_note_source'::regclass")
        assert made.fetchall() == [(True,)]
    assert columns() == ["id", "text", "source", "kind"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("0002_a_column_that_may_be_empty", ""),
        ("0003_an_index_at_leisure", ""),
        ("0004_a_column_with_a_default_of_the_database", ""),
        ("0005_a_column_that_must_not_be_empty", "NOT NULL constraint on columns"),
        ("0006_an_index_at_once", "CREATE INDEX locks table"),
        ("0007_another_name", "RENAMING columns"),
        ("0008_a_constraint_at_once", "ADDING a constraint reads every row"),
        ("0009_a_foreign_key", "ADDING a constraint reads every row"),
        ("0010_a_column_less", "DROPPING columns"),
    ],
)
def test_the_linter_tells_what_locks_or_breaks_from_what_does_not(migrating, capsys, name, said):
    asked = linter()
    asked.lint_migration(MigrationLoader(connection).get_migration("migrating", name))
    out = capsys.readouterr().out
    assert asked.has_errors is bool(said)
    assert said in out


def test_what_was_reviewed_is_let_through(migrating):
    asked = linter(reviewed=["DROP_COLUMN"])
    asked.lint_migration(MigrationLoader(connection).get_migration("migrating", "0010_a_column_less"))
    assert not asked.has_errors


def test_only_migrations_newer_than_the_first_installation_are_asked():
    migrations = MigrationLoader(connection).disk_migrations
    asked = {(migration.app_label, migration.name) for migration in newer(migrations.values())}
    assert set(FIRST_INSTALLATION.items()) <= migrations.keys()
    assert not asked & set(FIRST_INSTALLATION.items())
    assert {app for app, _ in asked} <= FIRST_INSTALLATION.keys()
