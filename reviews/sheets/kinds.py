"""Which kind of table is this file? Decided by its content; the name decides nothing."""

import codecs
import re
from pathlib import PurePath
from typing import Any

from accounts.permissions import Refused
from evidence import content_types
from evidence.content_types import ContentType
from evidence.uploads import megabytes
from reviews.sheets import limits
from reviews.sheets.words import Unreadable

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams in such a file.
_LOCKED, _OLD_EXCEL = "EncryptedPackage".encode("utf-16-le"), "Workbook".encode("utf-16-le")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_OF_TEXT = (*content_types.CSV.endings, *content_types.TXT.endings, ".tsv", ".tab")


def decide(file: Any, name: str, accepted: tuple[ContentType, ...]) -> ContentType:
    """One of the accepted, or Unreadable with a sentence that says what the file is. Leaves the file at its start."""
    if file.size > limits.BYTES:
        raise Unreadable(
            f"“{name}” has {megabytes(file.size)}; a file that is read may have up to {megabytes(limits.BYTES)}."
        )
    if not file.size:
        raise Unreadable(f"“{name}” is empty: it has 0 bytes.")
    *others, last = (each.label for each in accepted)
    wanted = f"{', '.join(others)} or {last}" if others else last
    file.seek(0)
    head = file.read(content_types.HEAD_BYTES)
    if head.startswith(OLD_OFFICE):
        _refuse_old(head + file.read(), name, wanted)
    if content_types.CSV in accepted and _may_be_text(head):
        file.seek(0)
        return content_types.CSV
    try:
        found = content_types.decide(file, name)
    except Refused as refusal:
        raise Unreadable(f"{str(refusal).removesuffix(content_types.ACCEPTED_IN_WORDS)}Send an {wanted}.") from None
    if found not in accepted:
        raise Unreadable(f"“{name}” is a file of another kind ({found.label}). Save it as an {wanted}.")
    return found


def misnamed(name: str, kind: ContentType) -> str:
    """A sentence when the name says something else than the content, or nothing."""
    endings = _OF_TEXT if kind is content_types.CSV else kind.endings
    ending = PurePath(name).suffix
    if not ending or ending.lower() in endings:
        return ""
    return f"Its name ends in {ending}, but it is a file of kind {kind.label} and was read as one."


def _refuse_old(content: bytes, name: str, wanted: str) -> None:
    """Excel puts a locked workbook into a file of its old kind."""
    if _LOCKED in content:
        raise Unreadable(f"“{name}” is protected by a password. Save it without one.")
    if _OLD_EXCEL in content:
        raise Unreadable(f"“{name}” is an Excel file of the old kind (XLS). Save it as an {wanted}.")


def _may_be_text(head: bytes) -> bool:
    """Whether this begins like a text of any encoding, and not like markup, a paper or a program."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"%PDF-", b"%!PS", b"{\\rtf", b"#!", b"PK\x03\x04")):
        return False
    in_two_bytes = max(head[::2].count(0), head[1::2].count(0)) > len(head) // 3
    return in_two_bytes or not _CONTROL.search(head)
