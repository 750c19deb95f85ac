"""The main job once more in the domain, on PostgreSQL and Redis, with a real worker beside the test."""

import os
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection
from pypdf import PdfReader

from config import embedded
from dossiers import requests
from dossiers.choices import UNFINISHED, State
from dossiers.models import Dossier
from reviews import decisions, gate
from reviews.choices import Finding, Outcome
from tests.cast import settle

SECONDS_TO_MAKE = 120


@pytest.fixture
def worker(files_dir, tmp_path, use_broker):
    """A Celery worker of its own process over this test's database and files, and a queue that only they share."""
    queue = f"unix://{embedded.redis_socket(tmp_path)}"
    database = connection.settings_dict
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}",
        "REDIS_URL": queue,
        "FILES_DIR": str(files_dir),
        "VAR_DIR": str(tmp_path),
    }
    command = ["celery", "--quiet", "-A", "config", "worker", "--queues", "dossiers", "--concurrency", "1"]
    log = tmp_path / "worker.log"
    with embedded.private_redis(tmp_path), log.open("w") as out:
        use_broker(queue.replace("unix", "redis+socket", 1))
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *command, "--loglevel", "INFO"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=out,
            stderr=out,
        )
        yield log
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_from_47_open_statements_to_a_signed_dossier(worker, review, reviewer, ciso, evidence):
    assert gate.assess(review).recommendation == gate.Recommendation.IN_REVIEW
    settle(review, range(1, 44), reviewer, evidence)
    settle(review, [44, 45], reviewer, finding=Finding.NOT_APPLICABLE)
    assessed = gate.assess(review)
    assert assessed.sum_in_words == "43 confirmed + 2 not applicable = 45 of 47"
    assert assessed.recommendation == gate.Recommendation.GO
    decisions.decide(
        review, by=ciso, outcome=Outcome.GO, reason="The pilot may start.", shown=decisions.shown(assessed, to=ciso)
    )
    dossier = requests.request_dossier(review, by=ciso)

    made = _when_made(dossier, worker)
    assert (made.state, made.error) == (State.READY, "")
    with made.file.open() as file:
        text = " ".join(page.extract_text() for page in PdfReader(file).pages)
    assert "43 confirmed + 2 not applicable = 45 of 47" in " ".join(text.split())
    assert "The pilot may start." in text


def _when_made(dossier, log):
    end = time.monotonic() + SECONDS_TO_MAKE
    while time.monotonic() < end:
        made = Dossier.objects.get(pk=dossier.pk)
        if made.state not in UNFINISHED:
            return made
        time.sleep(0.2)
    pytest.fail(f"No worker made the dossier; it is {made.state}.\n{log.read_text()}")
