"""Could a migration lock a live table, or break the release that still runs while it is applied?

``python tests/services.py python -m tests.lint_migrations`` looks at every migration that is newer than the first
installation, as the SQL that PostgreSQL would get. CONTRIBUTING.md says how to write one that passes.
"""

import os
import re
import sys
from collections.abc import Iterable

import django
from django.db.migrations import Migration

# The last migration of each app that a first installation starts with: until there, no table is in use.
FIRST_INSTALLATION = {
    "accounts": "0001_initial",
    "audit": "0003_heartbeat",
    "dossiers": "0001_initial",
    "evidence": "0001_initial",
    "reviews": "0004_touches",
    "vendors": "0001_initial",
}
# What was looked at and is right nevertheless: the linter's code, and why.
REVIEWED: dict[tuple[str, str], dict[str, str]] = {
    ("dossiers", "0003_paper"): {
        "CREATE_INDEX": "Of dossiers_paper, which the same migration makes: it is empty.",
        "CREATE_INDEX_EXCLUSIVE": "The same.",
    },
    ("dossiers", "0004_package"): {
        "CREATE_INDEX": "Of dossiers_package, which the same migration makes: it is empty.",
        "CREATE_INDEX_EXCLUSIVE": "The same.",
    },
    ("reviews", "0007_why_again"): {
        "CREATE_INDEX": "Of reviews_reassessment, which the same release makes: it is empty.",
        "CREATE_INDEX_EXCLUSIVE": "The same.",
    },
}
# We name the arguments as Django's own documentation does.
NOT_ASKED = ["RUNPYTHON_ARGS_NAMING_CONVENTION"]
VALIDATED = re.compile(r'ALTER TABLE ("\w+").* ADD (CONSTRAINT .*(CHECK|FOREIGN KEY)|COLUMN .* REFERENCES)')


def reads_every_row(statements: list[str], **_) -> bool:
    """Whether a constraint is added that is compared with every row while nobody may write."""
    created = {table for sql in statements for table in re.findall(r'CREATE TABLE ("\w+")', sql)}
    found = [VALIDATED.search(sql) for sql in statements if "NOT VALID" not in sql]
    return any(match and match[1] not in created for match in found)


def linter(reviewed: Iterable[str] = ()):
    from django_migration_linter import MigrationLinter
    from django_migration_linter.sql_analyser import PostgresqlAnalyser
    from django_migration_linter.sql_analyser.base import Check, CheckMode, CheckType

    class Analyser(PostgresqlAnalyser):
        migration_checks = [
            *PostgresqlAnalyser.migration_checks,
            Check(
                code="READS_EVERY_ROW",
                fn=reads_every_row,
                message="ADDING a constraint reads every row while nobody may write (add it NOT VALID, validate later)",
                mode=CheckMode.TRANSACTION,
                type=CheckType.ERROR,
            ),
        ]

    found = MigrationLinter(
        no_cache=True, all_warnings_as_errors=True, exclude_migration_tests=[*NOT_ASKED, *reviewed], quiet=["ok"]
    )
    found.sql_analyser_class = Analyser
    return found


def newer(migrations: Iterable[Migration]) -> list[Migration]:
    return [
        migration
        for migration in migrations
        if migration.app_label in FIRST_INSTALLATION
        and migration.name.split("_")[0] > FIRST_INSTALLATION[migration.app_label].split("_")[0]
    ]


def main() -> None:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    if connection.vendor != "postgresql":
        sys.exit("Migrations are looked at as PostgreSQL gets them: run this through tests/services.py.")
    wrong = 0
    for migration in newer(MigrationLoader(connection).disk_migrations.values()):
        asked = linter(REVIEWED.get((migration.app_label, migration.name), ()))
        asked.lint_migration(migration)
        wrong += asked.nb_erroneous
    if wrong:
        sys.exit(f"{wrong} migrations could lock or break a live installation: see CONTRIBUTING.md.")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main()
