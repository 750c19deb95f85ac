"""The product's own processes over services of a test: web, worker, scheduler and commands, and a client that signs in."""

import contextlib
import fcntl
import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from config.environment import BASE_DIR
from tests.services import answers, free_port, wait_until

# What load_demo gives every demo person, and prints.
DEMO_PASSWORD = "countersign-demo"
INHERITED = {"PATH", "HOME", "LANG", "TMPDIR"}
CHECKLIST = "fixtures/checklists/claude-security-review-v1.yaml"
# Seconds; whatever takes longer hangs.
LONGEST_ANSWER, LONGEST_COMMAND = 60, 600


class Product:
    """One installation: a data folder and the addresses of its services."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if name in INHERITED} | {
            "COUNTERSIGN_MODE": "embedded",
            "VAR_DIR": str(folder),
            "PYTHONUNBUFFERED": "1",
            # Celery's long warning about root.
            "PYTHONWARNINGS": "ignore:You're running the worker",
            **variables,
        }

    def manage(self, *words: str, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=LONGEST_COMMAND,
            check=False,
        )

    def prepare(self) -> None:
        """Create tables and demo data; static files are collected, since pages name them."""
        self.set_up(["load_checklist", CHECKLIST], ["load_demo"])

    def set_up(self, *commands: list[str]) -> None:
        """Create tables, collect static files, and run more commands."""
        for words in (["migrate"], *commands):
            self._succeed(*words)
        # They go into one folder, whichever test collects them.
        with (BASE_DIR / "var" / "collecting").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._succeed("collectstatic", "--noinput")

    def _succeed(self, *words: str) -> None:
        done = self.manage(*words, "--verbosity", "0")
        assert done.returncode == 0, done.stdout + done.stderr

    @contextlib.contextmanager
    def process(self, name: str, *command: str, **variables: str) -> Iterator["Process"]:
        """Run a program of this Python's folder until the block ends."""
        log = self.folder / f"{name}.log"
        with log.open("w") as out:
            running = subprocess.Popen(
                [Path(sys.executable).parent / command[0], *command[1:]],
                cwd=BASE_DIR,
                env=self.environment | variables,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        try:
            yield Process(running, log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()

    @contextlib.contextmanager
    def web(self, **variables: str) -> Iterator["Site"]:
        """The web server of the Procfile; yields once it takes calls, whatever it answers."""
        port = free_port()
        command = ["gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}", "config.wsgi"]
        with self.process("web", *command, **variables) as process:
            wait_until(lambda: answers(port))
            yield Site(f"http://127.0.0.1:{port}", process)

    def worker(self, *options: str, **variables: str):
        command = ["celery", "--quiet", "-A", "config", "worker", "--queues", "default,dossiers", "--concurrency", "2"]
        options = ("--loglevel", "INFO", "--without-gossip", "--without-mingle", *options)
        return self.process("worker", *command, *options, **variables)

    def scheduler(self, **variables: str):
        return self.process("scheduler", "celery", "--quiet", "-A", "config", "beat", "--loglevel", "INFO", **variables)


class Process(NamedTuple):
    popen: subprocess.Popen
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def signal(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)


class Answer(NamedTuple):
    status: int
    body: str
    headers: dict[str, str]


class Site(NamedTuple):
    url: str
    process: Process

    def browser(self, email: str = "") -> "Browser":
        """A client of its own, signed in when an address is given."""
        browser = Browser(self.url)
        if email:
            answer = browser.post("/accounts/login/", {"login": email, "password": DEMO_PASSWORD})
            assert answer.status == 200, answer.body
        return browser


class Browser:
    """Keeps cookies, follows redirects, and sends forms with their token."""

    def __init__(self, url: str) -> None:
        self.url, self.cookies = url, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str, timeout: float = LONGEST_ANSWER) -> Answer:
        return self._open(urllib.request.Request(self.url + path), timeout)

    def post(self, path: str, values: dict[str, str], timeout: float = LONGEST_ANSWER) -> Answer:
        token = self.token or self.token_of("/accounts/login/")
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **values}).encode()
        return self._open(urllib.request.Request(self.url + path, data=form, headers={"Origin": self.url}), timeout)

    @property
    def token(self) -> str:
        return next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), "")

    def token_of(self, path: str) -> str:
        return re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).body)[1]

    def _open(self, request: urllib.request.Request, timeout: float) -> Answer:
        try:
            with self.opener.open(request, timeout=timeout) as response:
                return Answer(response.status, response.read().decode(), dict(response.headers))
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.read().decode(), dict(refusal.headers))
