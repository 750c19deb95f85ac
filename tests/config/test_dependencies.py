"""Does docs/dependencies.md say why each direct dependency is there, and do they work together?"""

import json
import re
import tomllib
from itertools import chain

import pytest
from django.conf import settings

PROJECT = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
FRONT_END = json.loads((settings.BASE_DIR / "package.json").read_text())
REASONS = (settings.BASE_DIR / "docs" / "dependencies.md").read_text()


def _direct():
    lists = chain(PROJECT["project"]["optional-dependencies"].values(), PROJECT["dependency-groups"].values())
    lines = chain(PROJECT["project"]["dependencies"], *lists)
    names = {re.match(r"[A-Za-z0-9._-]+", line)[0] for line in lines} - {"countersign"}
    return sorted(names | FRONT_END["dependencies"].keys() | FRONT_END["devDependencies"].keys())


@pytest.mark.parametrize("name", _direct())
def test_every_direct_dependency_has_its_reason(name):
    assert f"`{name}`" in REASONS


def test_no_reason_outlives_its_dependency():
    first_cells = re.findall(r"^\| (`[^|]+)\|", REASONS, re.MULTILINE)
    named = {name for cell in first_cells for name in re.findall(r"`([^`]+)`", cell)}
    assert named <= set(_direct())


@pytest.mark.once
@pytest.mark.xdist_group("dependencies")
def test_what_shares_a_stage_stays_in_one_process_of_a_parallel_run(request):
    """pytest 9.2 and pytest-xdist 3.8 together forget groups and say nothing: each process then builds every stage."""
    parallel = request.config.getoption("loadgroup", False)
    assert request.node.nodeid.endswith("@dependencies") == parallel
