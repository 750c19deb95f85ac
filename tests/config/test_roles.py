"""Does everything work for a database role that owns nothing, and can that role undo no rule of the database?"""

import os
import subprocess
import sys
import uuid
from urllib.parse import urlsplit

import psycopg
import pytest

from config.environment import BASE_DIR

pytestmark = pytest.mark.postgres

FORBIDDEN = [
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "DROP TABLE reviews_signoff",
    "TRUNCATE audit_event",
    "ALTER TABLE reviews_item ADD COLUMN more text",
    "CREATE TABLE mine (id integer)",
    "SET session_replication_role = replica",
]


@pytest.fixture
def roles():
    """A database of its own set up with deploy/roles.sql; yields the addresses of its owner and of the app."""
    server, name = os.environ["DATABASE_URL"], f"roles_{uuid.uuid4().hex[:8]}"
    place = urlsplit(server).netloc.split("@")[-1]
    with psycopg.connect(server, autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {name} LOGIN CREATEROLE")
        superuser.execute(f"CREATE DATABASE {name} OWNER {name}")
        owner, app = f"postgres://{name}@{place}/{name}", f"postgres://countersign@{place}/{name}"
        words = ["psql", "--no-psqlrc", "--quiet", "--file", BASE_DIR / "deploy" / "roles.sql", owner]
        subprocess.run(words, env=os.environ | {"DATABASE_PASSWORD": "a'quoted\"one"}, check=True)
        yield owner, app
        superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
        superuser.execute("DROP ROLE countersign")
        superuser.execute(f"DROP ROLE {name}")


def manage(*words, database, folder):
    environment = os.environ | {"DATABASE_URL": database, "REDIS_URL": "memory://", "VAR_DIR": str(folder / "var")}
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_app_works_as_a_role_that_cannot_undo_the_databases_rules(roles, tmp_path):
    owner, app = roles
    backups = tmp_path / "backups"
    backups.mkdir()
    as_owner, as_app = {"database": owner, "folder": tmp_path}, {"database": app, "folder": tmp_path}
    manage("migrate", **as_owner)
    manage("load_checklist", "fixtures/checklists/claude-security-review-v1.yaml", **as_app)
    manage("load_demo", **as_app)
    manage("backup", "--to", str(backups), **as_app)
    manage("restore", *map(str, backups.iterdir()), "--replace", "--forget-newer", **as_owner)
    with psycopg.connect(app, autocommit=True) as session:
        assert session.execute("SELECT count(*) > 0 FROM reviews_signoff").fetchone() == (True,)
        for statement in FORBIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"):
            session.execute("DELETE FROM audit_event")
