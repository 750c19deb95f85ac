"""How does the whole benchmark run? ``make bench``, or ``make bench QUICK=1`` for a first impression.

Starts a private PostgreSQL and Redis, seeds a database of each size for the product and one for the reference, lets
`bench.measure` measure both in turn, prints the table and, after a full run, writes it into docs/benchmark.md.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from bench import report
from bench.processes import ROOT
from bench.reference import fill
from tests import services

SIZES, QUICK_SIZES = (1, 100, 1000), (1, 100)
MIGRATIONS = 3  # times the migrations run on an empty database


class Machinery:
    """The services, and a folder for everything that is made on the way."""

    def __init__(self, database, redis_url, folder):
        self.database, self.redis_url, self.folder = database, redis_url, folder

    @property
    def database_pid(self):
        return int((self.database.data / "postmaster.pid").read_text().split()[0])

    def create(self, name):
        """An empty database's address."""
        with psycopg.connect(self.database.url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
        return self.database.url.removesuffix("postgres") + name

    def environment(self, folder, product_url, reference_url=""):
        """The product's as in production, behind one proxy that speaks TLS; mail goes nowhere, as nothing sends any."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "COUNTERSIGN_MODE": "production",
            "SECRET_KEY": "8Gq2mZ0vTfXw5LrYk1BhNc7DsUePjAa4Iu6WoQx9SnRtMdFbKe3VyHzC",
            "DATABASE_URL": product_url,
            "REDIS_URL": self.redis_url,
            "ALLOWED_HOSTS": "127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": "https://127.0.0.1",
            "FILES_DIR": str(folder / "files"),
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "TRUSTED_PROXY_COUNT": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker",
            "REFERENCE_DATABASE_URL": reference_url,
            "REFERENCE_FILES_DIR": str(folder / "reference-files"),
            "REFERENCE_BROKER_URL": self.redis_url.replace("unix://", "redis+socket://", 1),
        }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="1 and 100 reviews, few repeats, nothing written")
    arguments.add_argument("--reviews", type=int, nargs="*", help="other numbers of reviews; nothing is written")
    given = arguments.parse_args()
    sizes = given.reviews or (QUICK_SIZES if given.quick else SIZES)
    # So that every service and server ends with this process, whatever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="countersign-bench-"))
    started = time.monotonic()
    try:
        with (
            services.running(services.Postgresql(_folder(folder / "postgresql"))) as database,
            services.redis() as redis,
        ):
            machinery = Machinery(database, redis, folder)
            migrations = [_migrations(machinery, number) for number in range(1 if given.quick else MIGRATIONS)]
            figures = [_measure(machinery, reviews, quick=given.quick, last=reviews == sizes[-1]) for reviews in sizes]
    finally:
        shutil.rmtree(folder)
    text = report.report(figures, migrations, minutes=(time.monotonic() - started) / 60)
    print(text)
    if tuple(sizes) == SIZES and not given.quick:
        report.write(text)


def _folder(path):
    path.mkdir()
    # PostgreSQL runs as a user of its own, who must get past the folder around.
    path.parent.chmod(0o755)
    return path


def _migrations(machinery, number):
    """Seconds that all migrations take on an empty database, the start of the command included."""
    environment = machinery.environment(machinery.folder, machinery.create(f"empty_{number}"))
    started = time.perf_counter()
    _run(["manage.py", "migrate", "--verbosity", "0"], environment)
    return time.perf_counter() - started


def _measure(machinery, reviews, *, quick, last):
    folder = machinery.folder / f"{reviews}"
    (folder / "reference-files").mkdir(parents=True)
    product, reference = machinery.create(f"product_{reviews}"), machinery.create(f"reference_{reviews}")
    environment = machinery.environment(folder, product, reference)
    _say(f"{reviews} reviews: seeding")
    _run(["-m", "bench.seed", "--reviews", str(reviews)], environment)
    _run(["manage.py", "collectstatic", "--noinput", "--verbosity", "0"], environment)
    fill.fill(product, reference)
    _say(f"{reviews} reviews: measuring")
    options = ["--reviews", str(reviews), "--folder", str(folder), "--database-pid", str(machinery.database_pid)]
    flags = [flag for flag, wanted in (("--quick", quick), ("--last", last)) if wanted]
    _run(["-m", "bench.size", *options, *flags], environment)
    figures = json.loads((folder / "figures.json").read_text())
    shutil.rmtree(folder)
    return figures


def _run(words, environment):
    with subprocess.Popen([sys.executable, *words], cwd=ROOT, env=environment, stdout=sys.stderr) as process:
        try:
            status = process.wait()
        except BaseException:
            process.terminate()
            raise
    if status:
        raise SystemExit(f"{' '.join(words)} ended with status {status}.")


def _say(what):
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
