"""How does the database itself refuse to rewrite the past? Triggers, on PostgreSQL and on SQLite."""

from django.db import migrations


class Triggers(migrations.RunPython):
    """A migration step that runs one statement list per database engine."""

    def __init__(self, *, postgresql, sqlite):
        self.postgresql = postgresql
        self.sqlite = sqlite
        super().__init__(self._run, migrations.RunPython.noop)

    def deconstruct(self):
        return (self.__class__.__name__, [], {"postgresql": self.postgresql, "sqlite": self.sqlite})

    def _run(self, apps, schema_editor):
        for statement in getattr(self, schema_editor.connection.vendor):
            schema_editor.execute(statement, params=None)


def append_only(table):
    """UPDATE, DELETE and (where it exists) TRUNCATE of `table` are refused, whoever asks (rules 7 and 24)."""
    message = f"{table} is append-only"
    return Triggers(
        postgresql=[
            f"""CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_refuse()""",
            f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()""",
        ],
        sqlite=[
            f"""CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
            BEGIN SELECT RAISE(ABORT, '{message}'); END""",
            f"""CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
            BEGIN SELECT RAISE(ABORT, '{message}'); END""",
        ],
    )
