"""Does the database still refuse what the migrations taught it to refuse?"""

import re
from collections.abc import Iterator

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from audit.append_only import Triggers

PRESENT = {
    # Enabled for ordinary sessions; `D` and `R` are not.
    "postgresql": """
        SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace
    """,
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}


def triggers() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each trigger that an applied migration created."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT[connection.vendor])
        present = {name for (name,) in cursor.fetchall()}
    for name in sorted(expected()):
        wrong = "" if name in present else "It is missing or switched off: the database no longer refuses what it must."
        yield f"trigger {name}", wrong


def expected() -> set[str]:
    """The names of the triggers that the applied migrations leave behind on this kind of database."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
    names: set[str] = set()
    for migration, _ in plan:
        if (migration.app_label, migration.name) in executor.loader.applied_migrations:
            for operation in migration.operations:
                if isinstance(operation, Triggers):
                    _follow(getattr(operation, connection.vendor), names)
    return names


def _follow(statements: list[str], names: set[str]) -> None:
    for verb, name in re.findall(r"(CREATE|DROP) TRIGGER (?:IF (?:NOT )?EXISTS )?(\w+)", "\n".join(statements)):
        if verb == "CREATE":
            names.add(name)
        else:
            names.discard(name)
