"""What would one row change of its item, cell by cell, and what of it must not be?

A cell is compared three ways: what stood there when the sheet left (as far as its row says that), what the sheet says,
what is stored. What the sheet did not touch is nothing; what both sides changed is a conflict, which is not taken unless
somebody wants it. Whatever a person may not do by hand is not taken either, by the same verdicts as on the pages.

A cell of the plan is a dict: `column`, `place`, `old` and `new` as texts, `value` (what is written: a role, the id of
a person or None, an ISO day, a status, a finding, a text, or for links a list of {url, title} to be added),
`base_changed`, `conflict`, `problem` (why it is not taken, a sentence), `remark` (what else is to be known), `taken`.
The status `awaiting` is a claim: submitted when nothing stands in the way, else the item is in progress.
"""

from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from accounts.choices import Role
from reviews import sheet_rows, standing, workflow
from reviews.choices import OPEN, Finding, Status
from reviews.harmless import is_cut
from reviews.imports import permitted, values
from reviews.imports.lines import Line
from reviews.imports.people import Directory
from reviews.imports.values import Unclear
from reviews.models import Item, Review
from reviews.sheet_columns import mark, plain
from reviews.sheets import Formula

TEXTS = ("reason", "asked", "asked_of", "notes")
ONE_WAY = "Work on it has begun here, and a sheet does not undo that."


@dataclass(frozen=True)
class Context:
    """What is the same for all rows of a sheet: `order` of its days (`values.order_of`), `wrong_links` (`links.problems`)."""

    review: Review
    by: Any
    directory: Directory
    order: str | None
    wrong_links: dict[str, str]

    @property
    def vendor(self) -> str:
        return str(self.review.vendor)


def of(line: Line, item: Item, here: dict[str, str], base: dict[str, str], context: Context) -> list[dict]:
    """The cells of the row that say something else than what is stored.

    `here` are the item's texts (`sheet_rows.taken`), `base` the marks of what it said when the sheet left, or {}.
    """
    return _Row(line, item, here, base, context).cells()


class _Row:
    def __init__(self, line, item, here, base, context):
        self.line, self.item, self.here, self.base, self.context = line, item, here, base, context
        self.found: dict[str, dict] = {}
        self.spoken = None  # a finding that the words of the status name
        self.cited = list(item.citations.all())
        self._kept: list[tuple[str, str]] = []

    def cells(self):
        for name, compare in (
            ("links", self._links),
            ("finding", self._finding),
            ("reason", self._text),
            ("asked", self._text),
            ("asked_of", self._text),
            ("stakeholder", self._stakeholder),
            ("owner", self._owner),
            ("due_on", self._due),
            ("status", self._status),
        ):
            if self.line.has(name):
                try:
                    compare(name)
                except Unclear as unclear:
                    self._problem(name, str(unclear))
        try:
            self._notes()
        except Unclear as unclear:
            self._problem("notes", str(unclear))
        return list(self.found.values())

    # What the sheet says of a column

    def _said(self, name):
        """The text under the name, or None when the sheet says nothing: it left so, or cut, or it is blank and says not when
        it left."""
        cell = self.line.cell(name)
        if isinstance(cell, Formula):
            raise Unclear(values.FORMULA)
        said = self.line.text(name)
        if is_cut(said):
            return None
        if name in self.base:
            return None if self.base[name] == mark(said) else said
        return said or None

    def _is_as_it_left(self, name, canonical):
        """Whether the sheet says in other words what it said when it left: a day another program has written its way."""
        return self.base.get(name) == mark(canonical)

    def _change(self, name, new, value, *, remark="", column=None):
        """One cell, unless the sheet says what is stored or what it said when it left."""
        if plain(new) == plain(self.here[name]) or self._is_as_it_left(column or name, new):
            return
        base_changed = (column or name) in self.base and self.base[column or name] != mark(self.here[column or name])
        self._add(name, new, value, base_changed, base_changed, remark, column)

    def _add(self, name, new, value, base_changed, conflict, remark="", column=None):
        people = self.context.directory.by_id
        problem = permitted.problem(self.item, name, value, by=self.context.by, people=people)
        self.found[name] = {
            "column": name,
            "place": self.line.place(column or name),
            "old": self.here[name],
            "new": new,
            "value": value,
            "base_changed": base_changed,
            "conflict": conflict,
            "problem": problem,
            "remark": remark,
            "taken": not conflict and not problem,
        }

    def _problem(self, name, sentence):
        self.found[name] = {
            "column": name,
            "place": self.line.place(name),
            "old": self.here[name],
            "new": values.short(self.line.text(name), 200),
            "value": None,
            "base_changed": False,
            "conflict": False,
            "problem": sentence,
            "remark": "",
            "taken": False,
        }

    # Column by column

    def _text(self, name):
        said = self._said(name)
        if said is not None:
            said = values.limited(said, permitted.LIMITS[name])
            self._change(name, said, said)

    def _finding(self, name):
        said = self._said(name)
        if said is None:
            return
        found = values.finding(self.line.cell(name)) if said else ""
        label = str(Finding(found).label) if found else ""
        self._change(name, label, found, remark=self._lacks_reason(found))

    def _lacks_reason(self, found):
        if found in {Finding.UNCONFIRMED, Finding.NOT_APPLICABLE} and not (
            self.line.text("reason") or self.item.reason
        ):
            return "It needs a reason before it can be submitted."
        return ""

    def _due(self, name):
        said = self._said(name)
        if said is None:
            return
        if not said:
            raise Unclear("Every item has a due day: it cannot be empty.")
        found = values.day(self.line.cell(name), self.context.order).isoformat()
        self._change(name, found, found)

    def _stakeholder(self, name):
        said = self._said(name)
        if said is None or not values.says_something(said):
            return
        if role := values.role(said):
            self._role(role, name)
        else:
            self._person(said, name)

    def _owner(self, name):
        said = self._said(name)
        if said is None or (said and not values.says_something(said)):
            return
        if said and (role := values.role(said)):
            if values.role(self.line.text("stakeholder")) not in {role, None}:
                raise Unclear(f"“{values.short(said)}” is another stakeholder than this row's. Write a person here.")
            self._role(role, name)
        elif said:
            self._person(said, name)
        elif self.item.owner_id:
            self._change("owner", "", None)

    def _role(self, role, column):
        if role != self.item.role and "stakeholder" not in self.found:
            self._change("stakeholder", str(Role(role).label), str(role), column=column)

    def _person(self, said, column):
        person = self.context.directory.find(said)
        if person is None:
            raise Unclear(
                f"Nobody who works on {self.context.vendor} is certainly meant by “{values.short(said)}”. "
                "Say who it is, or leave it."
            )
        is_exact = column == "owner" and "owner" in self.base
        if person.pk == self.item.owner_id or (not is_exact and person == self.item.holder):
            return
        self._change("owner", person.email, person.pk, column=column)

    def _links(self, name):
        addresses, words = self.line.linked
        self._kept += words
        if self.base.get(name) == mark(self.line.text(name)) and not any(address.title for address in addresses):
            return
        known = {_comparable(url) for url in self._cited()}
        new = {_comparable(each.url): each for each in addresses}
        added = [each for key, each in new.items() if key not in known]
        for each in added:
            if why := self.context.wrong_links.get(each.url):
                raise Unclear(f"{values.short(each.url)}: {why}")
        if added:
            shown = "\n".join([*filter(None, [self.here[name]]), *(each.url for each in added)])
            value = [{"url": each.url, "title": each.title} for each in added]
            self._add(name, shown, value, False, False)

    def _cited(self):
        yield from self.here["links"].split("\n")
        for citation in self.cited:
            yield citation.evidence.current.link
            yield sheet_rows.address_of(citation.evidence_id)

    def _notes(self):
        said = self._said("notes") if self.line.has("notes") else None
        here = self.here["notes"]
        kept = [*self._kept, *self._wanted(), *self.line.kept()]
        target = _with_lines(here if said is None else said, kept)
        if plain(target) == plain(here):
            return
        values.limited(target, permitted.LIMITS["notes"])
        conflict = said is not None and "notes" in self.base and self.base["notes"] != mark(here)
        column = "notes" if self.line.has("notes") else None
        self._add("notes", target, target, conflict, conflict, column=column)
        if not column:
            self.found["notes"]["place"] = self.line.place()

    def _wanted(self):
        """What the team wrote down as the evidence it wants, unless it is what this checklist says."""
        said = self.line.text("wanted")
        if not values.says_something(said) or plain(said) == plain(standing.proofs_in_words(self.item)):
            return []
        return [(self.line.layout.heading(self.line.layout.columns_of("wanted")[0]), said)]

    # The status, last of all: it rests on what the row says besides

    def _status(self, name):
        said = self._said(name)
        if said is None:
            return
        if not said:
            raise Unclear("Every item has a status: it cannot be empty.")
        found, spoken = values.status(self.line.cell(name))
        if self._is_as_it_left(name, str(Status(found).label)) or found == self.item.status:
            return
        if found in {Status.COMPLETE, Status.AWAITING}:
            self._claim(name, spoken)
        elif found == Status.NOT_STARTED:
            # A list kept by hand lags behind; one that left here was changed on purpose.
            if name in self.base:
                raise Unclear(ONE_WAY)
        else:
            self._change(name, str(Status(found).label), str(found))

    def _claim(self, name, spoken):
        """A sheet confirms nothing: what it calls complete is submitted as far as rule 4 lets it, and signed by the owner."""
        if self.item.status not in OPEN:
            return  # It was submitted: more than that no sheet may say.
        would_be, links = self._would_be(spoken)
        in_the_way = self._in_the_way(would_be, links)
        why = " ".join(in_the_way)
        if would_be.finding != self.item.finding and "finding" not in self.found:
            label = str(Finding(would_be.finding).label)
            both = "finding" in self.base and self.base["finding"] != mark(self.here["finding"])
            self._add("finding", label, str(would_be.finding), both, both, column=name)
            self.found["finding"]["remark"] = f"Because the sheet says “{values.short(self.line.text(name))}”." + (
                f" It is not submitted yet: {why}" if why else ""
            )
        if why and self.item.status == Status.IN_PROGRESS:
            return
        remark = f"It will be in progress, not submitted: {why}" if why else "It will await its owner's signature."
        self._change(name, str(Status.COMPLETE.label), str(Status.AWAITING), remark=remark)
        if name in self.found and any(self.found.get(each, {}).get("conflict") for each in ("finding", *TEXTS[:3])):
            # Submitted would be what the sheet does not say.
            self.found[name] |= {"conflict": True, "taken": False}

    def _would_be(self, spoken):
        """`(the item as it would be, whether addresses would be cited)`."""
        would_be = copy(self.item)
        for each in TEXTS[:3]:
            if self.found.get(each, {}).get("taken"):
                setattr(would_be, each, self.found[each]["value"])
        if own := self.found.get("finding"):
            would_be.finding = own["value"] if own["taken"] else self.item.finding
        else:
            would_be.finding = spoken or self.item.finding or Finding.CONFIRMED
        return would_be, bool(self.found.get("links", {}).get("taken"))

    def _in_the_way(self, would_be, links):
        """Why the item as it would be is not submitted, as sentences."""
        if links and would_be.finding == Finding.CONFIRMED and not self.cited:
            return workflow.disputed(would_be)
        return workflow.not_submittable(would_be)


def _with_lines(text, kept):
    """The text with a line “Heading: value” for each of `kept` that it does not have yet."""
    lines = [plain(line) for line in text.split("\n")]
    for heading, said in kept:
        line = f"{heading}: {plain(said)}"
        if plain(line) not in lines:
            lines.append(plain(line))
            text = f"{text}\n{line}" if text.strip() else line
    return text


def _comparable(url):
    parts = urlsplit(url.strip())
    return (parts.netloc.casefold(), parts.path.rstrip("/"), parts.query, parts.fragment)
