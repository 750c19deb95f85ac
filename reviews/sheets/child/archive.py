"""May the parts of this ZIP be parsed at all?"""

import zipfile
from contextlib import suppress
from xml.parsers import expat

from tables import Refusal

HEAD_BYTES = 64 * 1024
# A sentence for a person, of a file that holds more than cells.
ELSEWHERE = "It refers to other files or data; nothing was fetched from there."


class _Begun(Exception):
    """The root element is reached: no declaration of a document type can follow."""


def check(archive, tables):
    """Refuse what unpacks too large, is locked, names places outside itself, or declares a document type.

    The size is what the archive declares; a reader gets no more than that out of it.
    """
    members = archive.infolist()
    if sum(member.file_size for member in members) > tables.job["unpacked"]:
        raise Refusal("unpacked")
    for member in members:
        if member.flag_bits & 1:
            raise Refusal("password")
        if ".." in member.filename.replace("\\", "/").split("/"):
            raise Refusal("outside")
        # No office file packs otherwise, and other ways can be told to take gigabytes.
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("damaged")
        if member.filename.endswith((".xml", ".rels")):
            _refuse_entities(archive, member)


def _refuse_entities(archive, member):
    """Entities are declared in a document type, which stands before the root element or nowhere.

    Pictures may declare one and are not parsed. What is broken is said by whoever needs the part.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _begin
    with archive.open(member) as file, suppress(_Begun, expat.ExpatError):
        while head := file.read(HEAD_BYTES):
            parser.Parse(head)


def _refuse(*_):
    raise Refusal("entities")


def _begin(*_):
    raise _Begun
