"""Which versions run here, and is the database as new as the code?"""

import platform
from importlib.metadata import version

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.release import VERSION


def versions(redis: str) -> list[tuple[str, str]]:
    """`(what, version)`; the libraries' as they are installed, without importing them."""
    return [
        ("Countersign", VERSION),
        ("Python", platform.python_version()),
        ("Django", version("django")),
        (connection.display_name, database()),
        ("Redis", redis or "not known while it does not answer"),
        ("Celery", version("celery")),
        ("WeasyPrint", version("weasyprint")),
    ]


def database() -> str:
    """The server's version, as the connection knows it; no query."""
    return ".".join(map(str, connection.get_database_version()))


def unapplied_migrations() -> list[str]:
    """What `manage.py migrate` would do, as `app.name`, in order. Two queries."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
