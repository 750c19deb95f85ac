"""The restore drill on PostgreSQL: everything is lost, comes back from an encrypted backup, and every hash is right.

And what a restore may meet on its way: a killed process, people at work, a dump that breaks off, files in S3.
"""

import contextlib
import signal
import subprocess
import time

import pyrage
import pytest

from tests.config.installation import SECONDS_TO_WAIT, Installation
from tests.stores import Bucket, s3_server  # noqa: F401

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("installation")]

WAITING = """
    SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT l.granted AND d.datname = current_database()
"""
KEY = pyrage.x25519.Identity.generate()
ENCRYPTED = {"BACKUP_RECIPIENT": str(KEY.to_public())}


@pytest.fixture
def identity(tmp_path):
    file = tmp_path / "identity.txt"
    file.write_text(f"# created by hand\n{KEY}\n")
    return file


def back_up(installation, target, **environment):
    done = installation.run("backup", "--to", target, **environment)
    assert done.returncode == 0, done.stdout
    return target


def test_everything_is_lost_and_comes_back(installation, empty, identity, tmp_path):
    installation.does("make_dossiers()")
    rows, files, dossiers = (
        installation.compared_rows(),
        installation.contents(),
        installation.rows()["dossiers_dossier"],
    )
    backup = back_up(installation, tmp_path / "backup.tar.age", **ENCRYPTED)
    installation.drop()

    done = empty.run("restore", backup, "--identity", identity)

    assert done.returncode == 0, done.stdout
    for found in ("1 dossiers", "5 sign-offs", "3 complete items", "47 standings", "1 decisions"):
        assert f" {found}\n" in done.stdout
    assert "All of it is as it was stored." in done.stdout
    assert empty.compared_rows() == rows
    assert empty.rows()["dossiers_dossier"] == dossiers
    assert (empty.contents(), len(files)) == (files, 3)
    # The restored product goes on where the old one ended.
    empty.does("work_on()")
    assert empty.run("verify").returncode == 0


def test_the_wrong_key_changes_nothing(installation, empty, tmp_path):
    backup = back_up(installation, tmp_path / "backup.tar.age", **ENCRYPTED)
    (tmp_path / "other.txt").write_text(str(pyrage.x25519.Identity.generate()))
    done = empty.run("restore", backup, "--identity", tmp_path / "other.txt")
    assert (done.returncode, "this identity does not open it" in done.stdout) == (1, True)
    assert (empty.rows(), empty.contents()) == ({}, {})


@contextlib.contextmanager
def somebody_reads(installation, table):
    """A transaction of somebody else that a restore must wait for."""
    with installation.connect() as connection, connection.transaction():
        connection.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        yield


def wait_until_a_lock_is_waited_for(installation):
    end = time.monotonic() + SECONDS_TO_WAIT
    while time.monotonic() < end:
        if installation.query(WAITING):
            return
        time.sleep(0.05)
    raise AssertionError("the restore never waited")


def test_a_restore_killed_in_its_middle_leaves_the_state_before(installation, tmp_path):
    backup = back_up(installation, tmp_path / "backup.tar")
    installation.does("work_on()")
    rows, files = installation.rows(), installation.contents()
    command = installation.command("restore", backup, "--forget-newer")
    environment = installation.environment
    with somebody_reads(installation, "reviews_signoff"):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until_a_lock_is_waited_for(installation)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    wait_until_nobody_else_is_connected(installation)

    assert (installation.rows(), installation.contents()) == (rows, files)
    assert installation.run("verify").returncode == 0
    assert installation.run("restore", backup, "--forget-newer").returncode == 0


def wait_until_nobody_else_is_connected(installation):
    end = time.monotonic() + SECONDS_TO_WAIT
    others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while installation.query(others):
        assert time.monotonic() < end, "psql outlives the restore that fed it"
        time.sleep(0.05)


def test_tables_in_use_are_left_alone(installation, tmp_path):
    backup = back_up(installation, tmp_path / "backup.tar")
    rows = installation.rows()
    with somebody_reads(installation, "audit_event"):
        done = installation.run("restore", backup, "--replace")
    assert done.returncode == 1
    assert "the tables are in use. Stop web, worker and scheduler, then try again." in done.stdout
    assert installation.rows() == rows


def test_what_is_written_between_the_question_and_the_restore_is_not_forgotten_unasked(installation, tmp_path):
    """The number of the newest event is compared again behind the lock."""
    backup = back_up(installation, tmp_path / "backup.tar")
    installation.does("work_on()")
    code = """
from config import database_copy, archive
from accounts.permissions import Refused
import io, pathlib, tempfile
with tempfile.TemporaryFile() as dump:
    archive.check(pathlib.Path(os.environ["BACKUP"]), "", dump)
    try:
        database_copy.put_back(dump, newest_event=1)
    except Refused as refusal:
        print(refusal)
"""
    rows = installation.rows()
    assert "somebody worked meanwhile. Stop web, worker and scheduler" in installation.does(code, BACKUP=str(backup))
    assert installation.rows() == rows


def test_a_dump_that_breaks_off_leaves_the_state_before(installation, tmp_path):
    """As when the archive's hash was right and pg_restore still failed in the middle."""
    backup = back_up(installation, tmp_path / "backup.tar")
    code = """
from config import database_copy, archive
from accounts.permissions import Refused
from audit import marks
import pathlib, tempfile
with tempfile.TemporaryFile() as dump:
    archive.check(pathlib.Path(os.environ["BACKUP"]), "", dump)
    dump.truncate(dump.tell() - 3_000)
    try:
        database_copy.put_back(dump, newest_event=marks.latest().id)
    except Refused as refusal:
        print(refusal)
"""
    rows = installation.rows()
    assert "nothing in it was changed" in installation.does(code, BACKUP=str(backup))
    assert installation.rows() == rows


def test_what_other_programs_keep_in_the_database_beside_us_stays(installation, empty, tmp_path):
    empty.query("CREATE SCHEMA theirs")
    empty.query("CREATE TABLE theirs.rows AS SELECT 1 AS number")
    assert empty.run("restore", back_up(installation, tmp_path / "backup.tar")).returncode == 0
    assert empty.query("SELECT number FROM theirs.rows") == [(1,)]


def test_files_move_into_a_bucket_and_out_of_it_again(installation, empty, tmp_path, s3_server):  # noqa: F811
    bucket = Bucket(s3_server)
    options = bucket.backend["OPTIONS"]
    in_s3 = {
        "S3_BUCKET": options["bucket_name"],
        "S3_ENDPOINT": options["endpoint_url"],
        "S3_REGION": options["region_name"],
        "S3_ACCESS_KEY": options["access_key"],
        "S3_SECRET_KEY": options["secret_key"],
    }
    rows, files = installation.compared_rows(), installation.contents()
    done = empty.run("restore", back_up(installation, tmp_path / "first.tar"), **in_s3)
    assert done.returncode == 0, done.stdout
    assert {name: bucket.read(name) for name in bucket.names() if not name.startswith("marks/")} == files
    assert len([name for name in bucket.names() if name.startswith("marks/event-")]) == 1

    second = back_up(empty, tmp_path / "second.tar", **in_s3)
    again = Installation(tmp_path).create()
    try:
        done = again.run("restore", second)
        assert done.returncode == 0, done.stdout
        assert (again.compared_rows(), again.contents()) == (rows, files)
    finally:
        again.drop()
        bucket.vanish()
        bucket.client.close()


def test_a_server_newer_than_pg_dump_is_named(installation, tmp_path):
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    (tmp_path / "pg_dump").chmod(0o755)
    code = """
from config import database_copy
from accounts.permissions import Refused
try:
    database_copy._refuse_older_client(os.environ["OLDER"])
except Refused as refusal:
    print(refusal)
"""
    said = installation.does(code, OLDER=str(tmp_path / "pg_dump"))
    assert "pg_dump here is version 9, too old to read it: install postgresql-client-" in said


def test_a_server_that_does_not_answer_is_said_in_a_sentence(installation, tmp_path):
    done = installation.run("backup", "--to", tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing")
    assert (done.returncode, "The database does not answer, and no backup was made" in done.stdout) == (1, True)
    assert "Traceback" not in done.stdout
