"""Is every finished dossier, paper and package still what was made?"""

from collections.abc import Iterator

from dossiers.choices import State
from dossiers.models import Dossier, Package, Paper
from evidence.verification import AT_ONCE, Stored, damage


def stored() -> Iterator[Stored]:
    """The file of every finished dossier, paper and package."""
    yield from _stored("dossier", Dossier)
    yield from _stored("paper", Paper)
    yield from _stored("package", Package)


def files() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each dossier's file. Raises Unreachable when the storage does not answer."""
    return _files("dossier", Dossier)


def papers() -> Iterator[tuple[str, str]]:
    """The same of each paper's file."""
    return _files("paper", Paper)


def packages() -> Iterator[tuple[str, str]]:
    """The same of each package's file."""
    return _files("package", Package)


def _files(word, model) -> Iterator[tuple[str, str]]:
    for each in _stored(word, model):
        yield each.label, damage(each)


def _stored(word, model) -> Iterator[Stored]:
    rows = model.objects.filter(state=State.READY).order_by("pk")
    for pk, *file in rows.values_list("pk", "file", "size", "sha256").iterator(chunk_size=AT_ONCE):
        yield Stored(f"{word} {pk}", *file)
