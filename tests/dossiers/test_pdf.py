"""What does the PDF say, read back from the file itself?"""

import hashlib
import json
import re
import subprocess
import sys
from io import BytesIO
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from dossiers import manifest as manifests
from dossiers import render, snapshot
from reviews.models import SignOff, Statement
from tests.dossiers.conftest import HOSTILE, QUOTE_UNDER_NDA

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pdf")]

KEPT = {}


@pytest.fixture
def made(request):
    """The dossier of the rich review: laid out once, read by every test here."""
    if not KEPT:
        review = request.getfixturevalue("rich_review")
        pages, manifest = snapshot.take(review.pk)
        with render.rendered(pages, manifest) as result:
            pdf = result.path.read_bytes()
        reader = PdfReader(BytesIO(pdf))
        KEPT["made"] = SimpleNamespace(
            pages=pages,
            manifest=manifest,
            result=result,
            pdf=pdf,
            reader=reader,
            texts=[page.extract_text() for page in reader.pages],
            statements=list(Statement.objects.order_by("number").values_list("number", "text")),
            signoffs=list(SignOff.objects.select_related("item__statement").order_by("pk")),
        )
    return KEPT["made"]


def squeezed(text):
    """Without white space: a line break on paper is none in the text."""
    return "".join(text.split())


def outline(entries):
    for entry in entries:
        if isinstance(entry, list):
            yield from outline(entry)
        else:
            yield entry


def test_all_statements_stand_there_word_for_word(made):
    everything = squeezed("".join(made.texts))
    assert len(made.statements) == 47
    assert [number for number, text in made.statements if squeezed(text) not in everything] == []


def test_the_contents_name_the_page_of_every_statement(made):
    pages = {}
    for entry in outline(made.reader.outline):
        if match := re.match(r"(\d+)\s*(.+)", entry.title):
            pages[int(match[1])] = made.reader.get_destination_page_number(entry) + 1
    assert sorted(pages) == [number for number, _ in made.statements]
    contents = made.texts[1]
    for number, text in made.statements:
        assert squeezed(text) in squeezed(made.texts[pages[number] - 1])
        words = r"\s+".join(re.escape(word) for word in text.split())
        assert re.search(rf"{words}[\s.]*{pages[number]}\n", contents), number


def test_every_page_says_which_of_how_many_it_is_and_what_it_is_about(made):
    total = len(made.texts)
    assert made.result.pages == total
    for number, text in enumerate(made.texts, 1):
        assert f"{number}/{total}" in squeezed(text)
        assert f"Confidential · as of {made.pages['as_of_day']}" in text
        assert number == 1 or text.count("Anthropic · Claude Enterprise") == 1


def test_the_cover_shows_gate_decision_tiles_and_the_instant(made):
    cover = " ".join(made.texts[0].split())
    assert "In review: hold" in cover
    assert "21 confirmed + 1 not applicable = 22 of 47" in cover
    assert "Decided: Escalate to the account team" in cover
    assert f"{made.pages['as_of']}, from one snapshot" in cover
    assert f"page {made.result.pages} says how" in cover
    assert all(str(number) in cover for number in range(1, 48))


def test_signers_meanings_digests_and_hashes_are_printed(made):
    everything = squeezed("".join(made.texts))
    current = {row["number"] for row in made.pages["signatures"]}
    assert len(current) == 24
    for row in made.signoffs:
        if row.item.statement.number in current:
            assert row.digest in everything
            assert squeezed(f"{row.signer_name}, {row.signer_role}") in everything
            assert squeezed(row.meaning) in everything
    hashes = [version["sha256"] for entry in made.manifest["evidence"] for version in entry["versions"]]
    assert len(hashes) == 6
    assert all(sha256 in everything for sha256 in hashes)


def test_what_is_open_is_told_with_its_reason(made):
    everything = " ".join("".join(made.texts).split())
    assert "The account team has not answered." in everything
    assert "To: Account team account@example.com" in everything
    lapsed = {row["number"]: row["lapsed"] for row in made.pages["lapsed"]}
    assert set(lapsed) == {11, 23}
    assert all(f"{why} It counts as open until it is signed again." in everything for why in lapsed.values())
    assert "The wrong contract was read." in everything
    assert "The checklist names no owner. Suggested: IT security." in everything
    assert [(pair["one"], pair["other"]) for pair in made.pages["contradictions"]] == [(5, 39)]
    assert [row["number"] for row in made.pages["late"]] == [14]


def test_it_is_a_tagged_pdf_a_3a_in_english_with_title_and_outline(made):
    catalog = made.reader.trailer["/Root"]
    metadata = catalog["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfaid:part(?:>|=\")3", metadata)
    assert re.search(r"pdfaid:conformance(?:>|=\")A", metadata)
    assert catalog["/MarkInfo"]["/Marked"] is True or catalog["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == "en"
    assert made.reader.metadata.title == "Vendor security dossier: Anthropic, Claude Enterprise, Initial review 2026"
    titles = [entry.title for entry in outline(made.reader.outline)]
    assert {"Summary", "What needs attention", "Decisions", "Annex C: How to check this file"} <= set(titles)


def test_every_font_is_embedded_and_ours_is_inter(made):
    names = set()
    for page in made.reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor = descendant["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(descriptor), descendant["/BaseFont"]
            names.add(str(descendant["/BaseFont"]).partition("+")[2])
    assert {"Inter", "Inter-Semi-Bold"} <= names


def test_the_attached_manifest_is_the_one_made_and_its_digests_are_right(made):
    assert list(made.reader.attachments) == [manifests.NAME]
    attached = json.loads(made.reader.attachments[manifests.NAME][0])
    assert attached == json.loads(manifests.as_bytes(made.manifest))
    assert [item["number"] for item in attached["items"]] == list(range(1, 48))
    rows = [row for item in attached["items"] for row in item["signoffs"]]
    assert len(rows) == len(made.signoffs)
    shown = [row for row in rows + attached["decisions"] + attached["escalations"] if row["content"] is not None]
    assert all(hashlib.sha256(row["content"].encode()).hexdigest() == row["digest"] for row in shown)


def test_the_printed_check_can_be_run_and_says_right(made, tmp_path):
    (tmp_path / manifests.NAME).write_bytes(made.reader.attachments[manifests.NAME][0])
    assert squeezed(manifests.CHECK) in squeezed(made.texts[-1])
    command = [sys.executable, "-I", "-c", manifests.CHECK]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.splitlines()
    decided, letters, withheld = 2, 1, 1
    assert len(said) == len(made.signoffs) + decided + letters - withheld
    assert {line.split()[0] for line in said} == {"right"}


def test_letters_to_the_account_team_and_their_red_flags_are_printed_and_attached(made):
    everything = squeezed("".join(made.texts))
    for words in ("Escalation 1", "Not for customers.", "The account team declined to answer (Escalation 1)"):
        assert squeezed(words) in everything
    [letter] = made.manifest["escalations"]
    assert [(each["number"], each["words"]) for each in letter["items"]] == [
        (5, "Waiting for an answer"),
        (42, "Declined"),
    ]
    assert [each["number"] for each in made.manifest["red_flags"]] == [42]


def test_what_a_document_under_nda_says_is_neither_printed_nor_attached(made):
    assert squeezed(QUOTE_UNDER_NDA) not in squeezed("".join(made.texts))
    assert QUOTE_UNDER_NDA.encode() not in manifests.as_bytes(made.manifest)
    first = made.manifest["items"][0]
    assert first["signoffs"][0]["note"] == manifests.WITHHELD
    assert first["signoffs"][0]["digest"] == made.pages["categories"][0]["items"][0]["signature"]["digest"]
    assert first["citations"][0]["quote"] is None


def test_markup_in_a_note_is_text_and_does_nothing(made):
    assert squeezed(HOSTILE) in squeezed("".join(made.texts))
    annotations = [note.get_object() for page in made.reader.pages for note in page.get("/Annots", [])]
    assert {str(note["/Subtype"]) for note in annotations} == {"/Link"}
    assert [note for note in annotations if "/URI" in note.get("/A", {})] == []


def test_characters_that_hide_or_have_no_glyph_are_printed_as_their_number(made):
    everything = squeezed("".join(made.texts))
    assert "a‹U+202E›b" in everything
    assert "ZoëŁukaszStraßeÖlČechΩ" in everything
    assert all(f"‹{code}›" in everything for code in made.result.unprintable)
