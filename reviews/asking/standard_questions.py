"""Which questions ship with a checklist, how do they get into the database, and which fit a review?

The format is described in docs/checklist-format.md. Nobody signs a standard question, so a newer file may say it
better: what was asked keeps the words it was asked in.
"""

from pathlib import Path
from typing import Annotated

from django.db import transaction
from pydantic import Field
from ruamel.yaml.comments import CommentedMap

from audit import log
from reviews.catalogue import Change
from reviews.checklist_file import (
    CatalogueError,
    ChannelName,
    Count,
    Entry,
    Problems,
    Slug,
    Text,
    Words,
    mappings,
    read_as,
    repeated,
)
from reviews.models import Checklist, StandardQuestion

ENDING = ".questions.yaml"
SAID = ("topic", "position", "text", "wanted", "numbers", "channels", "is_retired")


class QuestionEntry(Entry):
    key: Slug
    topic: Annotated[Words, Field(max_length=60)]
    text: Words
    wanted: Text = ""
    numbers: Annotated[list[Count], Field(min_length=1)]
    channels: list[ChannelName] = []


class QuestionFile(Entry):
    """The questions that ship with one version of one checklist."""

    checklist: Slug
    version: Count
    questions: Annotated[list[QuestionEntry], Field(min_length=1)]


def beside(path: str | Path) -> Path | None:
    """The file of questions beside a checklist file (`list.yaml` and `list.questions.yaml`), or None."""
    path = Path(path)
    found = path.with_name(path.stem + ENDING)
    return found if found.is_file() else None


def read(path: str | Path) -> QuestionFile:
    """What the file at `path` asks. Raises CatalogueError with everything that is wrong."""
    return read_as(QuestionFile, path, _contradictions)


def _contradictions(tree: CommentedMap, plain: dict) -> Problems:
    entries = mappings(plain.get("questions"))
    yield from repeated(tree, [(("questions", index, "key"), entry.get("key")) for index, entry in entries])
    for index, entry in entries:
        numbers = entry.get("numbers")
        places = enumerate(numbers if isinstance(numbers, list) else [])
        yield from repeated(tree, [(("questions", index, "numbers", place), number) for place, number in places])


def load(path: str | Path) -> tuple[Checklist, Change]:
    """Read a file and store its questions. Raises CatalogueError when the file is wrong, and as `store`."""
    return store(read(path))


@transaction.atomic
def store(file: QuestionFile) -> tuple[Checklist, Change]:
    """Store the questions: changed ones in place, those no longer in the file retired. One event when anything changed.

    Raises CatalogueError when their checklist version is not loaded or has no such statement.
    """
    checklist = Checklist.objects.select_for_update().filter(slug=file.checklist, version=file.version).first()
    if checklist is None:
        raise CatalogueError([f"{file.checklist}, version {file.version} is not loaded: load the checklist first."])
    _refuse_unknown(checklist, file)
    there = {question.key: question for question in checklist.standard_questions.all()}
    after = {
        entry.key: entry.model_dump(exclude={"key"}) | {"position": position, "is_retired": False}
        for position, entry in enumerate(file.questions, start=1)
    }
    for key, question in there.items():
        after.setdefault(key, {name: getattr(question, name) for name in SAID} | {"is_retired": True})
    added = sorted(after.keys() - there)
    changed = sorted(
        key for key, row in there.items() if any(getattr(row, name) != value for name, value in after[key].items())
    )
    for key in [*added, *changed]:
        StandardQuestion.objects.update_or_create(checklist=checklist, key=key, defaults=after[key])
    if not added and not changed:
        return checklist, Change.UNCHANGED
    retired = [key for key in changed if after[key]["is_retired"]]
    log.record(
        "checklist.questions_loaded",
        checklist,
        before={"questions": len(there)},
        after={"added": added, "changed": [key for key in changed if key not in retired], "retired": retired},
    )
    return checklist, Change.REPLACED if there else Change.LOADED


def _refuse_unknown(checklist: Checklist, file: QuestionFile) -> None:
    numbers = set(checklist.statements.values_list("number", flat=True))
    wrong = [
        f"questions[{index}].numbers: there is no statement {number} in {checklist.slug}, version {checklist.version}."
        for index, entry in enumerate(file.questions)
        for number in entry.numbers
        if number not in numbers
    ]
    if wrong:
        raise CatalogueError(wrong)


def fitting(review):
    """The standard questions that fit the review's deployment and are not among its questions yet, in their order.

    One that helps only statements which do not apply to the deployment's regimes or channel does not fit.
    """
    deployment = review.deployment
    applying = {
        number
        for number, channels, regimes in review.checklist.statements.values_list("number", "channels", "regimes")
        if (not channels or deployment.channel in channels) and (not regimes or set(regimes) & set(deployment.regimes))
    }
    asked = review.questions.exclude(standard=None).values("standard")
    rows = review.checklist.standard_questions.filter(is_retired=False).exclude(pk__in=asked)
    return [
        row
        for row in rows
        if (not row.channels or deployment.channel in row.channels) and applying.intersection(row.numbers)
    ]
