"""What happens when someone reads a stored file? The event is committed first, and damaged files are not handed out."""

import hashlib
import logging
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.utils.http import content_disposition_header

from accounts.permissions import Refused
from audit import log
from evidence import storage

logger = logging.getLogger(__name__)

# A browser neither runs nor keeps what it gets.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
}
MISSING = "The file is missing from the storage."
SIGNED_FOR_SECONDS = 60


def open_to_read(version, *, by):
    """Return the version's file, opened and compared with what was stored, after committing the event of reading it.

    Raises as `opened` does.
    """
    return opened(
        version.file,
        size=version.size,
        sha256=version.sha256,
        record=lambda damage: record_reading(version, by=by, damage=damage),
    )


def record_reading(version, *, by, damage="", **also):
    """Write down, in the caller's transaction, that the version was read, or what is wrong with its file; `also` says how."""
    evidence = version.evidence
    said = {"version": version.number, "name": version.name, "confidentiality": evidence.confidentiality}
    log.record(
        "evidence.damaged" if damage else "evidence.read",
        evidence,
        label=str(version),
        actor=by,
        vendor=evidence.vendor,
        content_hash=f"sha256:{version.sha256}",
        reason=damage,
        after=said | also,
    )


def opened(stored, *, size, sha256, record):
    """Return the stored file at its beginning, once it was found to be what was stored and `record` wrote the event.

    Reading comes after the event, so that no byte leaves unrecorded (rule 24). `record(damage)` is called with what
    is wrong in words, or ''. Raises Refused with those words, after recording them, when the file is missing or differs;
    storage.Unreachable, and nothing is recorded, when the storage cannot tell.
    """
    damage = _damage(stored, size, sha256)
    try:
        with transaction.atomic():
            record(damage)
    except Exception:
        stored.close()
        raise
    if damage:
        logger.error("%s: %s", stored.name, damage)
        raise Refused(damage)
    return stored


def _damage(stored, size, sha256):
    """Open the file and say how it differs from what was stored; '', and it is at its beginning, when it does not."""
    try:
        stored.open("rb")
        damage = difference(stored.file, size, sha256)
    except FileNotFoundError:
        storage.require(stored.name)
        damage = MISSING
    except OSError as error:
        stored.close()
        raise storage.Unreachable(f"{stored.name} cannot be read: {error}") from error
    if damage:
        stored.close()
    else:
        stored.seek(0)
    return damage


def difference(file, size, sha256):
    """How the opened file differs from what was stored, in words, or ''."""
    if file.size != size:
        return f"The file in the storage has {file.size} bytes; {size} were stored."
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        return "The file in the storage has other contents than were stored: its SHA-256 differs."
    return ""


def attachment(file, *, name, content_type):
    """A stored file that was `opened`, as a response: always an attachment, sent by whom settings.DOWNLOADS names."""
    if settings.DOWNLOADS == "web":
        return FileResponse(file, as_attachment=True, filename=name, content_type=content_type, headers=HEADERS)
    file.close()
    disposition = content_disposition_header(as_attachment=True, filename=name)
    if settings.DOWNLOADS == "signed":
        return _signed(file, disposition, content_type)
    headers = {"Content-Disposition": disposition, "X-Accel-Redirect": f"/_files/{quote(file.name)}"}
    return HttpResponse(content_type=content_type, headers=HEADERS | headers)


def _signed(file, disposition, content_type):
    """To an address of S3 that whoever has it may use for a minute; no page it leads to hears where it came from."""
    said = {
        "ResponseContentDisposition": disposition,
        "ResponseContentType": content_type,
        "ResponseCacheControl": HEADERS["Cache-Control"],
    }
    address = file.storage.url(file.name, parameters=said, expire=SIGNED_FOR_SECONDS)
    return HttpResponseRedirect(address, headers=HEADERS | {"Referrer-Policy": "no-referrer"})
