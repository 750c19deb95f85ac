"""Is every finished dossier still what was made?"""

from collections.abc import Iterator

from dossiers.choices import State
from dossiers.models import Dossier
from evidence.verification import AT_ONCE, Stored, damage


def stored() -> Iterator[Stored]:
    """The file of every finished dossier."""
    rows = Dossier.objects.filter(state=State.READY).order_by("pk")
    for pk, *file in rows.values_list("pk", "file", "size", "sha256").iterator(chunk_size=AT_ONCE):
        yield Stored(f"dossier {pk}", *file)


def files() -> Iterator[tuple[str, str]]:
    """`(label, what is wrong or '')` of each file. Raises Unreachable when the storage does not answer."""
    for each in stored():
        yield each.label, damage(each)
