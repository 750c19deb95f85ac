"""How is a finished dossier, paper or package handed out, and how does one tell it from another file?"""

import hashlib

from dossiers.choices import State
from dossiers.models import Dossier
from evidence import reading


def opened(row, *, by, act="read", also=lambda: None):
    """The file of a dossier, paper or package, open at its beginning, once its SHA-256 was found right and the reading is
    an event (rule 24), with what `also` writes down of it.

    Raises Refused when the file is gone or differs; that is an event as well.
    """

    def record(damage):
        row.record("damaged" if damage else act, by=by, content_hash=f"sha256:{row.sha256}", reason=damage)
        if not damage:
            also()

    return reading.opened(row.file, size=row.size, sha256=row.sha256, record=record)


def recognised(upload, *, by):
    """`(sha256, dossier)`: whether the uploaded file is byte for byte a dossier the person may see, else None."""
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    found = Dossier.objects.visible_to(by).with_all().filter(state=State.READY, sha256=sha256).first()
    return sha256, found
