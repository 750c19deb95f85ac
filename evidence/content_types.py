"""What is this file really? Decided by its content against a list of what is accepted; the name decides nothing."""

import codecs
import re
import struct
import zipfile
from dataclasses import dataclass

import puremagic

from accounts.permissions import Refused

HEAD_BYTES = 4096
CHUNK_BYTES = 64 * 1024
# No office file comes near these; a ZIP made to exhaust us does.
MOST_ZIP_ENTRIES = 5000
MOST_ZIP_DIRECTORY_BYTES = 2_000_000


@dataclass(frozen=True)
class ContentType:
    mime: str
    label: str
    endings: tuple[str, ...]


_OPENXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

PDF = ContentType("application/pdf", "PDF", (".pdf",))
PNG = ContentType("image/png", "PNG", (".png",))
JPEG = ContentType("image/jpeg", "JPEG", (".jpg", ".jpeg"))
DOCX = ContentType(_OPENXML + "wordprocessingml.document", "Word document (DOCX)", (".docx",))
XLSX = ContentType(_OPENXML + "spreadsheetml.sheet", "Excel workbook (XLSX)", (".xlsx",))
PPTX = ContentType(_OPENXML + "presentationml.presentation", "PowerPoint presentation (PPTX)", (".pptx",))
ODT = ContentType(_ODF + "text", "OpenDocument text (ODT)", (".odt",))
ODS = ContentType(_ODF + "spreadsheet", "OpenDocument spreadsheet (ODS)", (".ods",))
TXT = ContentType("text/plain; charset=utf-8", "plain text", (".txt",))
CSV = ContentType("text/csv; charset=utf-8", "CSV", (".csv",))
MD = ContentType("text/markdown; charset=utf-8", "Markdown", (".md",))

ACCEPTED = (PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, TXT, CSV, MD)
TEXTS = (TXT, CSV, MD)
ACCEPTED_IN_WORDS = "Accepted are PDF, PNG, JPEG, DOCX, XLSX, PPTX, ODT, ODS, TXT, CSV and MD files."
ENDINGS = ",".join(ending for accepted in ACCEPTED for ending in accepted.endings)

_MAIN_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
_OTHER_PARTS = {
    "encrypted-package": "protected by a password. Save it without one",
    "xl/workbook.bin": "a binary Excel workbook (XLSB). Save it as XLSX",
    "Index/Document.iwa": "a document of Numbers, Pages or Keynote. Export it as XLSX, DOCX or PDF",
}
_MACROS = re.compile(r"(^|/)(vbaproject\.bin|vbadata\.xml)$|^xl/macrosheets/|^(basic|scripts)/", re.IGNORECASE)
_TEXT_ENDINGS = tuple(ending for text in TEXTS for ending in text.endings)

# What people try most, in words of ours; anything else is named by the library.
_MARKUP = (
    (re.compile(rb"<office:document[\s>]"), "a flat OpenDocument file; save it as ODS, ODT or PDF"),
    (re.compile(rb"<svg[\s>]|<!doctype\s+svg", re.IGNORECASE), "an SVG image, which can carry scripts"),
    (re.compile(rb"<(!doctype\s+html|html|head|body|script|iframe|meta|title)\b", re.IGNORECASE), "an HTML page"),
    (re.compile(rb"<\?xml"), "an XML file"),
)
_SIGNATURES = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"#!", "a script"),
    (b"{\\rtf", "an RTF document; save it as DOCX or PDF"),
    (b"%!PS", "a PostScript program; save it as PDF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office file of the old kind or one with a password; save it as DOCX, "
     "XLSX, PPTX or PDF without a password"),
)  # fmt: skip


def decide(file, name):
    """Return the ContentType of a seekable file, or raise Refused with a sentence that says what it is.

    Reads at most the head, and the directory of a ZIP; only a text is read to its end, in chunks. Nothing
    is decompressed or parsed. The file is left at its start.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    try:
        found = _binary(file, head, name) or _text(file, head, name)
    finally:
        file.seek(0)
    if found:
        return found
    raise _refused(name, _in_words(head, name))


def _refused(name, is_what):
    return Refused(f"“{name}” is {is_what}. {ACCEPTED_IN_WORDS}")


def _start(head):
    """Without the byte order mark and white space that readers skip."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n\x0c")


def _binary(file, head, name):
    if _start(head).startswith(b"%PDF-"):
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _office(file, head, name)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return JPEG if head.startswith(b"\xff\xd8\xff") else None


def _in_words(head, name):
    start = _start(head)
    for signature, words in _SIGNATURES:
        if start.startswith(signature):
            return words
    if start.startswith(b"<"):
        for pattern, words in _MARKUP:
            if pattern.search(start):
                return words
        return "a file of markup, as HTML or XML are"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "a text in UTF-16; save it as UTF-8"
    try:
        return f"not a document we know (it looks like: {puremagic.magic_string(head)[0].name})"
    except (puremagic.PureError, ValueError, IndexError):
        is_text = name.lower().endswith(_TEXT_ENDINGS)
        return "not text in UTF-8; save it as UTF-8" if is_text else "not a document we know"


def _office(file, head, name):
    """What a ZIP is, by the names of its members alone; a ZIP that is no office file is refused."""
    names = _member_names(file, name)
    if any(_MACROS.search(member) for member in names):
        raise _refused(name, "an office file with macros, which can run programs. Save it without macros or as PDF")
    if head[30:38] == b"mimetype" and "content.xml" in names:
        for accepted in (ODS, ODT):
            mime = accepted.mime.encode()
            if head[38 : 38 + len(mime)] == mime and head[38 + len(mime) : 40 + len(mime)] == b"PK":
                return accepted
    if "[Content_Types].xml" in names:
        for part, accepted in _MAIN_PARTS.items():
            if part in names:
                return accepted
    for part, words in _OTHER_PARTS.items():
        if part in names:
            raise _refused(name, words)
    raise _refused(name, "an archive (ZIP). Send the files in it one by one")


def _member_names(file, name):
    broken = _refused(name, "a ZIP or office file that is incomplete or damaged")
    if not _directory_is_small(file):
        raise _refused(name, "a ZIP with far more in it than an office file has")
    try:
        with zipfile.ZipFile(file) as archive:
            return {member.filename for member in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise broken from error


def _directory_is_small(file):
    """True when whichever end record a reader picks, its directory is small, so that reading it costs little."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 22 - 65535))
    tail = file.read()
    if b"PK\x06\x06" in tail or b"PK\x06\x07" in tail:
        return False  # ZIP64: for more than 65,535 members or 4 GB
    for match in re.finditer(rb"PK\x05\x06", tail):
        record = tail[match.start() : match.start() + 22]
        if len(record) == 22:
            entries, directory_bytes = struct.unpack("<HL", record[10:16])
            if entries > MOST_ZIP_ENTRIES or directory_bytes > MOST_ZIP_DIRECTORY_BYTES:
                return False
    return True


def _text(file, head, name):
    """Text is UTF-8 without control characters, is no markup or script, and says by its ending which text it is."""
    if _start(head).startswith((b"<", b"#!", b"{\\rtf", b"%!PS")) or not _is_plain(file):
        return None
    for accepted in TEXTS:
        if name.lower().endswith(accepted.endings):
            return accepted
    raise _refused(name, "a text file whose name does not end in .txt, .csv or .md")


def _is_plain(file):
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    file.seek(0)
    try:
        while chunk := file.read(CHUNK_BYTES):
            if _CONTROL.search(decoder.decode(chunk)):
                return False
        return not _CONTROL.search(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        return False


_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
