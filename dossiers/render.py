"""How is a snapshot laid out as a PDF, in a process that can be killed?

The HTML is made here, by Django's templates, which escape every text. Everything after that happens in a child
process (`dossiers/pdf.py`) with limits on memory, processor time and wall-clock time, an empty environment and
a fetcher that reaches the files of ASSETS and nothing else. This process never imports WeasyPrint.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from dossiers import manifest as manifests
from dossiers.pdf import OUT_OF_MEMORY, REFUSED_ADDRESS

# Everything the PDF may load, by the name it is asked for: `asset:tokens.css`.
ASSETS = {
    "tokens.css": "css/tokens.css",
    "tiles.css": "css/tiles.css",
    "dossier.css": "dossiers/dossier.css",
    "paper.css": "dossiers/paper.css",
    **{
        f"Inter-{face}.woff2": f"vendor/Inter-{face}.woff2"
        for face in ("Regular", "Italic", "Medium", "SemiBold", "Bold")
    },
}
# What a system with its libraries in unusual places needs to find them; no secret has such a name.
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH")
LARGEST_PDF = 200_000_000  # bytes
SIGN_OF_LIFE = 0.5  # seconds between two looks at the child


class CannotRender(Exception):
    """The PDF could not be made, with a sentence for a person."""


@dataclass(frozen=True)
class Limits:
    """What one PDF may cost: wall-clock seconds, processor seconds, megabytes of address space."""

    seconds: int
    cpu_seconds: int
    memory_mb: int

    @classmethod
    def from_settings(cls):
        return cls(settings.DOSSIER_SECONDS, settings.DOSSIER_CPU_SECONDS, settings.DOSSIER_MEMORY_MB)


@dataclass(frozen=True)
class Rendered:
    path: Path
    pages: int
    unprintable: list[str]
    cpu_seconds: float
    memory_mb: int


def html_of(pages):
    """The dossier as HTML: the snapshot's `pages` through templates, all text escaped."""
    return render_to_string("dossiers/pdf/dossier.html", {**pages, "check": manifests.CHECK})


@contextmanager
def rendered(pages, manifest, *, tell=lambda percent, step: None):
    """Lay out a snapshot; yields a Rendered whose file is gone afterwards. Raises CannotRender."""
    tell(12, "Laying out")
    with laid_out(
        html_of(pages),
        manifests.as_bytes(manifest),
        taken_at=pages["taken_at"],
        expected_pages=14 + round(pages["gate"]["total"] * 0.8),
        tell=tell,
    ) as result:
        yield result


@contextmanager
def laid_out(html, attachment, *, taken_at, expected_pages=1, limits=None, tell=lambda percent, step: None):
    """Run the child over the HTML, with an `attachment` in bytes or None, and yield a Rendered. `tell(percent, step)` is called about twice a second.

    The child and its process group are killed at the time limit and whenever anything is raised here.
    Raises CannotRender with a sentence.
    """
    limits = limits or Limits.from_settings()
    with tempfile.TemporaryDirectory(prefix="countersign-dossier-") as name:
        folder = Path(name)
        (folder / "dossier.html").write_text(html, encoding="utf-8")
        if attachment is not None:
            (folder / "manifest.json").write_bytes(attachment)
        (folder / "job.json").write_text(json.dumps(_job(limits, taken_at, expected_pages)))
        status = _run(folder, limits, tell)
        if status:
            raise CannotRender(_why(status, limits, folder))
        result = json.loads((folder / "result.json").read_text())
        yield Rendered(folder / "dossier.pdf", **result)


def _job(limits, taken_at, expected_pages):
    return {
        "assets": {name: _found(static) for name, static in ASSETS.items()},
        "seconds": limits.seconds,
        "cpu_seconds": limits.cpu_seconds,
        "memory_bytes": limits.memory_mb * 1_000_000,
        "file_bytes": LARGEST_PDF,
        "taken_at": taken_at,
        "expected_pages": expected_pages,
    }


def _found(static):
    if path := finders.find(static):
        return path
    raise CannotRender(f"The file {static} is missing from this installation; `make setup` puts it in place.")


def _run(folder, limits, tell):
    """Start the child, look after it, and return its exit status: 0, positive as it said, negative as it was killed."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    with (folder / "output").open("wb") as output:
        child = subprocess.Popen(
            # -I: isolated; neither the current folder nor PYTHON… variables decide what is imported.
            [sys.executable, "-I", "-X", "utf8", str(Path(__file__).with_name("pdf.py")), str(folder)],
            env={**kept, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        return _watch(child, folder, time.monotonic() + limits.seconds, limits, tell)
    finally:
        _kill(child)


def _watch(child, folder, deadline, limits, tell):
    while True:
        try:
            return child.wait(SIGN_OF_LIFE)
        except subprocess.TimeoutExpired:
            if time.monotonic() > deadline:
                raise CannotRender(_too_slow(limits.seconds)) from None
            tell(*_progress(folder))


def _kill(child):
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _progress(folder):
    try:
        percent, _, step = (folder / "progress").read_text().partition(" ")
        return int(percent), step
    except FileNotFoundError:
        return 15, "Laying out"


def _why(status, limits, folder):
    """The sentence for a child that ended badly. A failed allocation ends C libraries by abort, trap or fault."""
    if status == OUT_OF_MEMORY or -status in {signal.SIGABRT, signal.SIGTRAP, signal.SIGSEGV}:
        return (
            f"The PDF needed more than the {limits.memory_mb:,} MB of memory it may use. "
            "Shorten the longest notes, or have DOSSIER_MEMORY_MB raised."
        )
    if -status in {signal.SIGXCPU, signal.SIGKILL, signal.SIGALRM}:
        return _too_slow(limits.cpu_seconds)
    if -status == signal.SIGXFSZ:
        return f"The PDF grew beyond the {LARGEST_PDF // 1_000_000} MB it may have."
    if status == REFUSED_ADDRESS:
        return "The dossier pointed at something that is not part of it, so it was not made."
    last = _last_line(folder)
    if "MemoryError" in last or "memory" in last.lower():
        return _why(OUT_OF_MEMORY, limits, folder)
    return f"The PDF could not be laid out: {last}"


def _last_line(folder):
    with (folder / "output").open("rb") as output:
        output.seek(max(0, output.seek(0, os.SEEK_END) - 2_000))
        lines = output.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "the layout program ended without a word."


def _too_slow(seconds):
    return f"The PDF took longer than the {seconds} seconds it may take. Shorten the longest notes, or try again later."
