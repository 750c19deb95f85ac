"""What happens when someone reads a file? The event is committed first, and damaged files are not handed out."""

import hashlib
import logging

from django.db import transaction

from accounts.permissions import Refused
from audit import log

logger = logging.getLogger(__name__)


def open_to_read(version, *, by):
    """Return the version's file, opened and compared with what was stored, after committing the event of reading it.

    Reading comes after the event, so that no byte leaves unrecorded (rule 24). Raises Refused, after recording
    that, when the file is missing or is no longer the one that was stored.
    """
    file, damage = _opened(version)
    try:
        _record(version, by, damage)
    except Exception:
        if file:
            file.close()
        raise
    if damage:
        logger.error("evidence %s, version %s: %s", version.evidence.pk, version.number, damage)
        raise Refused(damage)
    return file


def _record(version, by, damage):
    evidence = version.evidence
    with transaction.atomic():
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


def _opened(version):
    try:
        file = version.file.open("rb")
    except OSError:
        return None, "The file is missing from the storage."
    if version.file.size != version.size:
        damage = f"The file in the storage has {version.file.size} bytes; {version.size} were stored."
    elif hashlib.file_digest(file, "sha256").hexdigest() != version.sha256:
        damage = "The file in the storage has other contents than were stored: its SHA-256 differs."
    else:
        file.seek(0)
        return file, ""
    file.close()
    return None, damage
