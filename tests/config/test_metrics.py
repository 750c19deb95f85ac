"""Does /metrics add up what several processes counted, tell only who knows the token, and name nobody?"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing

import pytest

from config.environment import BASE_DIR
from tests.services import wait_until

pytestmark = [pytest.mark.once, pytest.mark.xdist_group("product")]

TOKEN = "a-token-that-only-the-tests-know"
SECRET = "unannounced-breach"
PAGE = 'countersign_http_requests_total{method="GET",route="account_login",status="200"}'


def scrape(site, token=TOKEN):
    asked = urllib.request.Request(f"{site.url}/metrics", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        return answer.read().decode()


def values(text):
    """`{name with labels: number}`."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.fixture
def site(product, tmp_path):
    with product.web(METRICS_TOKEN=TOKEN, TMPDIR=str(tmp_path)) as site:
        yield site


def kept(tmp_path, kind):
    return set(tmp_path.glob(f"countersign-metrics-*/{kind}_*.db"))


def ask_until_every_process_has_answered(tmp_path, site):
    asked = []
    wait_until(lambda: asked.append(site.browser().get("/accounts/login/")) or len(kept(tmp_path, "counter")) == 2, 60)
    return len(asked)


def test_without_a_token_there_is_no_such_page(client):
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN}x", TOKEN[:-1], "ü"])
def test_whoever_does_not_know_the_token_reads_nothing(site, token):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        scrape(site, token)
    with refusal.value as answer:
        assert (answer.code, answer.headers["WWW-Authenticate"], answer.read()) == (401, "Bearer", b"")


def test_whichever_process_is_asked_it_answers_for_all(tmp_path, site):
    asked = ask_until_every_process_has_answered(tmp_path, site)
    assert {values(scrape(site))[PAGE] for _ in range(8)} == {float(asked)}
    seconds = 'countersign_http_request_seconds_count{method="GET",route="account_login"}'
    assert values(scrape(site))[seconds] == asked


def test_a_process_that_dies_takes_no_counts_along_and_leaves_nothing_in_progress(tmp_path, site):
    asked = ask_until_every_process_has_answered(tmp_path, site)
    gauges = kept(tmp_path, "gauge_livesum")
    os.kill(int(re.search(r"_(\d+)\.db", min(gauges).name)[1]), signal.SIGKILL)
    wait_until(lambda: not gauges <= kept(tmp_path, "gauge_livesum"))
    seen = values(scrape(site))
    assert seen[PAGE] == asked
    assert seen["countersign_http_requests_in_progress"] == 0


def test_the_folder_of_counts_ends_with_the_server(tmp_path, site):
    (folder,) = tmp_path.glob("countersign-metrics-*")
    site.process.signal(signal.SIGTERM)
    site.process.popen.wait(timeout=30)
    assert not folder.exists()


def test_series_are_named_by_routes_and_not_by_what_was_asked_for(site):
    browser = site.browser("lead@example.com")
    review = re.search(r"/reviews/(?!new/)([\w-]+)/", browser.get("/reviews/").body)[1]
    browser.get(f"/reviews/{review}/?q={SECRET}")
    browser.get(f"/{SECRET}/")
    asked = urllib.request.Request(
        site.url, method=SECRET.upper(), headers={"User-Agent": SECRET, "X-Request-ID": SECRET}
    )
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(asked)
    text = scrape(site)
    assert values(text)['countersign_http_requests_total{method="GET",route="reviews:review",status="200"}'] == 1
    assert values(text)['countersign_http_requests_total{method="GET",route="none",status="404"}'] == 1
    assert 'method="other"' in text
    for hidden in (SECRET, review, "example.com", "127.0.0.1", str(BASE_DIR)):
        assert hidden.lower() not in text.lower()
    assert 'route="metrics"' not in text


def test_the_database_and_the_queue_are_counted_when_somebody_asks(product, site):
    with closing(sqlite3.connect(product.folder / "db.sqlite3")) as database, database:
        (ready,) = database.execute("SELECT count(*) FROM dossiers_dossier WHERE state = 'ready'").fetchone()
        (waiting,) = database.execute("SELECT count(*) FROM reviews_message WHERE state = 'waiting'").fetchone()
        age = "datetime('now', '-90 seconds')"
        database.execute(f"INSERT OR REPLACE INTO audit_heartbeat (name, at) VALUES ('scheduler', {age})")  # noqa: S608
    seen = values(scrape(site))
    assert seen['countersign_dossiers{state="ready"}'] == ready
    assert 90 <= seen['countersign_heartbeat_age_seconds{name="scheduler"}'] < 200
    assert seen["countersign_failed_tasks"] == 0
    # The minutes of the demo's sync, which no worker sends here.
    assert seen['countersign_messages{state="waiting"}'] == waiting > 0
    assert seen["countersign_oldest_waiting_message_seconds"] > 0
    assert seen["countersign_oldest_queued_dossier_seconds"] >= 0
    assert (seen['countersign_papers{state="failed"}'], seen['countersign_packages{state="failed"}']) == (0, 0)
    assert seen['countersign_queue_messages{queue="default"}'] == 0
    assert seen['countersign_check_ok{check="database"}'] == 1
    assert [name for name in seen if name.startswith("countersign_build_info")] == [
        'countersign_build_info{version="0.1.0"}'
    ]


def test_without_the_database_the_rest_is_still_told(tmp_path, product):
    with product.web(METRICS_TOKEN=TOKEN, DATABASE_URL=f"sqlite:///{tmp_path}/empty.sqlite3") as site:
        seen = values(scrape(site))
    assert seen['countersign_check_ok{check="database"}'] == 0
    assert seen['countersign_check_ok{check="broker"}'] == 1
    assert not any(name.startswith("countersign_dossiers") for name in seen)


# What a web process carries

LOADED = """
import sys
import config.wsgi
from django.urls import get_resolver, URLResolver
def load(resolver):
    for pattern in resolver.url_patterns:
        load(pattern) if isinstance(pattern, URLResolver) else pattern.callback
load(get_resolver())
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_web_process_loads_neither_the_pdf_maker_nor_what_nobody_asked_for(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=BASE_DIR,
        env=os.environ | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(said.stdout.split())
    assert {"config", "dossiers", "reviews"} <= loaded
    assert loaded.isdisjoint({"weasyprint", "fontTools", "PIL", "pydyf", "boto3", "prometheus_client", "sentry_sdk"})
    assert loaded.isdisjoint({"openpyxl", "odf", "docx", "lxml"})
