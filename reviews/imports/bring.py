"""How does a file or a pasted table come in? It is kept as it came, and a worker is asked to read it."""

import hashlib

from django.db import transaction

from accounts.permissions import Refused, ask
from evidence.names import display_name
from reviews import sheets
from reviews.choices import ImportKind
from reviews.imports import journal, reading
from reviews.models import Import
from reviews.permissions import can_import
from reviews.sheets import kinds, limits

LONGEST_NAME = Import._meta.get_field("name").max_length


def bring(review, *, by, file, name, kind=ImportKind.SHEET):
    """Keep the bytes of an upload and have them read later; returns the Import.

    Raises PermissionDenied, or Refused with a sentence when the file is none of `sheets.SPREADSHEETS`, empty or larger than any is read.
    """
    ask(can_import(by, review))
    name = display_name(name)[:LONGEST_NAME]
    kinds.decide(file, name, sheets.SPREADSHEETS)
    file.seek(0)
    content = file.read()
    return _keep(review, by, name, content, kind)


def paste(review, *, by, text):
    """Keep a table as it was pasted, with tabs or commas between its cells. Raises as `bring` does."""
    ask(can_import(by, review))
    if not text.strip():
        raise Refused("Nothing was pasted.")
    if len(text) > limits.PASTED_CHARACTERS:
        raise Refused(
            f"These are {len(text):,} characters; up to {limits.PASTED_CHARACTERS:,} can be pasted. Bring a file."
        )
    content = text.encode("utf-8", "replace")
    return _keep(review, by, reading.PASTED, content, ImportKind.SHEET)


@transaction.atomic
def _keep(review, by, name, content, kind):
    digest = hashlib.sha256(content).hexdigest()
    source = Import.objects.create(
        review=review, kind=kind, name=name, sha256=digest, size=len(content), content=content, created_by=by
    )
    journal.record(
        "import.brought",
        source,
        by=by,
        content_hash=f"sha256:{digest}",
        after={"name": name, "size": len(content), "kind": str(kind)},
    )
    reading.send_later(source)
    return source
