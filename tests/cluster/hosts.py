"""What is a host of the cluster? An address, an empty folder, and processes that can be stopped, killed and started."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import network

BASE_DIR = Path(__file__).resolve().parent.parent.parent
KEPT = ("PATH", "LANG", "HOME")


@dataclass
class Service:
    """One process of a host. `port` tells when it answers; None for what nobody calls."""

    name: str
    command: list[str]
    port: int | None = None
    stop_with: signal.Signals = signal.SIGTERM
    user: str = ""


@dataclass
class Host:
    name: str
    on: network.Namespaces | network.Loopback
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    cwd: Path = BASE_DIR

    def __post_init__(self) -> None:
        self.address = self.on.add(self.name)
        self.services: list[Service] = []
        self.running: dict[str, subprocess.Popen] = {}
        self.started: list[int] = []
        for name in ("tmp", "var"):
            (self.folder / name).mkdir(parents=True)

    @property
    def surroundings(self) -> dict[str, str]:
        """What its processes know: nothing of this one's but where programs are."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        own = {"TMPDIR": str(self.folder / "tmp"), "VAR_DIR": str(self.folder / "var"), "PYTHONUNBUFFERED": "1"}
        return kept | own | self.environment

    def start(self, *names: str) -> None:
        """Start its services, or those named, and wait until each answers."""
        for service in self._named(names):
            with (self.folder / f"{service.name}.log").open("a") as log:
                process = subprocess.Popen(
                    [*self.on.inside(self.name), *_as(service.user), *service.command],
                    env=self.surroundings,
                    cwd=self.cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self.running[service.name] = process
            self.started.append(process.pid)
        for service in self._named(names):
            self._wait_for(service)

    def run(self, *command: str, user: str = "") -> str:
        """Run a command on the host to its end; returns what it printed, exits with it when it failed."""
        done = subprocess.run(
            [*self.on.inside(self.name), *_as(user), *command],
            env=self.surroundings,
            cwd=self.cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"`{' '.join(command)}` failed on {self.name}:\n{done.stdout}")
        return done.stdout

    def stop(self, *names: str, within: float = 60) -> float:
        """Ask its services to end as an operator does, and return the seconds until they had."""
        began = time.monotonic()
        for service in self._named(names):
            self.running[service.name].send_signal(service.stop_with)
        for service in self._named(names):
            self.running.pop(service.name).wait(within)
        return time.monotonic() - began

    def kill(self) -> None:
        """End everything on the host at once, without a word to anybody."""
        network.end(self.processes())
        for process in self.running.values():
            process.wait()
        self.running.clear()

    def processes(self) -> list[int]:
        return self.on.processes(self.name, self.started)

    def is_running(self, words: str) -> bool:
        """Whether a process with these words in its command line runs here."""
        return any(words.encode() in _command_line(pid) for pid in self.processes())

    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _named(self, names: tuple[str, ...]) -> list[Service]:
        return [service for service in self.services if not names or service.name in names]

    def _wait_for(self, service: Service, seconds: float = 60) -> None:
        process, end = self.running[service.name], time.monotonic() + seconds
        while time.monotonic() < end:
            if process.poll() is not None:
                raise SystemExit(f"{service.name} on {self.name} ended at once:\n{self.log()[-3000:]}")
            if service.port is None or _answers(self.address, service.port):
                return
            time.sleep(0.05)
        raise SystemExit(f"{service.name} on {self.name} does not answer:\n{self.log()[-3000:]}")


def _as(user: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user and os.getuid() == 0 else []


def _answers(address: str, port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((address, port)) == 0


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""
