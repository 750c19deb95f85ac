"""What stands in a review's file that somebody brings, and do its files have the hashes they are named by?

Nothing is unpacked to a folder and no name in the archive is used as one. Only what the review's JSON announces is read,
up to the size it announces.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from pydantic import ValidationError

from evidence.uploads import megabytes
from reviews.twin import format as parts
from reviews.twin import problems
from reviews.twin.format import FORMAT, VERSION, Twin
from reviews.twin.packing import CHUNK, FOLDER, NAME
from reviews.twin.problems import Wrong

MOST_JSON = 20_000_000
# Of commas, colons and brackets: what each value costs in memory is more than what it takes in the file.
MOST_MARKS = 2_000_000
MOST_MEMBERS = 20_000
MOST_UNPACKED = 20_000_000_000
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED = 0x1
DAMAGED = "The ZIP is damaged, or was cut off on its way. Copy it again."


class Arrived:
    """An opened ZIP, whose JSON was read and whose members are those it announces."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members = _members(archive)
        self.raw = b"".join(self._pieces(NAME, MOST_JSON))
        # It names the hash of every file beside it, so that this is the hash of all.
        self.sha256 = hashlib.sha256(self.raw).hexdigest()
        self.twin, self.content = parsed(self.raw)
        self.sizes = parts.files(self.twin)
        _must_announce(self.members, self.sizes, self.twin)

    def pieces(self, sha: str) -> Iterator[bytes]:
        """The file's bytes. Raises Wrong when they are not those that the hash names."""
        hashed = hashlib.sha256()
        for piece in self._pieces(f"{FOLDER}{sha}", self.sizes[sha]):
            hashed.update(piece)
            yield piece
        if hashed.hexdigest() != sha:
            raise Wrong([f"{FOLDER}{sha}: its contents are others than its name says; the SHA-256 differs."])

    def _pieces(self, name: str, limit: int) -> Iterator[bytes]:
        read = 0
        try:
            with self.archive.open(name) as member:
                while piece := member.read(CHUNK):
                    read += len(piece)
                    if read > limit:
                        raise Wrong([f"{name}: holds more than {megabytes(limit)}."])
                    yield piece
        except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, ValueError) as error:
            raise Wrong([f"{name}: {DAMAGED}"]) from error
        except Exception as error:
            # zlib has an error of its own, which is no ValueError.
            if type(error).__module__ == "zlib":
                raise Wrong([f"{name}: {DAMAGED}"]) from error
            raise

    def check_files(self) -> int:
        """How many files were read to their end and found to be what their names say. Raises Wrong with all that are not."""
        wrong = []
        for sha in self.sizes:
            try:
                size = sum(map(len, self.pieces(sha)))
            except Wrong as problem:
                wrong += problem.sentences
                continue
            if size != self.sizes[sha]:
                wrong.append(f"{FOLDER}{sha}: has {size} bytes, and review.json says {self.sizes[sha]}.")
        if wrong:
            raise Wrong(problems.shortened(wrong))
        return len(self.sizes)


@contextmanager
def opened(file: BinaryIO) -> Iterator[Arrived]:
    """The seekable file as an Arrived. Raises Wrong with every reason, each with its place."""
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Wrong(
            [f"This is no ZIP with a review in it. Choose the file as it was made, with {NAME} and its files inside."]
        ) from None
    with archive:
        yield Arrived(archive)


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise Wrong([f"The ZIP has {len(infos):,} entries; a review has at most {MOST_MEMBERS:,}."])
    wrong, found = [], {}
    for info in infos:
        known = info.filename == NAME or _is_file(info.filename)
        if not known:
            wrong.append(f"{info.filename[:100]!r} is no entry of a review's file.")
        elif info.filename in found:
            wrong.append(f"{info.filename} is there twice.")
        elif info.flag_bits & ENCRYPTED or info.compress_type not in METHODS:
            wrong.append(f"{info.filename} is encrypted, or packed in a way that is not read here.")
        found[info.filename] = info
    if NAME not in found:
        wrong.append(f"There is no {NAME} in it.")
    elif sum(info.file_size for info in infos) > MOST_UNPACKED or found[NAME].file_size > MOST_JSON:
        wrong.append(f"It unpacks to more than is read: {NAME} may have {megabytes(MOST_JSON)}.")
    if wrong:
        raise Wrong(problems.shortened(wrong))
    return found


def _is_file(name: str) -> bool:
    sha = name.removeprefix(FOLDER)
    return name.startswith(FOLDER) and len(sha) == 64 and set(sha) <= set("0123456789abcdef")


def parsed(raw: bytes) -> tuple[Twin, Any]:
    """The Twin that these bytes are, and the same as plain lists and fields. Raises Wrong with every mistake and its place."""
    if sum(raw.count(mark) for mark in (b",", b":", b"[", b"{")) > MOST_MARKS:
        raise Wrong([f"{NAME} holds more values than any review has."])
    content = _loaded(raw)
    _must_be_ours(content)
    try:
        twin = Twin.model_validate_json(raw)
    except ValidationError as error:
        raise Wrong(problems.sentences(error)) from None
    if unwritable := [f"{pointer}: holds a character that no text has." for pointer in _unwritable(content, "")]:
        raise Wrong(problems.shortened(unwritable))
    return twin, content


def _loaded(raw: bytes) -> Any:
    """A field that is given twice would be read as one or the other, so it is refused."""
    try:
        return json.loads(raw, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise Wrong([f"{NAME} is nested more deeply than any review."]) from None
    except ValueError as error:
        raise Wrong([f"{NAME} is no readable JSON: {error}."]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a field is given twice in one place")
    return made


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _must_be_ours(content: Any) -> None:
    """What is no review, or one of another version, is no list of mistakes, and is said in one sentence."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Wrong([f"{NAME} is no review: its format is not {FORMAT}."])
    version = content.get("format_version")
    if isinstance(version, int) and version > VERSION:
        raise Wrong(
            [
                f"It is written in version {version} of the format, and this installation reads {VERSION}. Upgrade it first."
            ]
        )


def _unwritable(value: Any, pointer: str) -> Iterator[str]:
    """Pointers to texts with NUL or halves of characters, which no database holds."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            yield pointer
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _unwritable(each, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _unwritable(key, pointer)
            yield from _unwritable(each, f"{pointer}/{key}")


def _must_announce(members: dict[str, zipfile.ZipInfo], sizes: dict[str, int], twin: Twin) -> None:
    beside = {name.removeprefix(FOLDER) for name in members if name != NAME}
    if twin.withheld:
        raise Wrong(
            [
                f"{len(twin.withheld)} of its files were withheld, so it is for reading: what was signed over them could not be shown here."
            ]
        )
    wrong = [f"{FOLDER}{sha} is missing from the ZIP." for sha in sorted(sizes.keys() - beside)]
    wrong += [f"{FOLDER}{sha} is in the ZIP, and {NAME} does not speak of it." for sha in sorted(beside - sizes.keys())]
    if wrong:
        raise Wrong(problems.shortened(wrong))
