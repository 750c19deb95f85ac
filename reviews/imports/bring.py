"""How does a file or a pasted table come in? It is kept as it came, and a worker is asked to read it."""

import hashlib
import logging

from django.db import transaction

from accounts.permissions import Refused, ask
from evidence.names import display_name
from evidence.uploads import megabytes
from reviews import events, sheets
from reviews.choices import ImportKind
from reviews.models import Import
from reviews.permissions import can_import

logger = logging.getLogger(__name__)

PASTED = "Pasted table"
NOT_SENT = "The queue does not answer; this is sent again by itself."
LONGEST_NAME = Import._meta.get_field("name").max_length


def bring(review, *, by, file, name, kind=ImportKind.SHEET):
    """Keep the bytes of an upload and have them read later; returns the Import.

    Raises PermissionDenied, or Refused with a sentence when the file is empty or larger than any is read.
    """
    ask(can_import(by, review))
    name = display_name(name)[:LONGEST_NAME]
    if file.size > sheets.MOST_BYTES:
        raise Refused(
            f"“{name}” has {megabytes(file.size)}; a file that is read may have up to {megabytes(sheets.MOST_BYTES)}."
        )
    file.seek(0)
    content = file.read()
    if not content:
        raise Refused(f"“{name}” is empty: it has 0 bytes.")
    return _keep(review, by, name, content, kind)


def paste(review, *, by, text):
    """Keep a table as it was pasted, with tabs or commas between its cells. Raises as `bring` does."""
    ask(can_import(by, review))
    if not text.strip():
        raise Refused("Nothing was pasted.")
    content = text.encode()
    if len(content) > sheets.MOST_BYTES:
        raise Refused(
            f"This text has {megabytes(len(content))}; up to {megabytes(sheets.MOST_BYTES)} are read at once."
        )
    return _keep(review, by, PASTED, content, ImportKind.SHEET)


@transaction.atomic
def _keep(review, by, name, content, kind):
    digest = hashlib.sha256(content).hexdigest()
    source = Import.objects.create(
        review=review, kind=kind, name=name, sha256=digest, size=len(content), content=content, created_by=by
    )
    events.record(
        "import.brought",
        source,
        review=review,
        by=by,
        about=f"import of “{name}”",
        label=name,
        content_hash=f"sha256:{digest}",
        after={"name": name, "size": len(content), "kind": str(kind)},
    )
    send_later(source)
    return source


def send_later(source):
    """Ask a worker to read it, or to plan it again, once the transaction is committed. When the queue does not answer
    the import says so, and is sent again.
    """
    transaction.on_commit(lambda: _send(source))


def _send(source):
    from kombu.exceptions import OperationalError

    from reviews import tasks

    try:
        tasks.read_import.delay(source.pk)
    except OperationalError:
        logger.warning("%s waits: the queue does not answer", source)
        Import.objects.filter(pk=source.pk).unfinished().update(problem=NOT_SENT)
