"""Which ten pieces of evidence does every review of the benchmark have, and what lies in their files?"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from bench import words
from evidence.choices import Confidentiality, Kind
from reviews.demo.demo_documents import document

FILES = 64  # more than one vendor's library holds, so that none holds the same file twice
PAGES = (5, 13)  # 20 to 60 kB


@dataclass(frozen=True)
class Document:
    """Days count from the opening of the review."""

    title: str
    kind: Kind
    confidentiality: Confidentiality = Confidentiality.CONFIDENTIAL
    issued: int | None = None
    period: tuple[int, int] | None = None
    valid_until: int | None = None
    is_link: bool = False

    def dates(self, opened_on, shift):
        """`shift` days earlier than the table says, as no two documents are of the same day."""

        def day(offset):
            return opened_on + timedelta(days=offset - shift)

        dates = {}
        if self.issued is not None:
            dates["issued_on"] = day(self.issued)
        if self.period:
            dates["period_start"], dates["period_end"] = map(day, self.period)
        if self.valid_until is not None:
            dates["valid_until"] = day(self.valid_until)
        return dates


DOCUMENTS = (
    Document("SOC 2 Type II report", Kind.SOC2_REPORT, Confidentiality.RESTRICTED, period=(-390, -25)),
    Document("Bridge letter", Kind.BRIDGE_LETTER, issued=-4),
    Document("Data Processing Addendum", Kind.DPA, issued=-60, valid_until=760),
    Document("Master agreement", Kind.CONTRACT, issued=-90, valid_until=1000),
    Document("Penetration test summary", Kind.PENETRATION_TEST, Confidentiality.RESTRICTED, issued=-30),
    Document("Encryption specification", Kind.ENCRYPTION_SPECIFICATION, issued=-120),
    Document("Settings of the admin console", Kind.CONFIGURATION_PROOF, Confidentiality.INTERNAL, issued=0),
    Document("Record of our own test", Kind.TEST_RECORD, Confidentiality.INTERNAL, issued=1),
    Document("Acceptable use policy", Kind.POLICY, Confidentiality.INTERNAL, issued=-200, valid_until=400),
    Document("Sub-processor page", Kind.PUBLIC_PAGE, Confidentiality.PUBLIC, is_link=True),
)


@cache
def file(number):
    """The bytes of file `number`, and their SHA-256."""
    rng = Random(f"file {number}")
    pages = [[(words.heading(rng), words.text(rng, 16, 20)) for _ in range(2)] for _ in range(rng.randint(*PAGES))]
    content = document(f"Document {number}", {}, pages)
    return content, hashlib.sha256(content).hexdigest()


def store(folder, number, rng):
    """Put file `number` into the storage, under a name as the product makes them; return its name, hash and size."""
    content, sha256 = file(number % FILES)
    name = default_storage.save(f"{folder}/{uuid.UUID(int=rng.getrandbits(128)).hex}", ContentFile(content))
    return {"file": name, "sha256": sha256, "size": len(content)}
