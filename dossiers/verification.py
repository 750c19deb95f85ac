"""Is every finished dossier and paper still what was made?"""

from collections.abc import Iterator

from dossiers.choices import State
from dossiers.models import Dossier, Paper
from evidence.verification import AT_ONCE, Stored, damage


def stored() -> Iterator[Stored]:
    """The file of every finished dossier and paper."""
    yield from _stored("dossier", Dossier)
    yield from _stored("paper", Paper)


def files() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each dossier's file. Raises Unreachable when the storage does not answer."""
    return _files("dossier", Dossier)


def papers() -> Iterator[tuple[str, str]]:
    """The same of each paper's file."""
    return _files("paper", Paper)


def _files(word, model) -> Iterator[tuple[str, str]]:
    for each in _stored(word, model):
        yield each.label, damage(each)


def _stored(word, model) -> Iterator[Stored]:
    rows = model.objects.filter(state=State.READY).order_by("pk")
    for pk, *file in rows.values_list("pk", "file", "size", "sha256").iterator(chunk_size=AT_ONCE):
        yield Stored(f"{word} {pk}", *file)
