"""The figures of one size, as JSON: run by ``python -m bench`` in the environment of a seeded installation."""

import argparse
import json
import os
import signal
import sys
from pathlib import Path

import django


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--reviews", type=int, required=True)
    arguments.add_argument("--folder", type=Path, required=True)
    arguments.add_argument("--database-pid", type=int, required=True)
    arguments.add_argument("--quick", action="store_true")
    arguments.add_argument("--last", action="store_true")
    given = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from bench.measure import measure

    figures = measure(given.reviews, given.folder, given.database_pid, quick=given.quick, last=given.last)
    (given.folder / "figures.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
