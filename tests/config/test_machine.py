"""Does set-up see what a machine lacks, and name the right line to type?"""

import importlib.util
import os
import subprocess
import sys

import pytest

from config.environment import BASE_DIR

# A script beside the package, since it runs before the package can be imported.
_spec = importlib.util.spec_from_file_location("machine", BASE_DIR / "config" / "machine.py")
machine = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(machine)

FOUND = machine.Need(lambda: True, "found", "found", "found")
PANGO = machine.Need(lambda: False, "libpango-1.0-0", "pango", "pango")
HARFBUZZ = machine.Need(lambda: False, "libharfbuzz-subset0", "harfbuzz", "harfbuzz")
VENV = machine.Need(lambda: False, "python3-venv", "", "")


@pytest.fixture
def no_programs(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_only_what_is_not_there_is_missing():
    assert machine.missing((FOUND, PANGO)) == [PANGO]


def test_debian_gets_an_apt_line(no_programs, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert machine.install_line([PANGO, HARFBUZZ, VENV]) == (
        "apt-get install --no-install-recommends --yes libharfbuzz-subset0 libpango-1.0-0 python3-venv"
    )


def test_macos_gets_a_brew_line_without_what_it_has_anyway(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert machine.install_line([PANGO, HARFBUZZ, VENV]) == "brew install harfbuzz pango"


def test_fedora_gets_a_dnf_line(no_programs, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    dnf = no_programs / "dnf"
    dnf.touch(mode=0o755)
    assert machine.install_line([PANGO, HARFBUZZ]) == "dnf install harfbuzz pango"


def test_somebody_who_is_not_root_is_told_the_line(no_programs, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    with pytest.raises(SystemExit) as refusal:
        machine.provide((FOUND, PANGO))
    assert str(refusal.value) == (
        "This machine lacks packages Countersign needs. Install them, then try again:\n\n"
        "    sudo apt-get install --no-install-recommends --yes libpango-1.0-0\n"
    )


def test_nothing_is_done_on_a_machine_that_has_everything(no_programs, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    machine.provide((FOUND,))


def test_help_lists_every_command_of_the_makefile():
    run = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    listed = [line.split()[1] for line in run.stdout.splitlines()]
    everyday = [
        "help",
        "run",
        "backup",
        "restore",
        "verify",
        "setup",
        "setup-test",
        "test",
        "check",
        "fix",
        "cluster-test",
        "reminder-test",
        "bench",
        "requirements",
        "clean",
    ]
    assert listed == everyday
