"""Has every rule of the product a test that carries its number, so that it can be found and would fail without it?"""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
RULES = range(1, 25)


def names():
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name


NAMED = Counter(int(found[1]) for name in names() if (found := re.match(r"test_rule_(\d\d?)_", name)))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_test_with_its_number(rule):
    assert NAMED[rule] > 0, f"no test is named test_rule_{rule:02}_…"


def test_no_test_names_a_rule_that_does_not_exist():
    assert set(NAMED) <= set(range(1, 25))
