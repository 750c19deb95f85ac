"""Which question of which questionnaire helps to answer which statement?

A mapping is a file kept as data (docs/questionnaire-format.md). Some ship; others are loaded by `load_questionnaire`.
It holds ids and our own judgement of them, never the words of a questionnaire, which are its publisher's.
"""

import hashlib
import json
import re
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from django.conf import settings
from django.db import transaction
from pydantic import AfterValidator, Field
from ruamel.yaml.comments import CommentedMap

from audit import log
from reviews.catalogue import Change
from reviews.checklist_file import (
    CatalogueError,
    Count,
    Entry,
    Name,
    Problems,
    Slug,
    Words,
    mappings,
    read_as,
    repeated,
)
from reviews.choices import Relevance
from reviews.models import Checklist, LoadedMapping

SHIPPED = settings.BASE_DIR / "fixtures" / "questionnaires"
LONGEST_ID = 40  # characters
LONGEST_HEADING = 300  # characters; in longer texts looking for brackets takes long
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


class Says(StrEnum):
    """What an answer comes to."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not applicable"
    OTHER = "other"


def plain_id(text: str) -> str:
    """The id as ids are compared: no spaces, capitals, one kind of dash, numbers without zeros in front."""
    text = "".join(character for character in text.translate(_DASHES) if character.isprintable())
    return re.sub(r"0*(\d+)", r"\1", "".join(text.split()).upper())


def plain_heading(text: str) -> str:
    """A heading as headings are compared: small letters, single spaces, without what stands in brackets."""
    return " ".join(re.sub(r"\([^)]*\)", " ", text[:LONGEST_HEADING]).split()).casefold().strip(" :*")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no pattern: {error}") from None
    return text


def _relevance(text: str) -> str:
    if text not in Relevance.values:
        raise ValueError(f"{text!r} is unknown; it can be {', '.join(Relevance.values)}")
    return text


def _yes_or_no(text: str) -> str:
    if text not in {Says.YES, Says.NO}:
        raise ValueError(f"{text!r} is unknown; it can be yes, no")
    return text


Id = Annotated[Words, Field(max_length=LONGEST_ID)]
Some = Annotated[list[Name], Field(min_length=1)]


class Headings(Entry):
    """By which headings the columns are found; of several that are there, the first of the list."""

    id: Some
    answer: Some
    question: list[Name] = []
    comments: list[Name] = []
    owner: list[Name] = []


class Answers(Entry):
    """Which words of an answer mean yes, no and not applicable."""

    yes: Some = ["yes", "y", "true"]
    no: Some = ["no", "n", "false"]
    not_applicable: Some = ["na", "n/a", "n.a.", "not applicable"]


class Helps(Entry):
    """`against` is the answer that speaks against the statement."""

    number: Count
    relevance: Annotated[str, AfterValidator(_relevance)]
    against: Annotated[str, AfterValidator(_yes_or_no)] = Says.NO.value


class QuestionEntry(Entry):
    id: Id
    helps: Annotated[list[Helps], Field(min_length=1)]


class Mapping(Entry):
    """One questionnaire in the versions whose ids mean the same, mapped to one version of one checklist."""

    slug: Slug
    title: Annotated[Words, Field(max_length=60)]
    versions: list[Name] = []
    recognised_by: list[Name] = []
    checklist: Slug
    checklist_version: Count
    id_pattern: Annotated[Words, Field(max_length=200), AfterValidator(_pattern)]
    headings: Headings
    answers: Answers = Answers()
    questions: Annotated[list[QuestionEntry], Field(min_length=1)]

    @property
    def sha256(self) -> str:
        said = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def by_id(self) -> dict[str, QuestionEntry]:
        return {plain_id(entry.id): entry for entry in self.questions}

    @property
    def numbers(self) -> set[int]:
        """The statements it has questions for."""
        return {helps.number for entry in self.questions for helps in entry.helps}

    def looks_like_id(self, text: str) -> bool:
        return len(text) <= LONGEST_ID and bool(re.fullmatch(self.id_pattern, text.strip(), re.IGNORECASE))

    def says(self, answer: str) -> Says:
        word = " ".join(answer.split()).casefold().rstrip(".!")
        for said in (Says.YES, Says.NO, Says.NOT_APPLICABLE):
            words = getattr(self.answers, said.name.lower())
            if word in {each.casefold().rstrip(".!") for each in words}:
                return said
        return Says.OTHER


def read(path: str | Path) -> Mapping:
    """What the file at `path` maps. Raises CatalogueError with everything that is wrong, by line."""
    return read_as(Mapping, path, _contradictions)


def _contradictions(tree: CommentedMap, plain: dict) -> Problems:
    entries = mappings(plain.get("questions"))
    ids = [(("questions", index, "id"), _known(entry.get("id"))) for index, entry in entries]
    yield from repeated(tree, ids)
    for index, entry in entries:
        helps = mappings(entry.get("helps"))
        yield from repeated(
            tree, [(("questions", index, "helps", place, "number"), each.get("number")) for place, each in helps]
        )
    pattern = plain.get("id_pattern")
    try:
        fits = re.compile(pattern, re.IGNORECASE) if isinstance(pattern, str) else None
    except re.error:
        return  # Said of the field itself.
    for index, entry in entries:
        if fits and isinstance(entry.get("id"), str) and not fits.fullmatch(entry["id"]):
            yield ("questions", index, "id"), f"{entry['id']!r} does not fit id_pattern."


def _known(value: object) -> str | None:
    return plain_id(value) if isinstance(value, str) else None


# Where they are kept


@lru_cache
def _shipped() -> dict[str, Mapping]:
    return {found.slug: found for found in map(read, sorted(SHIPPED.glob("*.yaml")))}


def every() -> dict[str, Mapping]:
    """`{slug: mapping}`: what ships, and what was loaded, which takes the place of what ships under the same slug."""
    loaded = {row.slug: Mapping.model_validate(row.content) for row in LoadedMapping.objects.all()}
    return _shipped() | loaded


def fitting(checklist: Checklist) -> dict[str, Mapping]:
    """Those for this version of this checklist, by slug."""
    return {
        slug: found
        for slug, found in every().items()
        if (found.checklist, found.checklist_version) == (checklist.slug, checklist.version)
    }


def load(path: str | Path) -> tuple[Mapping, Change]:
    """Read a file and keep it. The same content again changes nothing; other content replaces it, with one event.

    Raises CatalogueError when the file is wrong, or its checklist is not loaded or has no such statement. What was
    proposed by an earlier content stays as it was proposed.
    """
    file = read(path)
    _refuse_unknown(file)
    with transaction.atomic():
        row, created = LoadedMapping.objects.select_for_update().get_or_create(
            slug=file.slug, defaults={"content": file.model_dump(mode="json"), "sha256": file.sha256}
        )
        before = {} if created else {"sha256": row.sha256}
        if before.get("sha256") == file.sha256:
            return file, Change.UNCHANGED
        row.content, row.sha256 = file.model_dump(mode="json"), file.sha256
        row.save()
        change = Change.LOADED if created else Change.REPLACED
        after = {"title": file.title, "sha256": file.sha256, "questions": len(file.questions)}
        log.record(
            f"questionnaire.mapping_{change}", row, content_hash=f"sha256:{file.sha256}", before=before, after=after
        )
    return file, change


def _refuse_unknown(file: Mapping) -> None:
    checklist = Checklist.objects.filter(slug=file.checklist, version=file.checklist_version).first()
    if checklist is None:
        raise CatalogueError([f"{file.checklist}, version {file.checklist_version} is not loaded: load it first."])
    numbers = set(checklist.statements.values_list("number", flat=True))
    wrong = [
        f"questions[{index}].helps: there is no statement {helps.number} in {checklist.slug}, version {checklist.version}."
        for index, entry in enumerate(file.questions)
        for helps in entry.helps
        if helps.number not in numbers
    ]
    if wrong:
        raise CatalogueError(wrong)
