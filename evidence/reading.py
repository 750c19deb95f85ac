"""What happens when someone reads a stored file? The event is committed first, and damaged files are not handed out."""

import hashlib
import logging

from django.db import transaction
from django.http import FileResponse

from accounts.permissions import Refused
from audit import log

logger = logging.getLogger(__name__)


def open_to_read(version, *, by):
    """Return the version's file, opened and compared with what was stored, after committing the event of reading it.

    Raises as `opened` does.
    """
    evidence = version.evidence

    def record(damage):
        log.record(
            "evidence.damaged" if damage else "evidence.read",
            evidence,
            label=str(version),
            actor=by,
            vendor=evidence.vendor,
            content_hash=f"sha256:{version.sha256}",
            reason=damage,
            after={"version": version.number, "name": version.name, "confidentiality": evidence.confidentiality},
        )

    return opened(version.file, size=version.size, sha256=version.sha256, record=record)


def opened(stored, *, size, sha256, record):
    """Return the stored file at its beginning, once it was found to be what was stored and `record` wrote the event.

    Reading comes after the event, so that no byte leaves unrecorded (rule 24). `record(damage)` is called with what
    is wrong in words, or ''. Raises Refused with those words, after recording them, when the file is missing or differs.
    """
    file, damage = _compared(stored, size, sha256)
    try:
        with transaction.atomic():
            record(damage)
    except Exception:
        if file:
            file.close()
        raise
    if damage:
        logger.error("%s: %s", stored.name, damage)
        raise Refused(damage)
    return file


def _compared(stored, size, sha256):
    try:
        file = stored.open("rb")
    except OSError:
        return None, "The file is missing from the storage."
    if stored.size != size:
        damage = f"The file in the storage has {stored.size} bytes; {size} were stored."
    elif hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        damage = "The file in the storage has other contents than were stored: its SHA-256 differs."
    else:
        file.seek(0)
        return file, ""
    file.close()
    return None, damage


def attachment(file, *, name, content_type):
    """The file as a response: always an attachment, never run or kept by the browser."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, no-store",
    }
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type, headers=headers)
