"""A whole installation of its own, with data made through the domain, for tests that take one away and bring it back.

Its commands run as people run them, in processes of their own, on the database of the test run: SQLite, or a database
of its own on the private PostgreSQL. Import `made` (once a session) and `installation` (a copy for each test).
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parent.parent.parent
SERVER = os.environ.get("DATABASE_URL", "")
ON_POSTGRESQL = SERVER.startswith("postgres")
SECONDS_TO_WAIT = 300  # for what takes one on an idle machine
# What a restore does not bring back, or adds to.
NOT_COMPARED = {
    "django_session", "audit_heartbeat", "reviews_feed", "reviews_feedentry", "audit_event", "dossiers_dossier",
    "reviews_arrival",
}  # fmt: skip
# Nor these files, or writes them anew.
NOT_KEPT = ("marks/", "arrivals/")
START = "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; django.setup()\n"


class Installation:
    def __init__(self, folder, **environment):
        self.folder, self.files = folder, folder / "files"
        self.database = f"installation_{uuid.uuid4().hex}"
        unset = ("FILES_DIR", "DATABASE_URL", "TIME_ZONE", "DJANGO_SETTINGS_MODULE")
        self.environment = {name: value for name, value in os.environ.items() if name not in unset} | {
            "COUNTERSIGN_MODE": "embedded",
            "VAR_DIR": str(folder),
            "REDIS_URL": "memory://",
            "EMAIL_URL": "memorymail://",
            "SECRET_KEY": "only-for-tests",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        if ON_POSTGRESQL:
            self.environment["DATABASE_URL"] = urlsplit(SERVER)._replace(path=f"/{self.database}").geturl()

    def create(self, template="template1"):
        if ON_POSTGRESQL:
            _on_server("CREATE DATABASE {} TEMPLATE {}", self.database, template)
        return self

    def drop(self):
        if ON_POSTGRESQL:
            _on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database)

    def command(self, *arguments):
        return [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)]

    def run(self, *arguments, **environment):
        """Run a management command; what it printed is in `.stdout`, both kinds together."""
        return self._process(self.command(*arguments), environment)

    def does(self, code, **environment):
        """Let people of the installation do something; fails when it fails."""
        done = self.starts(code, **environment)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def starts(self, code, **environment):
        """The same; whether it ended well is for the caller to say."""
        return self._process(
            [sys.executable, "-c", f"{START}from tests.config.installation import *\n{code}"], environment
        )

    def _process(self, command, environment):
        return subprocess.run(
            command, env=self.environment | environment, cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip

    def connect(self):
        if ON_POSTGRESQL:
            return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)
        return sqlite3.connect(self.folder / "db.sqlite3", isolation_level=None)

    def query(self, statement):
        with closing(self.connect()) as database:
            found = database.execute(statement)
            return found.fetchall() if found.description else []

    def rows(self):
        """`{table: its rows}`, in an order that depends on nothing but the rows."""
        catalogue = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            if ON_POSTGRESQL
            else "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        tables = {name for (name,) in self.query(catalogue)}
        return {table: sorted(map(repr, self.query(f'SELECT * FROM "{table}"'))) for table in tables}  # noqa: S608

    def compared_rows(self):
        return {table: rows for table, rows in self.rows().items() if table not in NOT_COMPARED}

    def contents(self):
        """`{name: bytes}` of every file in the storage that a restore brings back."""
        found = {str(path.relative_to(self.files)): path for path in self.files.rglob("*") if path.is_file()}
        return {name: path.read_bytes() for name, path in found.items() if not name.startswith(NOT_KEPT)}

    def events(self, event_type):
        return self.query(f"SELECT id FROM audit_event WHERE event_type = '{event_type}' ORDER BY id")  # noqa: S608


def _on_server(statement, *names):
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Filled once; nobody changes it."""
    made = Installation(tmp_path_factory.mktemp("made")).create()
    migrated = made.run("migrate", "--verbosity=0")
    assert migrated.returncode == 0, migrated.stdout
    made.does("fill()")
    yield made
    made.drop()


@pytest.fixture
def installation(made, tmp_path):
    """A copy of it, for this test alone."""
    folder = tmp_path / "installation"
    shutil.copytree(made.folder, folder)
    copy = Installation(folder).create(template=made.database)
    yield copy
    copy.drop()


@pytest.fixture
def empty(tmp_path):
    """Another machine: no tables, no files."""
    folder = tmp_path / "empty"
    folder.mkdir()
    empty = Installation(folder).create()
    yield empty
    empty.drop()


def fill():
    """A vendor with people and evidence, a review with signatures of all kinds, a decision, a dossier nobody has made yet."""
    from django.contrib.sessions.backends.db import SessionStore

    from accounts import grants
    from accounts.choices import STAKEHOLDERS, Access, Role
    from dossiers import requests
    from evidence import library
    from evidence.choices import Kind
    from reviews import catalogue, decisions, gate, opening, signoffs, standings
    from reviews.choices import Finding, Outcome
    from reviews.models import Feed
    from reviews.twin import arrivals
    from tests import cast
    from vendors.choices import Channel
    from vendors.models import Deployment, Vendor

    lead = cast.person("Lead", Role.LEAD)
    vendor = Vendor.objects.create(name="Anthropic", slug="anthropic", created_by=lead)
    grants.give(lead, Access.LEAD, vendor)
    reviewer = cast.person("Reviewer", Role.REVIEWER, vendor, Access.REVIEW)
    cast.person("Auditor", Role.AUDITOR, vendor, Access.AUDIT)
    cast.person("Administrator", Role.ADMINISTRATOR)
    holders = {role: cast.person(role.label, role, vendor, Access.SIGN) for role in STAKEHOLDERS}
    deployment = Deployment.objects.create(
        vendor=vendor,
        name="Claude Enterprise",
        channel=Channel.CLAUDE_ENTERPRISE,
        data_classes=["internal"],
        regimes=[],
    )
    checklist, _ = catalogue.store(catalogue.read(cast.CHECKLIST))
    review = opening.open_review(deployment, checklist, by=lead, holders=holders)
    evidence = cast.add_evidence(vendor, reviewer)
    library.add_version(evidence, by=reviewer, upload=cast.pdf("the second year"))
    library.add_link(
        vendor, url="https://trust.example.com/", title="Trust page", by=reviewer, kind=Kind.PUBLIC_PAGE,
        confidentiality="public",
    )  # fmt: skip
    cast.settle(review, [1, 2, 3], reviewer, evidence)
    cast.settle(review, [4], reviewer, finding=Finding.UNCONFIRMED)
    third = cast.item(review, 3)
    signoffs.withdraw(third, by=third.holder, reason="The wrong page was read.")
    cast.submit(cast.item(review, 5), reviewer, evidence)
    ciso = holders[Role.CISO]
    shown = decisions.shown(gate.assess(review), to=ciso)
    decisions.decide(review, by=ciso, outcome=Outcome.HOLD, reason="Too little is signed.", shown=shown)
    requests.request_dossier(review, by=ciso)
    arrivals.take(vendor, by=lead, file=cast.pdf("another review"), name="review.zip")
    Feed.objects.create(person=lead, secret_sha256="5" * 64, expires_on=date(2099, 1, 1))
    session = SessionStore()
    session["somebody"] = "is signed in"
    session.save()
    standings.refresh()  # verification does, after a restore


def work_on():
    """What happens after the backup: a signature, mails of the day, a person who leaves, an access that ends, new evidence."""
    from accounts import people
    from accounts.choices import Access
    from accounts.models import OfficeHours, User
    from reviews.models import Review
    from reviews.tasks import remind
    from tests import cast
    from vendors.models import Vendor

    administrator = User.objects.get(name="Administrator")
    vendor = Vendor.objects.get()
    cast.sign(cast.item(Review.objects.get(), 5))
    cast.add_evidence(vendor, User.objects.get(name="Reviewer"), "Added later")
    OfficeHours.objects.create(pk=1, send_hour=0, quiet_weekdays=[])
    remind()
    people.deactivate(User.objects.get(name="Auditor"), by=administrator)
    people.take_access(User.objects.get(name="Legal"), vendor=vendor, access=Access.SIGN, by=administrator)


def make_dossiers():
    from dossiers import making
    from dossiers.models import Dossier

    for dossier in Dossier.objects.unfinished():
        making.make(dossier.pk)


def keep_adding():
    """Somebody adds evidence, one after the other, until the process is ended."""
    from itertools import count

    from accounts.models import User
    from tests import cast
    from vendors.models import Vendor

    vendor, reviewer = Vendor.objects.get(), User.objects.get(name="Reviewer")
    for number in count():
        cast.add_evidence(vendor, reviewer, f"Added {number}")
