"""How is the whole database copied out at one instant, and put back in one piece?

PostgreSQL: `pg_dump` and `pg_restore` of the client package. SQLite: its own `VACUUM INTO` and online backup.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, connections

from accounts.permissions import Refused
from config.encryption import CHUNK

# Who is signed in, who was alive, and which secret addresses opened a calendar: true only at that moment. What was revoked
# since would open again, so it is not carried along.
LEFT_OUT = ("django_session", "audit_heartbeat", "reviews_feed", "reviews_feedentry")
LOCK_WITHIN_SECONDS = 10

# Everything of ours goes in the transaction that brings the older state, so that either all of it happens or nothing.
# The lock keeps out whoever writes meanwhile; an event more than was asked about stops it.
BEGIN = """
BEGIN;
SET LOCAL lock_timeout = '{seconds}s';
DO $do$
DECLARE
  one record;
  newest bigint;
BEGIN
  IF to_regclass('{schema}.audit_event') IS NOT NULL THEN
    LOCK TABLE {schema}.audit_event IN ACCESS EXCLUSIVE MODE;
    SELECT max(id) INTO newest FROM {schema}.audit_event;
    IF newest IS DISTINCT FROM {newest} THEN
      RAISE EXCEPTION 'somebody worked meanwhile';
    END IF;
  END IF;
  FOR one IN
    SELECT format('%I.%I', n.nspname, c.relname) AS name, CASE c.relkind WHEN 'v' THEN 'VIEW'
      WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = '{schema}' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'i'))
    ORDER BY c.oid
  LOOP
    IF to_regclass(one.name) IS NOT NULL THEN
      EXECUTE format('DROP %s %s CASCADE', one.kind, one.name);
    END IF;
  END LOOP;
  FOR one IN
    SELECT p.oid::regprocedure::text AS name FROM pg_proc p
    WHERE p.pronamespace = '{schema}'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
  END LOOP;
END
$do$;
"""


@contextmanager
def dumped(folder: Path) -> Iterator[BinaryIO]:
    """Yield the dump as an open file without a name, at its beginning. Call it inside the transaction it shall agree with.

    SQLite copies into a named file only: it lies meanwhile in `folder`, which is to be as safe as the database. Raises Refused with a sentence when the database's own programs are missing or fail.
    """
    with tempfile.TemporaryFile() as out:
        if connection.vendor == "postgresql":
            _from_postgresql(out)
        else:
            _from_sqlite(out, folder)
        out.seek(0)
        yield out


def put_back(dump: BinaryIO, *, newest_event: int | None) -> None:
    """Replace everything in the database by the dump, in one transaction.

    Raises Refused with a sentence, and nothing has changed, when the dump cannot be read, when somebody holds the
    tables, or when the newest event is no longer `newest_event`.
    """
    connections.close_all()
    if connection.vendor == "postgresql":
        _into_postgresql(dump, newest_event)
    else:
        _into_sqlite(dump)


def _from_postgresql(out: BinaryIO) -> None:
    pg_dump = _program("pg_dump")
    _refuse_older_client(pg_dump)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot(), current_schema()")
        snapshot, schema = cursor.fetchone()
    options = ["--format=custom", "--no-owner", "--no-privileges", "--no-password", f'--schema="{schema}"']
    options += [f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WITHIN_SECONDS}s"]
    options += [f'--exclude-table-data="{schema}"."{table}"' for table in LEFT_OUT]
    command, environment = _client(pg_dump, options)
    done = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        raise Refused(f"pg_dump failed, and no backup was made: {_said(done.stderr)}")


def _into_postgresql(dump: BinaryIO, newest_event: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = cursor.fetchone()[0]
    connections.close_all()
    begin = BEGIN.format(
        seconds=LOCK_WITHIN_SECONDS, schema=schema, newest="NULL" if newest_event is None else int(newest_event)
    )
    options = ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"]
    command, environment = _client(_program("psql"), options)
    with _chosen(dump) as pg_restore, tempfile.TemporaryFile() as complaints:
        psql = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints
        )
        script = subprocess.Popen(pg_restore, stdin=dump, stdout=subprocess.PIPE, stderr=complaints)
        whole = _handed_on(begin, script, psql)
        complaints.seek(0)
        said = _said(complaints.read())
    if not whole:
        raise Refused(f"The database was not restored, and nothing in it was changed: {said}")


def _handed_on(begin: str, script: subprocess.Popen, psql: subprocess.Popen) -> bool:
    """Feed the script to psql. Without the last word, COMMIT, the server undoes everything: when we are killed, too."""
    assert psql.stdin
    assert script.stdout
    try:
        with psql.stdin:
            psql.stdin.write(begin.encode())
            shutil.copyfileobj(script.stdout, psql.stdin, CHUNK)
            if script.wait() == 0:
                psql.stdin.write(b"\nCOMMIT;\n")
    except BrokenPipeError:
        script.kill()
    script.stdout.close()
    return script.wait() == 0 and psql.wait() == 0


@contextmanager
def _chosen(dump: BinaryIO) -> Iterator[list[str]]:
    """The command that prints the dump as SQL, without the schema itself, which is there already."""
    pg_restore = _program("pg_restore")
    dump.seek(0)
    listed = subprocess.run([pg_restore, "--list"], stdin=dump, capture_output=True, check=False)
    if listed.returncode:
        raise Refused(f"pg_restore cannot read the dump; nothing was changed: {_said(listed.stderr)}")
    lines = listed.stdout.decode().splitlines()
    with tempfile.NamedTemporaryFile("w", prefix="countersign-") as choice:
        choice.writelines(f"{line}\n" for line in lines if not re.match(r"\d+; \d+ \d+ (COMMENT - )?SCHEMA ", line))
        choice.flush()
        dump.seek(0)
        os.lseek(dump.fileno(), 0, os.SEEK_SET)
        yield [pg_restore, "--file=-", "--no-owner", "--no-privileges", f"--use-list={choice.name}"]


def _program(name: str) -> str:
    """The newest of the programs; Debian keeps one folder a version."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if versions:
        return str(versions[-1])
    if found := shutil.which(name):
        return found
    raise Refused(f"{name} is missing: install PostgreSQL's client (Debian: apt-get install postgresql-client).")


def _refuse_older_client(program: str) -> None:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    client, server = int(re.findall(r"\d+", said)[0]), connection.pg_version // 10_000  # type: ignore[attr-defined]
    if client < server:
        raise Refused(
            f"The server is PostgreSQL {server} and pg_dump here is version {client}, too old to read it: "
            f"install postgresql-client-{server}."
        )


def _client(program: str, options: list[str]) -> tuple[list[str], dict[str, str]]:
    """The command with the address of our database, and an environment with its password."""
    arguments, secrets = connection.client.settings_to_cmd_args_env(connection.settings_dict, options)
    return [program, *arguments[1:]], os.environ | {"PGCONNECT_TIMEOUT": "10"} | (secrets or {})


def _said(complaints: bytes) -> str:
    lines = [line for line in complaints.decode(errors="replace").splitlines() if line.strip()]
    if any("somebody worked meanwhile" in line for line in lines):
        return "somebody worked meanwhile. Stop web, worker and scheduler, then try again."
    if any("lock timeout" in line for line in lines):
        return "the tables are in use. Stop web, worker and scheduler, then try again."
    return " ".join(lines[:3]) or "it said nothing."


def _from_sqlite(out: BinaryIO, beside: Path) -> None:
    with tempfile.TemporaryDirectory(dir=beside, prefix=".countersign-") as folder:
        copy = Path(folder) / "database"
        # Our own transaction keeps writers out meanwhile, so this second reader sees what it sees.
        try:
            with closing(sqlite3.connect(**_sqlite())) as source:
                source.execute("VACUUM INTO ?", [str(copy)])
            _leave_out(copy)
        except sqlite3.Error as error:
            raise Refused(f"No backup was made: the database could not be copied to {folder}: {error}.") from error
        with copy.open("rb") as file:
            shutil.copyfileobj(file, out, CHUNK)


def _leave_out(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA secure_delete = ON")
        there = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in there & set(LEFT_OUT):
            database.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        database.commit()


def _into_sqlite(dump: BinaryIO) -> None:
    beside = Path(_sqlite()["database"]).parent
    with tempfile.NamedTemporaryFile(dir=beside, prefix=".countersign-") as copy:
        dump.seek(0)
        shutil.copyfileobj(dump, copy, CHUNK)
        copy.flush()
        _put_aside_what_is_no_database(Path(_sqlite()["database"]))
        try:
            with closing(sqlite3.connect(copy.name)) as source, closing(sqlite3.connect(**_sqlite())) as database:
                source.backup(database)
        except sqlite3.Error as error:
            raise Refused(f"The database was not restored, and nothing in it was changed: {error}.") from error


def _put_aside_what_is_no_database(path: Path) -> None:
    """A file that SQLite cannot read takes no copy either; it is kept under another name for whoever wants to look."""
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA schema_version")
    except sqlite3.DatabaseError:
        for ending in ("", "-wal", "-shm"):
            damaged = path.with_name(path.name + ending)
            if damaged.exists():
                damaged.rename(damaged.with_name(f"damaged-{damaged.name}"))


def _sqlite() -> dict[str, Any]:
    return {"database": connection.settings_dict["NAME"], "timeout": LOCK_WITHIN_SECONDS}
