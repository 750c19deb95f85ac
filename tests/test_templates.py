"""Does every form that a template includes by itself still carry the token without which its answer is refused?"""

import re
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
TEMPLATES = {path: path.read_text(encoding="utf-8") for path in (BASE_DIR / "templates").rglob("*.html")}
INCLUDE = re.compile(r'\{% include "(?P<name>[^"]+)"(?P<given>[^%]*) only %\}')


def test_what_is_included_with_nothing_but_its_own_words_is_given_the_token_of_its_form():
    with_forms = {
        path.relative_to(BASE_DIR / "templates") for path, text in TEMPLATES.items() if "{% csrf_token" in text
    }
    alone = [(path, found) for path, text in TEMPLATES.items() for found in INCLUDE.finditer(text)]
    assert alone
    without = [
        f"{path.name}: {found['name']}"
        for path, found in alone
        if Path(found["name"]) in with_forms and "csrf_token=csrf_token" not in found["given"]
    ]
    assert without == []
