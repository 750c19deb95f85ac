"""Can what is typed reach anything, and can it keep a worker busy? The child process, given raw HTML."""

import socket
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from dossiers import pdf, render
from dossiers.render import CannotRender, Limits, laid_out

pytestmark = pytest.mark.once

AT = "2026-11-21T19:10:00+00:00"
BOMB = '<table><tr><td colspan="99999999">x</td><td>y</td></tr></table>'
NOT_OURS = "The dossier pointed at something that is not part of it, so it was not made."


def lay_out(html, **values):
    with laid_out(html, b"{}", taken_at=AT, **values) as made:
        return made.path.read_bytes()


@pytest.fixture
def listener():
    """A port on this machine that nobody should knock at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        yield server


@pytest.mark.parametrize(
    "html",
    [
        '<img src="file:///etc/passwd">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<p><a rel="attachment" href="file:///etc/passwd">x</a></p>',
        '<style>@import url("file:///etc/passwd");</style>',
        '<style>p { background: url("file:///etc/passwd") }</style><p>x</p>',
        '<style>@font-face { font-family: X; src: url("file:///etc/passwd") } p { font-family: X }</style><p>x</p>',
        '<img src="data:image/png;base64,iVBORw0KGgo=">',
        '<img src="asset:../settings.py">',
        '<img src="asset:/etc/passwd">',
        '<img src="ftp://127.0.0.1/x">',
        '<object data="file:///etc/passwd"></object>',
    ],
)
def test_the_child_reaches_no_address_but_our_own_assets(html):
    with pytest.raises(CannotRender, match="^" + NOT_OURS):
        lay_out(html)


@pytest.mark.parametrize(
    "html",
    [
        '<link rel="attachment" href="file:///etc/passwd"><p>x</p>',
        '<svg width="9" height="9"><image width="9" height="9" href="file:///etc/passwd"/></svg><p>x</p>',
    ],
)
def test_what_is_not_loaded_at_all_is_left_out(html):
    made = PdfReader(BytesIO(lay_out(html)))
    assert list(made.attachments) == ["manifest.json"]
    assert len(made.pages[0].images) == 0


def test_the_child_knocks_at_no_port(listener):
    with pytest.raises(CannotRender, match="^" + NOT_OURS):
        lay_out(f'<img src="http://127.0.0.1:{listener.getsockname()[1]}/x.png">')
    with pytest.raises(TimeoutError):
        listener.accept()


def test_our_own_assets_are_served():
    assert lay_out('<link rel="stylesheet" href="asset:dossier.css"><p>x</p>').startswith(b"%PDF")


def test_what_takes_too_long_is_killed_with_its_process_group():
    seen = set()
    limits = Limits(seconds=2, cpu_seconds=60, memory_mb=2500)
    with pytest.raises(CannotRender, match="longer than the 2 seconds"):
        lay_out(BOMB, limits=limits, tell=lambda percent, step: seen.update(children()))
    assert seen
    assert [pid for pid in seen if Path(f"/proc/{pid}").exists()] == []


def test_what_needs_too_much_processor_time_ends():
    with pytest.raises(CannotRender, match="longer than the 2 seconds"):
        lay_out(BOMB, limits=Limits(seconds=60, cpu_seconds=2, memory_mb=2500))


def test_what_needs_too_much_memory_ends():
    with pytest.raises(CannotRender, match="more than the 120 MB of memory"):
        lay_out("<p>x</p>" * 50_000, limits=Limits(seconds=60, cpu_seconds=60, memory_mb=120))


def test_the_child_is_gone_when_the_parent_gives_up():
    seen = set()

    def give_up(percent, step):
        seen.update(children())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lay_out(BOMB, tell=give_up)
    assert seen
    assert [pid for pid in seen if Path(f"/proc/{pid}").exists()] == []


def test_the_child_knows_no_secret(monkeypatch):
    monkeypatch.setenv("DATABASE_URL_OF_TEST", "postgres://someone:secret@localhost/x")
    environments = []

    def look(percent, step):
        environments.extend(Path(f"/proc/{pid}/environ").read_bytes() for pid in children())

    with pytest.raises(CannotRender):
        lay_out(BOMB, limits=Limits(seconds=2, cpu_seconds=60, memory_mb=2500), tell=look)
    assert environments
    for environment in environments:
        names = {pair.split(b"=")[0].decode() for pair in environment.split(b"\0") if pair}
        assert names <= {*render.KEPT_VARIABLES, "HOME", "TMPDIR", "LANG"}


def test_this_process_never_imports_weasyprint_and_the_child_never_django():
    program = (
        "import django, sys; django.setup(); import dossiers.tasks, dossiers.views, dossiers.urls;"
        "print('weasyprint' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split()[-1] == "False"
    assert "weasyprint" not in sys.modules
    program = f"import runpy, sys; runpy.run_path({pdf.__file__!r}); import weasyprint; print('django' in sys.modules)"
    said = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.split()[-1] == "False"


def test_a_missing_asset_is_named(monkeypatch):
    monkeypatch.setitem(render.ASSETS, "Inter-Regular.woff2", "vendor/gone.woff2")
    with pytest.raises(CannotRender, match=r"The file vendor/gone\.woff2 is missing"):
        lay_out("<p>x</p>")


def children():
    """The layouts this process has started and not yet seen end; other tests may keep servers running beside."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        found += [int(pid) for pid in (task / "children").read_text().split()]
    return [pid for pid in found if b"dossiers/pdf.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
