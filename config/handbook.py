"""What do the product's words and rules say? Read from docs/glossary.md and docs/rules.md, the only place they are written."""

import re
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

DOCS = settings.BASE_DIR / "docs"


@dataclass(frozen=True)
class Entry:
    """`anchor` is where it stands on its page; `text` is plain, `html` with its emphasis."""

    anchor: str
    title: str
    text: str
    number: int = 0

    @property
    def html(self) -> SafeString:
        return _marked_up(self.text)

    @property
    def plain(self) -> str:
        return re.sub(r"[*`]", "", self.text)


@cache
def words() -> tuple[Entry, ...]:
    """The glossary in the order of its table. A line of several words, as “**Current**, **lapsed**”, is one entry."""
    lines = (DOCS / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [re.fullmatch(r"\| (\*\*.+?) \| (.+) \|", line) for line in lines]
    return tuple(
        Entry(slugify(row[1].split("**")[1]), row[1].replace("**", ""), row[2]) for row in rows if row is not None
    )


@cache
def _by_word() -> dict[str, Entry]:
    """Each word of a line leads to it, in small letters."""
    return {word.strip().lower(): entry for entry in words() for word in entry.title.split(",")}


def word(name: str) -> Entry:
    """What the glossary says of a word. Raises KeyError for one it does not have: a page may not promise what is not there."""
    return _by_word()[name.lower()]


@cache
def rules() -> tuple[Entry, ...]:
    """The rules by their numbers."""
    text = (DOCS / "rules.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (\d+)\. (.+?)\n\n(.+?)(?=\n\n## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return tuple(Entry(f"rule-{number}", title, said.strip(), int(number)) for number, title, said in found)


def _marked_up(text: str) -> SafeString:
    """The three kinds of emphasis those files use; everything else is text."""
    marked = escape(text)
    for sign, tag in ((r"\*\*", "strong"), (r"\*", "em"), ("`", "code")):
        marked = re.sub(rf"{sign}(.+?){sign}", rf"<{tag}>\1</{tag}>", marked)
    return mark_safe(marked)  # noqa: S308 - escaped above
