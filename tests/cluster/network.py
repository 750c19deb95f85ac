"""Where do the cluster's hosts stand, and how is something started, counted or ended on one of them?

With root's rights each host is a network namespace (iproute2) on a bridge that is a namespace of its own, so nothing
listens on this machine's own interfaces. Without them the hosts are loopback addresses of one machine.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

SWITCH, PEOPLE = "switch", "people"
CLONE_NEWNET = 0x40000000
NAMES = Path("/run/netns")


class Namespaces:
    words = "a network namespace each, joined by a bridge"

    def __init__(self) -> None:
        self.prefix = f"countersign-{os.getpid()}-"
        self.names: list[str] = []

    @staticmethod
    def possible() -> bool:
        return os.getuid() == 0 and bool(shutil.which("ip")) and _can_make_a_namespace()

    def __enter__(self) -> "Namespaces":
        _remove_leftovers()
        self._new(SWITCH)
        self._ip("-n", self.prefix + SWITCH, "link", "add", "bridge", "type", "bridge")
        self._ip("-n", self.prefix + SWITCH, "link", "set", "bridge", "up")
        self.add(PEOPLE)
        # Who plays and who compares stands on this network too: this thread, and every one it starts.
        with (NAMES / (self.prefix + PEOPLE)).open() as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "this process cannot join a network namespace")
        return self

    def add(self, name: str) -> str:
        """Put a host on the network and return its address."""
        self._new(name)
        host, switch, number = self.prefix + name, self.prefix + SWITCH, len(self.names)
        port, address = f"port{number}", f"10.77.0.{number}"
        self._ip("-n", switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", host)
        self._ip("-n", switch, "link", "set", port, "master", "bridge", "up")
        self._ip("-n", host, "address", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            self._ip("-n", host, "link", "set", device, "up")
        return address

    def inside(self, name: str) -> list[str]:
        """What to put before a command so that it runs on the host."""
        return ["ip", "netns", "exec", self.prefix + name]

    def processes(self, name: str, started: list[int]) -> list[int]:
        """Every process on the host, whoever started it."""
        return _processes_in(self.prefix + name)

    def __exit__(self, *_) -> None:
        for name in reversed(self.names):
            _remove(self.prefix + name)

    def _new(self, name: str) -> None:
        self._ip("netns", "add", self.prefix + name)
        self.names.append(name)

    @staticmethod
    def _ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True)


class Loopback:
    """Separate folders and addresses on one machine; what is missing is the network between."""

    words = "a loopback address and a folder each, because making network namespaces needs root and iproute2"

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> "Loopback":
        return self

    def add(self, name: str) -> str:
        self.count += 1
        return f"127.77.0.{self.count}"

    def inside(self, name: str) -> list[str]:
        return []

    def processes(self, name: str, started: list[int]) -> list[int]:
        """The processes started on the host, and all that those started."""
        found = [pid for pid in started if Path(f"/proc/{pid}").exists()]
        for pid in found:
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    def __exit__(self, *_) -> None:
        pass


def end(processes: list[int]) -> None:
    """Kill these at once, and wait until they are gone."""
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in processes) and time.monotonic() < deadline:
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _can_make_a_namespace() -> bool:
    name = f"countersign-{os.getpid()}-trial"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "delete", name], check=True)
    return made


def _remove_leftovers() -> None:
    """Take away what an earlier run left that was killed before it could."""
    for path in NAMES.glob("countersign-*-*"):
        pid = path.name.split("-")[1]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            _remove(path.name)


def _remove(namespace: str) -> None:
    end([pid for pid in _processes_in(namespace) if pid != os.getpid()])
    subprocess.run(["ip", "netns", "delete", namespace], check=False)


def _processes_in(namespace: str) -> list[int]:
    found = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]
