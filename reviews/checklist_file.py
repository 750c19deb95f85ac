"""What may a checklist file contain, and what is wrong with this one?

The format is described in docs/checklist-format.md. Nothing here touches the database.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from accounts.choices import STAKEHOLDERS
from evidence.choices import Kind
from reviews.choices import AnsweredBy
from vendors.choices import Channel, Regime

SIZE_LIMIT = 1024 * 1024  # bytes; the 47 statements with their guidance take a tenth of it
DEPTH_LIMIT = 12  # lists and mappings inside each other; the format needs six


class CatalogueError(Exception):
    """What is wrong with a checklist file: `sentences`, each for a person, with line and field where there is one."""

    def __init__(self, sentences: list[str]):
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def _one_of(values: list[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(f"{value!r} is unknown; it can be {', '.join(values)}")
        return value

    return AfterValidator(check)


def _day(value: object) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be a date such as 2026-11-21") from None


Text = Annotated[str, Field(max_length=4000)]
Words = Annotated[Text, Field(min_length=1)]
Name = Annotated[Words, Field(max_length=120)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", max_length=60)]
Count = Annotated[int, Field(ge=1, le=100_000)]
RoleName = Annotated[str, _one_of([role.value for role in STAKEHOLDERS])]
Answerer = Annotated[str, _one_of(AnsweredBy.values)]
ChannelName = Annotated[str, _one_of(Channel.values)]
RegimeName = Annotated[str, _one_of(Regime.values)]
KindName = Annotated[str, _one_of(Kind.values)]


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Form = TypeVar("Form", bound=Entry)


class Gate(Entry):
    go_at: Count
    escalate_at: Count


class CategoryEntry(Entry):
    key: Slug
    name: Name
    count: Count


class Applies(Entry):
    channels: list[ChannelName] = []
    regimes: list[RegimeName] = []


class Proof(Entry):
    kind: KindName
    max_age_months: Annotated[int, Field(ge=1, le=120)] | None = None


class Related(Entry):
    number: Count
    why: Words


class Guidance(Entry):
    ask: Words
    where: Words
    good: Words
    not_enough: Words


class Source(Entry):
    page: Words
    publisher: Text = ""
    seen: Annotated[date, BeforeValidator(_day)]


class StatementEntry(Entry):
    number: Count
    category: Slug
    position: Count
    text: Words
    owner_role: RoleName | None  # no default: that nobody owns a statement has to be said
    suggested_role: RoleName | None = None
    answered_by: Answerer
    answered_by_channel: dict[ChannelName, Answerer] = {}
    applies: Applies = Applies()
    proofs: list[Proof] = []
    related: list[Related] = []
    caution: Text = ""
    regime_notes: dict[RegimeName, Words] = {}
    guidance: Guidance
    channel_notes: dict[ChannelName, Words] = {}
    sources: list[Source] = []


class ChecklistFile(Entry):
    """One version of one checklist, found free of contradictions."""

    slug: Slug
    version: Count
    title: Annotated[Words, Field(max_length=200)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,6})?$")] = "en"
    statement_count: Count
    gate: Gate
    section_days: Annotated[int, Field(ge=1, le=3650)] = 21
    categories: Annotated[list[CategoryEntry], Field(min_length=1)]
    statements: Annotated[list[StatementEntry], Field(min_length=1)]

    @property
    def sha256(self) -> str:
        """Of what the file says, not of its bytes: comments, order of fields and line breaks do not count."""
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()


def read(path: str | Path) -> ChecklistFile:
    """The checklist that the file at `path` describes. Raises CatalogueError with everything that is wrong."""
    return read_as(ChecklistFile, path, _contradictions)


def read_as(form: type[Form], path: str | Path, contradictions: "Contradictions") -> Form:
    """What the YAML file at `path` says in this form. Raises CatalogueError with everything that is wrong, by line.

    `contradictions(tree, plain)` yields what is wrong between its fields, as `(where, sentence)`.
    """
    tree = _parse(_decode(Path(path)))
    plain = _plain(tree)
    problems = [(tuple(error["loc"]), _sentence(error)) for error in _shape_errors(form, plain)]
    problems += list(contradictions(tree, plain))
    if problems:
        located = sorted({(_line(tree, loc), _field(loc), sentence) for loc, sentence in problems})
        raise CatalogueError([f"line {line}: {field}{sentence}" for line, field, sentence in located])
    return form.model_validate(plain)


# From bytes to lists and mappings that know their lines


def _decode(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
        text = raw.decode("utf-8-sig")
    except IsADirectoryError:
        raise CatalogueError(["It is a folder; name the checklist file in it."]) from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise CatalogueError([f"line {line}: the file is not text in UTF-8."]) from None
    except OSError as error:
        raise CatalogueError([f"It cannot be read: {error.strerror}."]) from None
    if len(raw) > SIZE_LIMIT:
        raise CatalogueError([f"The file is larger than {SIZE_LIMIT} bytes."])
    if not text.strip():
        raise CatalogueError(["The file is empty."])
    return text


class _Constructor(RoundTripConstructor):
    """Leaves dates as text: the format's own check names the line of a day that does not exist."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


def _parse(text: str) -> CommentedMap:
    try:
        _refuse_tricks(text)
        yaml = YAML(typ="rt", pure=True)
        yaml.Constructor = _Constructor
        tree = yaml.load(text)
    except DuplicateKeyError as error:
        key = re.search(r'duplicate key "(.*?)"', str(error.problem))
        named = f"the field {key[1]}" if key else "a field"
        raise CatalogueError([f"line {error.problem_mark.line + 1}: {named} is given twice."]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise CatalogueError([f"{where}this is not valid YAML: {error.problem}."]) from None
    except YAMLError as error:
        raise CatalogueError([f"This is not valid YAML: {str(error).splitlines()[0]}."]) from None
    except ValueError:
        raise CatalogueError(["This is not valid YAML: a number in it cannot be read."]) from None
    if not isinstance(tree, CommentedMap):
        raise CatalogueError(["line 1: the file must hold fields, such as slug, version and statements."])
    return tree


def _refuse_tricks(text: str) -> None:
    """Refuse what makes a small file large or deep in memory, and characters no database or page can hold."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            trick = "anchors and aliases are not allowed"
        elif getattr(event, "tag", None):
            trick = "tags are not allowed"
        elif depth > DEPTH_LIMIT:
            trick = "lists and mappings are nested too deeply"
        elif isinstance(event, ScalarEvent) and not all(map(_is_readable, event.value)):
            trick = "a control character is not allowed"
        else:
            continue
        raise CatalogueError([f"line {event.start_mark.line + 1}: {trick}."])


def _is_readable(char: str) -> bool:
    return char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"}


def _plain(node: Any) -> Any:
    """The tree without its lines: pydantic's strict types know nothing of the parser's own kinds of text."""
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _line(tree: Any, loc: tuple) -> int:
    """The line, counted from 1, of the field at `loc`, or of the nearest thing around it that is there."""
    node, line = tree, tree.lc.line
    for step in loc:
        if isinstance(node, CommentedMap) and step in node:
            line = node.lc.key(step)[0]
        elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
            line = node.lc.item(step)[0]
        else:
            break
        node = node[step]
    return line + 1


def _field(loc: tuple) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc if step != "[key]")
    return f"{path.removeprefix('.')}: " if path else ""


# Is every field there and of the right kind?

_PLAIN_WORDS = {
    "missing": "is missing.",
    "extra_forbidden": "is not a field of this format.",
    "string_type": "must be text.",
    "string_too_short": "must not be empty.",
    "int_type": "must be a whole number.",
    "list_type": "must be a list.",
    "dict_type": "must hold named fields.",
    "model_type": "must hold named fields.",
    "too_short": "must not be empty.",
    "string_too_long": "must have at most {max_length} characters.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than_equal": "must be at most {le}.",
}


def _shape_errors(form: type[BaseModel], plain: Any) -> list:
    try:
        form.model_validate(plain)
    except ValidationError as error:
        return error.errors(include_url=False)
    return []


def _sentence(error: Any) -> str:
    if error["type"] == "value_error":
        return f"{error['ctx']['error']}."
    if error["type"] == "string_pattern_mismatch":
        return f"{error['input']!r} has the wrong form; it must match {error['ctx']['pattern']}."
    words = _PLAIN_WORDS.get(error["type"], f"{error['msg']}.")
    return words.format(**error.get("ctx", {}))


# Does the file contradict itself? Each check works on whatever has the right kind, so that all errors come at once.

Problems = Iterator[tuple[tuple, str]]  # where, and what is wrong there
Contradictions = Callable[[CommentedMap, dict], Problems]


def _contradictions(tree: CommentedMap, plain: dict) -> Problems:
    statements = mappings(plain.get("statements"))
    total = _whole(plain, "statement_count")
    yield from _gate_problems(plain.get("gate"), total)
    yield from repeated(tree, [(("statements", i, "number"), s.get("number")) for i, s in statements])
    yield from _number_problems(statements, total)
    yield from _category_problems(tree, mappings(plain.get("categories")), statements)
    yield from _related_problems(statements)
    for index, statement in statements:
        if statement.get("owner_role") and statement.get("suggested_role"):
            yield ("statements", index, "suggested_role"), "is only for a statement whose owner_role is null."


def mappings(value: Any) -> list[tuple[int, dict]]:
    return [(i, entry) for i, entry in enumerate(value) if isinstance(entry, dict)] if isinstance(value, list) else []


def _whole(entry: Any, name: str) -> int | None:
    value = entry.get(name) if isinstance(entry, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def repeated(tree: CommentedMap, places: list) -> Problems:
    """Every value that stands at more than one of the `(loc, value)` places, but the first."""
    first: dict = {}
    for loc, value in places:
        if not isinstance(value, int | str):
            continue
        if value in first:
            yield loc, f"{value} is used twice; the first is on line {_line(tree, first[value])}."
        first.setdefault(value, loc)


def _gate_problems(gate: Any, total: int | None) -> Problems:
    for name in ("go_at", "escalate_at"):
        threshold = _whole(gate, name)
        if threshold and total and threshold > total:
            yield ("gate", name), f"{threshold} is more than statement_count, {total}."


def _number_problems(statements: list, total: int | None) -> Problems:
    if total is None:
        return
    numbers = {number for _, entry in statements if (number := _whole(entry, "number"))}
    missing = _missing(numbers, total)
    if len(statements) != total:
        yield ("statement_count",), f"says {total}, the file has {len(statements)}{missing}."
    elif missing:
        yield ("statements",), f"must be numbered from 1 to {total} without a gap{missing}."
    for index, entry in statements:
        if (number := _whole(entry, "number")) and number > total:
            yield ("statements", index, "number"), f"{number} is more than statement_count, {total}."


def _missing(found: set, total: int) -> str:
    absent = [number for number in range(1, min(total, 100_000) + 1) if number not in found]
    if not absent:
        return ""
    shown = ", ".join(map(str, absent[:10])) + (" and more" if len(absent) > 10 else "")
    return f"; missing number{'s' if len(absent) > 1 else ''} {shown}"


def _category_problems(tree: CommentedMap, categories: list, statements: list) -> Problems:
    yield from repeated(tree, [(("categories", i, "key"), c.get("key")) for i, c in categories])
    keys = [entry.get("key") for _, entry in categories]
    members = Counter(str(entry.get("category")) for _, entry in statements)
    for index, entry in categories:
        key, count = entry.get("key"), _whole(entry, "count")
        if count and count != members[str(key)]:
            yield ("categories", index, "count"), f"says {count}, the file has {members[str(key)]} of {key}."
    places = defaultdict(list)
    for index, entry in statements:
        category = entry.get("category")
        if isinstance(category, str):
            places[category].append((("statements", index, "position"), entry.get("position")))
            if category not in keys:
                yield ("statements", index, "category"), f"{category!r} is not among the categories."
    for key, positions in places.items():
        yield from repeated(tree, positions)
        if missing := _missing({value for _, value in positions if isinstance(value, int)}, len(positions)):
            yield positions[0][0], f"positions in {key} must run from 1 to {len(positions)}{missing}."


def _related_problems(statements: list) -> Problems:
    pairs = {}
    for index, entry in statements:
        for place, relation in mappings(entry.get("related")):
            if (number := _whole(entry, "number")) and (named := _whole(relation, "number")):
                pairs[(number, named)] = ("statements", index, "related", place, "number")
    numbers = {_whole(entry, "number") for _, entry in statements}
    for (named_by, other), loc in pairs.items():
        if other == named_by:
            yield loc, "a statement cannot be related to itself."
        elif other not in numbers:
            yield loc, f"there is no statement {other}."
        elif (other, named_by) not in pairs:
            yield loc, f"statement {other} must name {named_by} as related too."
