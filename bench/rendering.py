"""How long does a dossier take from its request to the file, and WeasyPrint alone over the same HTML?"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import processes
from bench.operations import OPERATIONS

ALONE = Path(__file__).with_name("reference") / "weasyprint_alone.py"
WORKER = ["celery", "--quiet", "-A", "config", "worker", "--queues", "default,dossiers", "--concurrency", "1"]
LONGEST = 120  # seconds


def measure(bench, *, repeats):
    """`{product, reference: [seconds], pages, worker: {rss, pss}, child: peak megabytes}`, both in turn."""
    request = next(each for each in OPERATIONS if each.key == "request")
    found = {"product": [], "reference": [], "child": 0.0}
    html = _html(bench.world.review)
    options = ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]
    with processes.running(
        [*WORKER, *options], processes.environment("product"), bench.folder / "worker.log"
    ) as worker:
        call = bench.caller(request, "product", 0)
        for number in range(repeats + 1):
            seconds, pages, peak = _dossier(bench, call, worker.pid)
            alone = _alone(html)
            if number:  # the first one also waited for the worker to start
                found["product"].append(seconds)
                found["reference"].append(alone)
            found |= {"pages": pages, "child": max(found["child"], peak)}
        found["worker"] = max(
            (processes.memory(pid) for pid in (worker.pid, *processes.children(worker.pid))),
            key=lambda each: each["rss"],
        )
    return found


def _html(review):
    from dossiers import render, snapshot

    pages, _ = snapshot.take(review.pk)
    return render.html_of(pages)


def _dossier(bench, call, worker):
    """Request one and wait for it: seconds between the two moments of its row, pages, and the child's peak."""
    database, peak = bench.world.databases["product"], 0.0
    call()
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        peak = max([peak, *(processes.peak(pid) for pid in processes.children(worker) if _renders(pid))])
        row = database.execute(
            "SELECT state, extract(epoch FROM finished_at - requested_at), pages, error"
            " FROM dossiers_dossier ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row[0] == "ready":
            return float(row[1]), row[2], peak
        if row[0] == "failed":
            raise RuntimeError(row[3])
        time.sleep(0.02)
    raise RuntimeError(f"No dossier within {LONGEST} s.")


def _renders(pid):
    try:
        return b"dossiers/pdf.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _alone(html):
    from django.contrib.staticfiles import finders

    from dossiers.render import ASSETS

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "dossier.html").write_text(html, encoding="utf-8")
        (folder / "assets.json").write_text(json.dumps({key: finders.find(path) for key, path in ASSETS.items()}))
        started = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-X", "utf8", ALONE, folder], check=True, cwd=folder)
        return time.perf_counter() - started
