"""How does a checklist file become a checklist that reviews can use?"""

from enum import StrEnum
from pathlib import Path

from django.db import transaction

from audit import log
from reviews.checklist_file import CatalogueError, ChecklistFile, StatementEntry, read
from reviews.models import Category, Checklist, Statement

__all__ = ["CatalogueError", "Change", "ChecklistFile", "load", "read", "store"]


class Change(StrEnum):
    """What loading a file did."""

    LOADED = "loaded"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


def load(path: str | Path) -> tuple[Checklist, Change]:
    """Read a file and store its checklist version. Raises CatalogueError when the file is wrong, and as `store`."""
    return store(read(path))


def store(file: ChecklistFile) -> tuple[Checklist, Change]:
    """Store the checklist version and say what that changed. Storing the same content again changes nothing.

    One transaction with its audit event. Raises CatalogueError when the content differs from a version
    that a review uses: what people signed must stay what it was (rule 6).
    """
    fingerprint = file.sha256
    with transaction.atomic():
        checklist, created = Checklist.objects.select_for_update().get_or_create(
            slug=file.slug, version=file.version, defaults=_columns(file, fingerprint)
        )
        if not created and checklist.sha256 == fingerprint:
            return checklist, Change.UNCHANGED
        before = {} if created else _summary(checklist)
        if not created:
            _empty(checklist, file)
        _fill(checklist, file)
        change = Change.LOADED if created else Change.REPLACED
        log.record(
            f"checklist.{change}",
            checklist,
            content_hash=f"sha256:{fingerprint}",
            before=before,
            after=_summary(checklist),
        )
    return checklist, change


def _columns(file: ChecklistFile, fingerprint: str) -> dict:
    return {
        "title": file.title,
        "language": file.language,
        "go_at": file.gate.go_at,
        "escalate_at": file.gate.escalate_at,
        "section_days": file.section_days,
        "sha256": fingerprint,
    }


def _empty(checklist: Checklist, file: ChecklistFile) -> None:
    used = checklist.reviews.count()
    if used:
        reviews = "1 review" if used == 1 else f"{used} reviews"
        raise CatalogueError(
            [
                f"{file.slug}, version {file.version} is used by {reviews} and cannot change. "
                f"Save the new text as version {file.version + 1}."
            ]
        )
    checklist.categories.all().delete()
    for name, value in _columns(file, file.sha256).items():
        setattr(checklist, name, value)
    checklist.save()


def _fill(checklist: Checklist, file: ChecklistFile) -> None:
    categories = {
        entry.key: Category.objects.create(checklist=checklist, key=entry.key, name=entry.name, position=position)
        for position, entry in enumerate(file.categories, start=1)
    }
    Statement.objects.bulk_create(_statement(checklist, categories[entry.category], entry) for entry in file.statements)


def _statement(checklist: Checklist, category: Category, entry: StatementEntry) -> Statement:
    said = entry.model_dump(mode="json", exclude={"category", "applies", "guidance", "owner_role", "suggested_role"})
    return Statement(
        checklist=checklist,
        category=category,
        owner_role=entry.owner_role or "",
        suggested_role=entry.suggested_role or "",
        **said,
        **entry.applies.model_dump(),
        **entry.guidance.model_dump(),
    )


def _summary(checklist: Checklist) -> dict:
    return {"title": checklist.title, "sha256": checklist.sha256, "statements": checklist.statements.count()}
