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
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from config import embedded

# PostgreSQL refuses to run as root; Debian's package brings this user.
ORDINARY_USER = "postgres"


class Postgresql:
    """A cluster of its own on a free port, which a test may stop, hang and start again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, programs = folder, free_port(), _postgresql_programs()
        as_user = ["runuser", "-u", ORDINARY_USER, "--"] if os.getuid() == 0 else []
        if as_user:
            shutil.chown(folder, ORDINARY_USER)
        self.data, self.log = folder / "data", folder / "log"
        self.control = [*as_user, programs / "pg_ctl", "--pgdata", self.data, "--silent", "--wait"]
        words = ["-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        _run([*as_user, programs / "initdb", *words], cwd=folder)

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run([*self.control, "--log", self.log, "-o", options, "start"], cwd=self.folder)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.go_on()
            subprocess.run([*self.control, "--mode", "immediate", "stop"], cwd=self.folder, check=False)

    def hang(self) -> None:
        """Stop every process of the server where it stands, as a disk does that no longer answers."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        leader = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        for process in (leader, *map(int, children)):
            os.kill(process, number)


class Redis:
    """A Redis on a free port that appends to a file what it is told, and that a test may stop, hang and start again."""

    def __init__(self, folder: Path, *options: str, password: str = "") -> None:
        self.folder, self.port, self.options, self.password = folder, free_port(), options, password
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        kept = ["--appendonly", "yes", "--save", "", "--logfile", str(self.folder / "redis.log")]
        known = ["--requirepass", self.password, "--masterauth", self.password] if self.password else []
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.run(*place, *kept, *known, *self.options)

    def run(self, *words: str) -> None:
        self.process = subprocess.Popen([embedded.redis_server(), *words])
        wait_until(lambda: answers(self.port))

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def running(service: Postgresql | Redis) -> Iterator[Postgresql | Redis]:
    """Start a service; it ends with the block, however the test left it."""
    try:
        service.start()
        yield service
    finally:
        service.stop()


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """Run a cluster of its own; yields its address as DATABASE_URL."""
    folder = Path(tempfile.mkdtemp(prefix="countersign-pg-"))
    try:
        with running(Postgresql(folder)) as server:
            yield server.url
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """Run a Redis of its own on a unix socket; yields its address as REDIS_URL."""
    with tempfile.TemporaryDirectory(prefix="countersign-redis-") as folder, embedded.private_redis(Path(folder)):
        yield f"unix://{embedded.redis_socket(Path(folder))}"


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something to become true; raises AssertionError when it has not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.05)


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _postgresql_programs() -> Path:
    """Return the folder of initdb and pg_ctl; Debian keeps them outside of PATH, one folder a version."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if versions:
        return versions[-1]
    if found := shutil.which("initdb"):
        return Path(found).parent
    sys.exit("No PostgreSQL server found: `make setup-test` installs it or names the line that does.")


def free_port() -> int:
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
