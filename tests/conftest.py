"""Which database, queue, files and mail do tests run on?

By default SQLite in memory and no Redis. ``make test`` runs everything again with
DATABASE_URL and REDIS_URL naming private PostgreSQL and Redis instances, but for
the tests marked `once`: what those start or read is the same in both runs.
"""

import gc
import os
import re
import tempfile
import uuid

import django
import pytest

# Nothing has read the settings yet: the one moment at which the environment
# they are read from can be chosen.
_var = tempfile.TemporaryDirectory(prefix="countersign-tests-")
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "COUNTERSIGN_MODE": "embedded",
    "SECRET_KEY": "only-for-tests",
    "VAR_DIR": _var.name,
    "EMAIL_URL": "memorymail://",
}
os.environ.setdefault("REDIS_URL", "memory://")
for name in (
    "FILES_DIR",
    "S3_BUCKET",
    "DOWNLOADS",
    "TIME_ZONE",
    "UPLOAD_LIMIT_MB",
    "ALLOWED_HOSTS",
    "DEBUG",
    "CHAT_URL",
):
    os.environ.pop(name, None)

# The people and the stage: they import models, so Django must be ready first.
django.setup()
pytest_plugins = ["tests.cast"]

ON_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")


def pytest_addoption(parser):
    parser.addoption("--refuse-skips", action="store_true", help="fail the run when a test was skipped")


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("once") and (_uses_the_database(item) or item.get_closest_marker("postgres")):
            raise pytest.UsageError(f"{item.nodeid} has to run on PostgreSQL, and is marked as one that has not.")
    if ON_POSTGRESQL:
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: `make test` runs it on a private one"))


def pytest_collection_finish():
    """Look for garbage less often, and never among what collecting has left: a tenth of a run's processor time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


def _uses_the_database(item):
    return item.get_closest_marker("django_db") or {"db", "transactional_db"} & set(item.fixturenames)


def pytest_sessionfinish(session, exitstatus):
    if not session.config.getoption("--refuse-skips") or exitstatus != pytest.ExitCode.OK:
        return
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal and terminal.stats.get("skipped"):
        terminal.write_line("Tests were skipped, and this run may skip none.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True, scope="session")
def fast_and_plain():
    """Hash passwords quickly, and serve static files without having collected them."""
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STATIC_ROOT=_var.name,
        STORAGES=settings.STORAGES | {"staticfiles": plain},
    ):
        yield


@pytest.fixture(autouse=True)
def files_dir(settings, tmp_path):
    """Each test keeps its files in a folder of its own."""
    settings.FILES_DIR = settings.MEDIA_ROOT = tmp_path / "files"
    return settings.FILES_DIR


@pytest.fixture(autouse=True)
def empty_cache():
    """Rate limits counted in one test reach neither the next one nor one that runs beside it on the same Redis."""
    from django.core.cache import cache

    cache.key_prefix = uuid.uuid4().hex


@pytest.fixture
def use_broker(monkeypatch):
    """Return a function that has this test's messages sent to another address."""
    from celery import current_app

    def use(address):
        monkeypatch.setattr(current_app.conf, "broker_url", address)
        monkeypatch.setattr(current_app, "_pool", None)
        monkeypatch.setattr(current_app.amqp, "_producer_pool", None)

    return use


@pytest.fixture
def broker(use_broker):
    """Keep this test's messages here; returns a function that lists those not yet read, as `(task, arguments)`."""
    from celery import current_app

    use_broker("memory://")

    def messages():
        with current_app.connection_for_read() as connection, connection.channel() as channel:
            waiting = iter(lambda: channel.basic_get("default") or channel.basic_get("dossiers"), None)
            return [(message.headers["task"], message.decode()[0]) for message in waiting]

    with current_app.connection_for_read() as connection, connection.channel() as channel:
        for queue in ("default", "dossiers"):
            channel.queue_declare(queue)
    messages()
    return messages


@pytest.fixture(autouse=True, scope="session")
def flush_past_append_only_triggers():
    """Let the emptying of tables after a transactional test through.

    Some tables refuse DELETE and TRUNCATE by trigger. That must hold in every
    test, so only the statements of the flush itself go past the triggers.
    """
    from django.db import connection

    operations = type(connection.ops)
    original = operations.execute_sql_flush

    def execute_sql_flush(self, sql_list):
        return original(self, _past_triggers(self.connection, sql_list))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "execute_sql_flush", execute_sql_flush)
        yield


def _past_triggers(connection, sql_list):
    if connection.vendor == "postgresql":
        # TRUNCATE makes every table's file anew, a quarter of a second; the few rows of a test are deleted in none.
        tables = re.findall(r'"([^"]+)"', " ".join(sql_list))
        return [
            "SET LOCAL session_replication_role = replica",
            *(f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables),  # noqa: S608
        ]
    with connection.cursor() as cursor:
        triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    drop = [f"DROP TRIGGER {connection.ops.quote_name(name)}" for name, _ in triggers]
    return [*drop, *sql_list, *(sql for _, sql in triggers)]
