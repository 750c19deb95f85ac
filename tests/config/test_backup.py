"""Does a backup hold everything of one instant, say when it does not, and come back as a whole?"""

import errno
import hashlib
import io
import json
import os
import pty
import socket
import stat
import subprocess
import tarfile
import time
from contextlib import closing

import pytest

from config import embedded, restore
from evidence.storage import Folder
from tests.config.installation import ON_POSTGRESQL, ROOT, SECONDS_TO_WAIT

pytestmark = pytest.mark.xdist_group("installation")


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


def back_up(installation, folder, **environment):
    """Make a backup and return its file."""
    done = installation.run("backup", "--to", folder, **environment)
    assert done.returncode == 0, done.stdout
    (backup,) = folder.iterdir()
    return backup


def manifest_of(backup):
    with tarfile.open(backup) as tar:
        return json.load(tar.extractfile("manifest.json"))


def test_everything_comes_back_on_an_empty_machine(installation, empty, folder):
    rows, files, events = installation.compared_rows(), installation.contents(), installation.rows()["audit_event"]
    backup = back_up(installation, folder)

    done = empty.run("restore", backup)

    assert done.returncode == 0, done.stdout
    assert "All of it is as it was stored." in done.stdout
    assert empty.compared_rows() == rows
    assert empty.contents() == files
    assert len(files) == 2
    assert set(events) < set(empty.rows()["audit_event"])


def test_nobody_is_signed_in_and_nothing_is_half_done_after_a_restore(installation, empty, folder):
    assert installation.query("SELECT count(*) FROM django_session") == [(1,)]
    (last,) = installation.query("SELECT max(id) FROM audit_event")
    done = empty.run("restore", back_up(installation, folder))

    assert "1 dossiers, papers and packages were being made at the time; they are marked as failed." in done.stdout
    assert empty.query("SELECT state, error FROM dossiers_dossier") == [
        ("failed", "It was being made when the backup was taken that is now restored. Try again.")
    ]
    assert "1 reviews were on their way in from elsewhere; their files are in no backup." in done.stdout
    assert empty.query("SELECT state, file FROM reviews_arrival") == [("refused", "")]
    assert installation.query("SELECT count(*) FROM reviews_feed") == [(1,)]
    assert empty.query("SELECT count(*) FROM django_session") == [(0,)]
    assert empty.query("SELECT count(*) FROM reviews_feed") == [(0,)]
    assert empty.events("system.restored") == [(last[0] + 3,)]


def test_the_backup_says_what_is_in_it(installation, folder):
    backup = back_up(installation, folder)

    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    manifest = manifest_of(backup)
    (last,) = installation.query("SELECT max(id), count(*) FROM audit_event")
    assert (manifest["format"], manifest["complete"], manifest["damaged"]) == (1, True, [])
    assert (manifest["last_event"]["id"], manifest["counts"]["events"]) == last
    assert manifest["counts"]["sign-offs"] == 5
    assert manifest["counts"]["decisions"] == 1
    assert "0001_initial" in manifest["migrations"]["reviews"]
    assert len(manifest["parts"]) == 3
    (session,) = installation.query("SELECT session_key FROM django_session")
    assert session[0].encode() not in backup.read_bytes()


@pytest.mark.once
def test_a_backup_with_a_damaged_and_a_missing_file_says_so_and_still_has_the_rest(installation, empty, folder):
    first, second = sorted(installation.contents())
    (installation.files / first).write_bytes(b"something else")
    (installation.files / second).unlink()

    done = installation.run("backup", "--to", folder)

    assert done.returncode == 1
    assert "The backup is INCOMPLETE: 2 files are not as they were stored." in done.stdout
    assert done.stdout.count("NOT AS IT WAS STORED: evidence file ") == 2
    (backup,) = folder.iterdir()
    assert backup.name.endswith("-INCOMPLETE.tar")
    assert manifest_of(backup)["complete"] is False

    stopped = empty.run("restore", backup)
    assert stopped.returncode == 1
    assert "If this is meant, say so with --incomplete." in stopped.stdout
    assert empty.rows() == {}
    restored = empty.run("restore", backup, "--incomplete")
    assert restored.returncode == 1
    assert restored.stdout.count("WRONG: evidence file ") == 2
    assert empty.contents() == {first: b"something else"}
    assert empty.compared_rows() == installation.compared_rows()


def test_one_instant_holds_while_people_work(installation, empty, folder):
    """Rows and files written while the backup is made are in it together, or not at all."""
    writer = subprocess.Popen(
        [*installation.command("shell", "-c"), "from tests.config.installation import keep_adding; keep_adding()"],
        env=installation.environment, cwd=installation.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + SECONDS_TO_WAIT
        while installation.query(
            "SELECT count(*) FROM evidence_version WHERE evidence_id IN (SELECT id FROM evidence_evidence WHERE title LIKE 'Added%')"
        ) < [(3,)]:
            assert time.monotonic() < end
            time.sleep(0.05)
        backup = back_up(installation, folder)
    finally:
        writer.kill()
        writer.wait()
    done = empty.run("restore", backup)
    assert done.returncode == 0, done.stdout
    (versions,) = empty.query("SELECT count(*) FROM evidence_version WHERE file <> ''")
    assert versions == (len(empty.contents()),)
    assert versions < installation.query("SELECT count(*) FROM evidence_version WHERE file <> ''")[0]


def test_a_full_disk_leaves_nothing_and_says_so(installation, folder):
    limited = ["prlimit", "--fsize=200000", *installation.command("backup", "--to", folder)]
    done = installation._process(limited, {})
    assert done.returncode == 1
    # The database's own program may be the first that finds no space.
    assert "no backup was made" in done.stdout.lower()
    # SQLite's plain copy lies beside the backup, not where anybody may look.
    assert ON_POSTGRESQL or f"copied to {folder}/.countersign-" in done.stdout
    assert list(folder.iterdir()) == []


@pytest.mark.once
def test_no_file_is_overwritten(installation, folder):
    (folder / "here.tar").write_text("an older backup")
    done = installation.run("backup", "--to", folder / "here.tar")
    assert (done.returncode, "is there already: name another file, or a folder." in done.stdout) == (1, True)
    assert (folder / "here.tar").read_text() == "an older backup"


def test_an_empty_database_is_not_backed_up(empty, folder):
    done = empty.run("backup", "--to", folder)
    assert (done.returncode, "There is nothing to back up" in done.stdout) == (1, True)
    assert list(folder.iterdir()) == []


def test_a_database_that_is_not_empty_is_replaced_only_when_that_is_meant(installation, folder):
    backup = back_up(installation, folder)
    rows = installation.rows()

    done = installation.run("restore", backup)

    assert done.returncode == 1
    assert "The database is not empty" in done.stdout
    assert "Stopped, and nothing was changed. If this is meant, say so with --replace." in done.stdout
    assert installation.rows() == rows
    assert installation.run("restore", backup, "--replace").returncode == 0


@pytest.mark.once
def test_a_restore_of_what_people_were_already_told_is_stopped(installation, folder):
    backup = back_up(installation, folder)
    installation.does("work_on()")
    rows, files = installation.rows(), installation.contents()

    done = installation.run("restore", backup, "--replace")

    assert done.returncode == 1
    mails = len(installation.events("message.sent"))
    assert mails > 1
    assert f"{4 + mails} events happened after the backup" in done.stdout
    assert (
        f"among them 1 sign-off, 1 deactivation of a person, 1 access taken away, 1 new evidence, {mails} mails with "
        "reminders. "
        "A restore forgets all of it." in done.stdout
    )
    assert "If this is meant, say so with --forget-newer." in done.stdout
    assert (installation.rows(), installation.contents()) == (rows, files)


def test_nobody_who_lost_access_since_has_it_again(installation, folder):
    backup = back_up(installation, folder)
    before = installation.compared_rows()
    installation.does("work_on()")
    sent = "SELECT key, state, sent_to FROM reviews_message WHERE state = 'sent' ORDER BY key"
    mails = installation.query(sent)
    assert mails
    (last,) = installation.query("SELECT max(id) FROM audit_event")

    done = installation.run("restore", backup, "--forget-newer")

    assert done.returncode == 0, done.stdout
    assert "Auditor is deactivated again." in done.stdout
    assert "Legal has no “sign” access to Anthropic again." in done.stdout
    assert f"{len(mails)} mails that went out after the backup will not be sent again." in done.stdout
    assert installation.query(sent) == mails
    after = installation.compared_rows()
    assert after["reviews_signoff"] == before["reviews_signoff"]
    assert installation.query("SELECT name FROM accounts_user WHERE NOT is_active") == [("Auditor",)]
    grants = "vendors_vendoruserobjectpermission"
    assert set(after[grants]) < set(before[grants])
    assert len(before[grants]) - len(after[grants]) == 1
    # Numbers that people were told are not given out again.
    assert [event > last[0] for (event,) in installation.events("system.restored")] == [True]


@pytest.mark.once
def test_the_file_storage_remembers_when_the_database_is_gone(installation, empty, folder):
    backup = back_up(installation, folder)
    installation.does("work_on()")
    installation.does("from audit import marks; marks.write()")
    installation.files.rename(empty.files)

    done = empty.run("restore", backup)

    assert done.returncode == 1
    assert "The file storage remembers event " in done.stdout
    assert "1 stored file is newer than the backup" in done.stdout
    assert empty.rows() == {}
    assert empty.run("restore", backup, "--forget-newer").returncode == 0
    # The mark is of the restored state now, so the next restore asks no more than it must.
    assert "remembers" not in empty.run("restore", backup).stdout


@pytest.mark.once
def test_a_database_that_began_anew_does_not_hide_what_the_lost_one_knew(installation, empty, folder):
    backup = back_up(installation, folder)
    installation.does("work_on()")
    installation.does("from audit import marks; marks.write()")
    ((lost,),) = installation.query("SELECT max(id) FROM audit_event")
    installation.files.rename(empty.files)
    assert empty.run("migrate", "--verbosity=0").returncode == 0
    empty.does("""
from accounts import people
from audit import marks
from tests import cast
people.create_person(name="New", email="new@example.com", role="reviewer", by=cast.person("Boss", "administrator"))
marks.write()
""")

    done = empty.run("restore", backup, "--replace")

    assert done.returncode == 1
    assert f"The file storage remembers event {lost} of " in done.stdout
    assert "1 stored file is newer than the backup" in done.stdout


KILLED_AFTER_THE_TRANSACTION = """
import signal
from django.core.management import call_command
from django.db.models.signals import pre_migrate

def kill(**_):
    os.kill(os.getpid(), signal.SIGKILL)

pre_migrate.connect(kill, weak=False)
call_command("restore", os.environ["BACKUP"], "--forget-newer", "--replace")
"""


def test_a_restore_killed_after_the_transaction_closes_everything_when_it_is_run_again(installation, folder):
    backup = back_up(installation, folder)
    installation.does("work_on()")
    ((last,),) = installation.query("SELECT max(id) FROM audit_event")
    active = "SELECT count(*) FROM accounts_user WHERE NOT is_active"
    for _ in range(2):
        killed = installation.starts(KILLED_AFTER_THE_TRANSACTION, BACKUP=str(backup))
        assert (killed.returncode, installation.query(active)) == (-9, [(0,)])

    done = installation.run("restore", backup, "--replace")

    assert done.returncode == 0, done.stdout
    assert "A restore was not finished: what was closed before it is closed again" in done.stdout
    assert "Auditor is deactivated again." in done.stdout
    assert "Legal has no “sign” access to Anthropic again." in done.stdout
    assert "What people were reminded of since the backup is not known" in done.stdout
    assert installation.query(active) == [(1,)]
    assert installation.events("system.restored") > [(last,)]
    assert not list(installation.files.glob("marks/closing*"))


@pytest.mark.once
def test_a_note_of_a_restore_that_never_began_counts_for_nothing(installation, folder):
    """It was killed between the note and the transaction; who was let in again since stays in."""
    backup = back_up(installation, folder)
    installation.does("work_on()")
    installation.does(f"""
from pathlib import Path
from config import forgotten, restore
with restore.checked(Path("{backup}"), "") as checked:
    restore._note(forgotten.look(checked.manifest))
from accounts.models import User
from accounts import people
people.reactivate(User.objects.get(name="Auditor"), by=User.objects.get(name="Administrator"))
""")
    assert len(list(installation.files.glob("marks/closing*"))) == 1
    done = installation.run("restore", backup, "--forget-newer")
    assert done.returncode == 0, done.stdout
    assert ("A restore was not finished" in done.stdout, "Auditor is deactivated" in done.stdout) == (False, False)


class Full(Folder):
    """A disk without room."""

    def _save(self, name, content):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.once
def test_a_damaged_file_stays_until_the_whole_one_is_stored(files_dir, settings, tmp_path):
    files_dir.mkdir()
    (files_dir / "damaged.pdf").write_bytes(b"damaged")
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": f"{__name__}.Full", "OPTIONS": {"location": files_dir}}
    }
    part = {"size": 5, "sha256": hashlib.sha256(b"whole").hexdigest()}
    backup = restore.Checked(tmp_path, "", {"parts": {"files/damaged.pdf": part}}, io.BytesIO())
    with pytest.raises(OSError, match="No space left"):
        restore._put(backup, "files/damaged.pdf", io.BytesIO(b"whole"), [])
    assert (files_dir / "damaged.pdf").read_bytes() == b"damaged"


@pytest.mark.once
def test_a_file_that_was_damaged_since_comes_back_whole(installation, folder):
    files = installation.contents()
    backup = back_up(installation, folder)
    for name in files:
        (installation.files / name).write_bytes(b"damaged")
    assert installation.run("verify").returncode == 1

    assert installation.run("restore", backup, "--replace").returncode == 0
    assert installation.contents() == files


@pytest.mark.once
def test_a_backup_of_a_newer_countersign_is_refused(installation, empty, folder):
    installation.query(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('reviews', '9999_of_tomorrow', '2030-01-01')"
    )
    done = empty.run("restore", back_up(installation, folder))
    assert done.returncode == 1
    assert "reviews.9999_of_tomorrow is unknown here. Upgrade this one first. Nothing was changed." in done.stdout
    assert empty.rows() == {}


def test_a_backup_of_an_older_countersign_is_brought_up_to_date(installation, empty, folder):
    assert installation.run("migrate", "django_celery_results", "0010", "--verbosity=0").returncode == 0
    older = installation.query("SELECT count(*) FROM django_migrations")
    done = empty.run("restore", back_up(installation, folder))
    assert done.returncode == 0, done.stdout
    assert empty.query("SELECT count(*) FROM django_migrations") > older


@pytest.mark.once
def test_a_byte_that_differs_is_found_before_anything_is_touched(installation, empty, folder):
    backup = back_up(installation, folder)
    content = bytearray(backup.read_bytes())
    content[content.index(b"the second year")] ^= 1
    backup.write_bytes(content)

    done = empty.run("restore", backup)

    assert done.returncode == 1
    assert "is missing or differs from what was backed up. Nothing was changed; take another backup." in done.stdout
    assert (empty.rows(), empty.contents()) == ({}, {})


@pytest.mark.once
def test_make_asks_for_the_name_of_the_backup():
    said = subprocess.run(["make", "-n", "restore"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, "name the backup: make restore FROM=file" in said.stderr) == (2, True)


@pytest.mark.once
def test_embedded_mode_must_be_stopped_first(empty, folder):
    with closing(socket.socket(socket.AF_UNIX)) as redis:
        redis.bind(str(embedded.redis_socket(empty.folder)))
        redis.listen()
        done = empty.run("restore", folder, DATABASE_URL=f"sqlite:///{empty.folder / 'db.sqlite3'}")
    assert (done.returncode, "Another Countersign is running" in done.stdout) == (1, True)


@pytest.mark.once
def test_a_database_file_that_cannot_be_read_is_kept_and_replaced(empty, tmp_path):
    """What SQLite says of a file that something else has overwritten."""
    environment = {"DATABASE_URL": f"sqlite:///{empty.folder / 'db.sqlite3'}"}
    assert empty.run("migrate", "--verbosity=0", **environment).returncode == 0
    assert empty.run("backup", "--to", tmp_path / "backup.tar", **environment).returncode == 0
    (empty.folder / "db.sqlite3").write_bytes(b"something else" * 1000)

    stopped = empty.run("restore", tmp_path / "backup.tar", **environment)
    done = empty.run("restore", tmp_path / "backup.tar", "--forget-newer", **environment)

    assert "cannot be read (file is not a database): nobody can say who lost access" in stopped.stdout
    assert (stopped.returncode, done.returncode) == (1, 0), done.stdout
    assert (empty.folder / "damaged-db.sqlite3").read_bytes() == b"something else" * 1000


@pytest.mark.once
def test_at_a_terminal_one_answer_decides(installation, folder):
    backup = back_up(installation, folder)
    rows = installation.rows()
    assert "Stopped, and nothing was changed." in answered(installation, "no", "restore", backup)
    assert installation.rows() == rows
    assert "All of it is as it was stored." in answered(installation, "yes", "restore", backup)


def answered(installation, answer, *command):
    """What a command prints to somebody who types this answer."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    done = subprocess.run(
        installation.command(*command), env=installation.environment, stdin=theirs, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    return done.stdout
