"""What do people and processes get while PostgreSQL or Redis is away or hangs, and does everything come back by itself?"""

import concurrent.futures
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
import redis
from django.db import connection

from config import gunicorn, postgresql
from tests import services
from tests.product import DEMO_PASSWORD, Browser, Product
from tests.services import wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("outages")]

PERSON = "somebody@example.com"
CREATE_PERSON = f"""
from accounts.models import User
User.objects.create_user("{PERSON}", "{DEMO_PASSWORD}", name="Somebody", role="administrator")
"""
SECONDS_TO_RECOVER = 30
FAILED = "A part of Countersign does not answer"
NOT_KNOWN = "Whether what you sent was stored is not known"


class World(NamedTuple):
    """An installation, the servers it uses, and a browser in which somebody is signed in on any port."""

    product: Product
    database: services.Postgresql
    queue: services.Redis
    cookies: object

    def browser(self, site):
        browser = Browser(site.url)
        for cookie in self.cookies:
            browser.cookies.set_cookie(cookie)
        return browser

    def send(self, task, *arguments, times=1):
        """Send a task as a page does, from a process of its own."""
        code = f"from config.celery import app; [app.send_task({task!r}, {list(arguments)!r}) for _ in range({times})]"
        sent = self.product.manage("shell", "--no-imports", "-c", code)
        assert sent.returncode == 0, sent.stderr


@pytest.fixture(scope="module")
def installed():
    # PostgreSQL's user may not enter pytest's own folders.
    folders = [Path(tempfile.mkdtemp(prefix="countersign-outages-")) for _ in range(3)]
    database, queue = services.Postgresql(folders[0]), services.Redis(folders[1])
    product = Product(folders[2], DATABASE_URL=database.url, REDIS_URL=queue.url)
    try:
        with services.running(database), services.running(queue):
            product.set_up(["shell", "-c", CREATE_PERSON])
            with product.web() as site:
                cookies = site.browser(PERSON).cookies
            yield World(product, database, queue, cookies)
    finally:
        for folder in folders:
            shutil.rmtree(folder)


@pytest.fixture
def world(installed):
    """Every test finds the servers running, however the one before it ended."""
    yield installed
    for server in (installed.database, installed.queue):
        server.stop()
        server.start()


def name_of(browser):
    return "Renamed" if 'value="Renamed"' in browser.get("/profile/").body else "Somebody"


@pytest.mark.parametrize("outage", ["stopped", "hung"])
def test_without_the_database_pages_say_so_and_come_back_by_themselves(world, outage):
    away, back = {"stopped": ("stop", "start"), "hung": ("hang", "go_on")}[outage]
    with world.product.web() as site:
        browser = world.browser(site)
        assert browser.get("/profile/").status == 200
        getattr(world.database, away)()
        for _ in range(3):
            answer = browser.get("/profile/")
            assert (answer.status, FAILED in answer.body, NOT_KNOWN in answer.body) == (503, True, False)
        answer = browser.post("/profile/", {"name": "Renamed"})
        assert (answer.status, NOT_KNOWN in answer.body) == (503, True)
        assert Browser(site.url).get("/livez").status == 200
        assert (
            "Service Unavailable: GET accounts:profile (OperationalError: couldn't get a connection" in site.process.log
        )
        assert "Traceback" not in site.process.log
        getattr(world.database, back)()
        wait_until(lambda: browser.get("/profile/").status == 200, SECONDS_TO_RECOVER)
        assert name_of(browser) == "Somebody"


def test_a_restart_of_the_database_between_two_pages_costs_nobody_a_page(world):
    with world.product.web() as site:
        browser = world.browser(site)
        assert browser.get("/profile/").status == 200
        world.database.stop()
        world.database.start()
        assert [browser.get("/profile/").status for _ in range(10)] == [200] * 10


def test_a_server_that_goes_silent_under_a_statement_is_given_up(world, monkeypatch):
    monkeypatch.setattr(postgresql, "SILENCE", 1)
    monkeypatch.setattr(postgresql.ImpatientConnection, "patience", 1)
    with postgresql.ImpatientConnection.connect(world.database.url, autocommit=True) as connected:
        cursor = connected.cursor()
        cursor.execute("SELECT 1")
        world.database.hang()
        with pytest.raises(psycopg.OperationalError, match="said nothing more"):
            cursor.execute("SELECT 1")
        assert connected.closed


def test_a_web_process_opens_no_more_connections_than_its_pool_has(world):
    with world.product.web() as site, concurrent.futures.ThreadPoolExecutor(8) as people:
        browser = world.browser(site)
        answers = list(people.map(lambda _: browser.get("/profile/").status, range(40)))
        opened = _connections(world.database.url)
    assert answers == [200] * 40
    # Kept for the next page, and no more than the pools of all processes hold.
    assert 1 <= opened <= gunicorn.workers * postgresql.POOL_SIZE


def _connections(url):
    with psycopg.connect(url) as asking:
        counted = asking.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return counted.fetchone()[0]


@pytest.mark.parametrize(
    ("web", "limits"),
    [
        (True, {"statement_timeout": "20s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min"}),
        (False, {"statement_timeout": "0", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "0"}),
    ],
)
def test_a_page_has_short_limits_and_a_command_only_one_on_locks(world, web, limits):
    chosen = postgresql.settings({"options": "-c work_mem=8MB"}, web=web)["OPTIONS"]
    assert ("pool" in chosen) is web
    chosen.pop("pool", None)
    with psycopg.connect(world.database.url, **chosen) as asked:
        assert {name: asked.execute(f"SHOW {name}").fetchone()[0] for name in limits} == limits
        assert asked.execute("SHOW work_mem").fetchone() == ("8MB",)


@pytest.mark.django_db
def test_these_tests_and_every_command_run_without_a_pool():
    assert connection.pool is None
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("10s",)


@pytest.mark.parametrize("outage", ["stopped", "hung"])
def test_without_redis_reading_and_saving_go_on_and_signing_in_says_what_is_missing(world, outage):
    away, back = {"stopped": ("stop", "start"), "hung": ("hang", "go_on")}[outage]
    with world.product.web() as site:
        browser, stranger = world.browser(site), Browser(site.url)
        getattr(world.queue, away)()
        assert browser.post("/profile/", {"name": "Renamed"}).status == 200
        assert name_of(browser) == "Renamed"
        assert browser.post("/profile/", {"name": "Somebody"}).status == 200
        signed_in = {"login": PERSON, "password": DEMO_PASSWORD}
        assert stranger.get("/accounts/login/").status == 200
        assert stranger.post("/accounts/login/", signed_in).status == 503
        getattr(world.queue, back)()
        wait_until(lambda: stranger.post("/accounts/login/", signed_in).status == 200, SECONDS_TO_RECOVER)


def test_a_start_without_any_service_waits_for_them(world, tmp_path):
    world.database.stop()
    world.queue.stop()
    out = tmp_path / "out"
    taking = ("--include", "tests.waiting_tasks")
    with world.product.web() as site, world.product.worker(*taking) as worker, world.product.scheduler() as scheduler:
        browser = world.browser(site)
        assert browser.get("/livez").status == 200
        assert browser.get("/readyz").status == 503
        assert FAILED in browser.get("/profile/").body
        wait_until(lambda: "Cannot connect" in worker.log and "Connection error" in scheduler.log)
        world.database.start()
        world.queue.start()
        wait_until(lambda: browser.get("/profile/").status == 200, SECONDS_TO_RECOVER)
        world.send("tests.wait", str(out), 0)
        wait_until(lambda: out.exists() and "ended" in out.read_text(), SECONDS_TO_RECOVER)
        wait_until(lambda: "Sending due task" in scheduler.log, SECONDS_TO_RECOVER)
        assert (worker.popen.poll(), scheduler.popen.poll()) == (None, None)


def test_a_worker_outlives_redis_and_ends_what_it_had(world, tmp_path):
    """When Redis comes back the worker may be told a second time of what it is doing: tasks are safe to run twice."""
    held, short, release = tmp_path / "held", tmp_path / "short", tmp_path / "release"
    with world.product.worker("--include", "tests.waiting_tasks") as worker:
        world.send("tests.hold", str(held), str(release))
        wait_until(held.exists)
        world.queue.stop()
        wait_until(lambda: worker.log.count("Cannot connect") >= 2)
        world.queue.start()
        world.send("tests.wait", str(short), 0)
        release.touch()
        wait_until(lambda: short.exists() and "ended" in short.read_text(), SECONDS_TO_RECOVER)
        wait_until(lambda: held.read_text().count("ended") == held.read_text().count("began"))
        with redis.Redis.from_url(world.queue.url) as asked:
            wait_until(lambda: asked.llen("default") == 0, SECONDS_TO_RECOVER)
        assert worker.popen.poll() is None


def test_two_children_of_a_worker_each_reach_the_database(world):
    with world.product.worker() as worker:
        world.send("dossiers.tasks.look_after", times=6)
        wait_until(lambda: worker.log.count("succeeded") >= 6)
    assert "ERROR" not in worker.log


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgres://postgres@127.0.0.1:1/postgres", "Connection refused"),
        ("postgres://postgres@nowhere.invalid/postgres", "failed to resolve host 'nowhere.invalid'"),
        ("{}-that-is-missing", 'database "postgres-that-is-missing" does not exist'),
    ],
)
def test_a_command_says_in_one_sentence_why_it_cannot_use_the_database(world, address, sentence):
    said = world.product.manage("migrate", DATABASE_URL=address.format(world.database.url))
    assert said.returncode == 1
    assert said.stdout == ""
    assert said.stderr.startswith("The database cannot be used: ")
    assert said.stderr.count("\n") == 1
    assert sentence in said.stderr
