"""What does a page get from a Redis that hangs?"""

import os
import socket
import subprocess
import sys
import time

import pytest

SEND = """
import django
django.setup()
from config.celery import app
from kombu.exceptions import OperationalError
try:
    app.send_task("nothing")
except OperationalError:
    print("no answer")
"""


@pytest.mark.once
def test_a_redis_that_takes_the_call_and_says_nothing_is_given_up_in_seconds(tmp_path):
    path = tmp_path / "redis.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        environment = os.environ | {"REDIS_URL": f"unix://{path}", "VAR_DIR": str(tmp_path)}
        started = time.monotonic()
        said = subprocess.run(
            [sys.executable, "-c", SEND], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
    assert said.stdout == "no answer\n"
    assert time.monotonic() - started < 30
