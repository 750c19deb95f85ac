"""Which private PostgreSQL and Redis do tests run on?

``python tests/services.py COMMAND…`` starts both, runs the command with
DATABASE_URL and REDIS_URL set, and takes both away whatever happened.
Exits with the command's status.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import embedded

# PostgreSQL refuses to run as root; Debian's package brings this user.
ORDINARY_USER = "postgres"


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Run a cluster of its own on a free port; yields its address as DATABASE_URL."""
    programs, folder, port = _postgresql_programs(), Path(tempfile.mkdtemp(prefix="countersign-pg-")), _free_port()
    as_user = ["runuser", "-u", ORDINARY_USER, "--"] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(folder, ORDINARY_USER)
    data, log = folder / "data", folder / "log"
    control = [*as_user, programs / "pg_ctl", "--pgdata", data, "--silent"]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        _run(
            [*as_user, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            cwd=folder,
        )
        _run([*control, "--log", log, "-o", options, "--wait", "start"], cwd=folder)
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            subprocess.run([*control, "--mode", "immediate", "stop"], cwd=folder, check=False)
        shutil.rmtree(folder)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run a Redis of its own on a unix socket; yields its address as REDIS_URL."""
    with tempfile.TemporaryDirectory(prefix="countersign-redis-") as folder, embedded.private_redis(Path(folder)):
        yield f"unix://{embedded.redis_socket(Path(folder))}"


def _postgresql_programs() -> Path:
    """Return the folder of initdb and pg_ctl; Debian keeps them outside of PATH, one folder a version."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if versions:
        return versions[-1]
    if found := shutil.which("initdb"):
        return Path(found).parent
    sys.exit("No PostgreSQL server found: `make setup-test` installs it or names the line that does.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _run(command: list, cwd: Path) -> None:
    finished = subprocess.run(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if finished.returncode:
        log = cwd / "log"
        sys.exit(f"PostgreSQL does not start.\n{finished.stdout}{log.read_text() if log.exists() else ''}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with postgresql() as database_url, redis() as redis_url:
        environment = os.environ | {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        # Importing `config` named the settings; the test run names them itself, after choosing the environment.
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        status = subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    sys.exit(status)
