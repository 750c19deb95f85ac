"""How is a finished dossier handed out, and how does one tell it from another file?"""

import hashlib

from django.db import transaction

from dossiers.choices import State
from dossiers.models import Dossier
from dossiers.requests import note


class Damaged(Exception):
    """The stored file is not, byte for byte, what was made."""


def opened(dossier, *, by):
    """The PDF as an open file at its beginning, once its SHA-256 was found right and the reading is an event (rule 24).

    Raises Damaged when the file is gone or differs; that is an event as well.
    """
    try:
        file = dossier.file.open("rb")
    except FileNotFoundError:
        raise _damaged(dossier, by, "The stored file is gone.") from None
    if hashlib.file_digest(file, "sha256").hexdigest() != dossier.sha256:
        file.close()
        raise _damaged(dossier, by, "The stored file has other contents than were stored: its SHA-256 differs.")
    file.seek(0)
    with transaction.atomic():
        note("dossier.read", dossier, by=by, content_hash=f"sha256:{dossier.sha256}")
    return file


def _damaged(dossier, by, why):
    with transaction.atomic():
        note("dossier.damaged", dossier, by=by, content_hash=f"sha256:{dossier.sha256}", reason=why)
    return Damaged(f"{why} It is not handed out; restore it from a backup, or request a new dossier.")


def recognised(upload, *, by):
    """`(sha256, dossier)`: whether the uploaded file is byte for byte a dossier the person may see, else None."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    found = Dossier.objects.visible_to(by).with_review().filter(state=State.READY, sha256=sha256).first()
    return sha256, found
