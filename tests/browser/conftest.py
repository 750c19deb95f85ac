"""What does a browser test look at? A whole running site, exactly as `make run` starts it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from config.run import answers
from reviews import tasks
from tests.cast import PASSWORD

BASE_DIR = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = BASE_DIR / "var" / "screenshots"
CHROMIUM = ("chromium", "chromium-browser", "/Applications/Chromium.app/Contents/MacOS/Chromium")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (390, 1440)
# Where a page is looked at in both themes: between them axe and the picture see either theme and either width. What
# scrolls sideways does so in any colour, and is looked for at both.
WIDTH_OF = {"light": 1440, "dark": 390}
# What takes longer hangs.
SECONDS_TO_START = 600
MILLISECONDS_TO_WAIT = 30_000
# What load_demo gives every demo person, and prints.
DEMO_PASSWORD = "countersign-demo"


class Site:
    """A running site with web, worker, scheduler and Redis, on a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        chosen = {"COUNTERSIGN_MODE": "embedded", "VAR_DIR": str(folder), "PORT": str(port)}
        # What tests/conftest.py chose for tests in this process is not for the site.
        inherited = {"PATH", "HOME", "LANG", "TMPDIR"}
        self.env = {name: value for name, value in os.environ.items() if name in inherited} | chosen

    def start(self) -> None:
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.run"], cwd=BASE_DIR, env=self.env, stdout=log, stderr=subprocess.STDOUT
            )
        end = time.monotonic() + SECONDS_TO_START
        while not answers(f"{self.url}/accounts/login/"):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                pytest.fail(f"The site did not start:\n{self.log.read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)

    def manage(self, *words: str) -> str:
        """Run a management command on the site's data; returns what it printed."""
        run = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=BASE_DIR,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


@pytest.fixture(scope="session")
def site():
    # Short, so that Redis' socket has its place in it.
    with tempfile.TemporaryDirectory(prefix="countersign-site-") as folder:
        running = Site(Path(folder))
        running.start()
        yield running
        running.stop()


@pytest.fixture(scope="session")
def browser() -> Browser:
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if not program:
        pytest.fail("No Chromium found: `make setup-test` installs it or names the line that does.")
    expect.set_options(timeout=MILLISECONDS_TO_WAIT)
    # The driver brings an event loop, beside which Django would refuse tests of a site in this process the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(site, browser):
    """Return a function that opens a page in a browser session of its own.

    The test fails when a page's console holds an error at the end, such as a
    script that the content security policy stopped; answers of 4xx, which tests
    provoke, are not errors.
    """
    contexts, errors = [], []

    def note(message):
        if (
            message.type == "error"
            and "Failed to load resource: the server responded with a status of 4" not in message.text
        ):
            errors.append(message.text)

    def open_page(**options) -> Page:
        context = browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(MILLISECONDS_TO_WAIT)
        context.on("console", note)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def browser_page(new_page) -> Page:
    """A page of somebody who is not signed in."""
    return new_page()


@pytest.fixture
def as_person(new_page):
    """Return a function that signs a demo person in and returns their page."""

    def sign_in(email: str, **options) -> Page:
        page = new_page(**options)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", DEMO_PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda address: "/accounts/login/" not in address)
        return page

    return sign_in


@pytest.fixture(scope="session")
def screenshot():
    """Return a function that keeps a picture of the whole page under var/screenshots."""

    def keep(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=path, full_page=True, timeout=30_000)
        return path

    return keep


@pytest.fixture(scope="session")
def accessibility_problems():
    """Return a function that lists what axe finds wrong with a page, as ``rule: target``."""
    source = (BASE_DIR / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def check(page: Page) -> list[str]:
        found = page.evaluate(
            f"{source}; axe.run({{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})"
        )
        return [
            f"{problem['id']}: {' '.join(map(str, node['target']))}"
            for problem in found["violations"]
            for node in problem["nodes"]
        ]

    return check


@pytest.fixture
def look(screenshot, accessibility_problems):
    """Return a function that takes a picture of an open page, at every width unless one is given; `{name: what is wrong}`, best empty."""

    def look(page: Page, name: str, seen_at: int | None = None) -> dict[str, list[str]]:
        problems = {}
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found = []
            if seen_at in (None, width):
                screenshot(page, f"{name}-{width}")
                found = accessibility_problems(page)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append("scrolls sideways")
            if found:
                problems[f"{name}-{width}"] = found
        return problems

    return look


@pytest.fixture
def as_one(new_page):
    """Return a function that signs one of the cast in and returns their page."""

    def sign_in(person, **options):
        page = new_page(reduced_motion="reduce", **options)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", person.email)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda address: "/accounts/login/" not in address)
        return page

    return sign_in


@pytest.fixture
def poke(clock, mailoutbox):
    """Return a function that moves the test's own `clock` and does what a minute's pokes ask for; returns the mails that went out."""

    def poke(moment):
        clock.move_to(moment)
        before = len(mailoutbox)
        for task in (tasks.look_again, tasks.plan_ahead, tasks.remind):
            task.apply(throw=True)
        return mailoutbox[before:]

    return poke
