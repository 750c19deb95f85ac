"""Is everybody told once while workers are killed and Redis is emptied? A small `make reminder-test`."""

import tempfile
from pathlib import Path

import pytest
from django.db import connection

from tests.mail_server import MailServer
from tests.reminder_test import stage
from tests.reminder_test.comparison import compare
from tests.reminder_test.play import Play, mood
from tests.services import Redis, running

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def queue():
    with tempfile.TemporaryDirectory(prefix="countersign-redis-") as folder, running(Redis(Path(folder))) as queue:
        yield queue


@pytest.fixture
def database_url():
    own = connection.settings_dict
    return f"postgres://{own['USER']}@{own['HOST']}:{own['PORT']}/{own['NAME']}"


def test_rule_22_workers_killed_and_an_emptied_redis_neither_lose_nor_repeat_a_reminder(queue, database_url, tmp_path):
    built = stage.build(people=40, reminders=80)
    with MailServer(mood, hangs_for=5, thinks_for=(0.1, 0.01)).running() as server:
        play = Play(tmp_path, queue, database_url, server, seed=1, most_kills=5)
        play.run(pause=0.4, seconds=120)
    result = compare(built, server)
    assert result.wrong == []
    assert result.mails == 38
    assert len(play.kills) == 5
    assert play.flushed_at
