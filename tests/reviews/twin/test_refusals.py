"""Is every file that is not what left refused, with the place in words, and is nothing left of it?"""

import json

import pytest

from evidence.models import Evidence
from reviews.models import Arrival, Checklist, Review
from reviews.twin import reading, truth
from reviews.twin.problems import Wrong
from tests.reviews.twin.conftest import brought, packed, said, saying, sha256, zipped


def resealed(row, **changes):
    """The signature over other words, with a digest that fits them: only the rest of the file gives it away."""
    content = json.loads(row["content"]) | changes
    row["content"] = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    row["digest"] = sha256(row["content"])


def signed(content, number=1):
    return next(each for each in content["items"] if each["number"] == number)["signoffs"][0]


def put(place, value):
    """A change that writes the value at a path such as `items.0.finding`."""

    def change(content):
        *way, last = (int(step) if step.isdigit() else step for step in place.split("."))
        node = content
        for step in way:
            node = node[step]
        node[last] = value

    return change


def repeat(name):
    return lambda content: content[name].append(content[name][0])


def same_hands(content):
    signed(content)["signer"] = signed(content)["submitted_by"]


def other_words(content):
    signed(content)["content"] += " "


# What is changed in review.json, and the first sentence.
ALTERED = {
    "a field nobody knows": (put("review.colour", "red"), "/review/colour: is not a field of this format."),
    "a field too few": (lambda c: c["review"].pop("title"), "/review/title: is missing."),
    "another kind of value": (put("items.0.version", "1"), "/items/0/version: must be a whole number."),
    "a word that is none": (put("items.0.status", "signed"), "/items/0/status: must be one of "),
    "NUL": (put("items.0.notes", "a\0b"), "/items/0/notes: holds a NUL character"),
    "NUL where anything goes": (put("history.0.after", {"x": ["a\0"]}), "/history/0/after/x/0: holds a character"),
    "half a character": (put("items.0.notes", "\ud800"), "review.json is no readable JSON"),
    "too long": (put("review.title", "x" * 200), "/review/title: has more than 150 characters."),
    "tomorrow's format": (put("format_version", 2), "It is written in version 2 of the format, and"),
    "another format": (put("format", "dossier"), "review.json is no review"),
    "nobody's signature": (put("review.lead", "nobody@example.com"), "/review/lead: nobody@example.com is not among"),
    "evidence that is not there": (put("items.0.citations.0.evidence", 999), "/items/0/citations/0/evidence: there is"),
    "an item that is not there": (put("questions.0.items", [99]), "/questions/0/items/0: there is no item 99"),
    "an item twice": (repeat("items"), "/items/12/number: is there twice."),
    "evidence twice": (repeat("evidence"), "/evidence/3/number: is there twice."),
    "a person twice": (repeat("people"), "/people/"),
    "the future": (
        put("items.0.citations.0.cited_at", "2999-01-01T00:00:00Z"),
        "/items/0/citations/0/cited_at: is later",
    ),
    "made tomorrow": (put("exported_at", "2999-01-01T00:00:00Z"), "/exported_at: is in the future."),
    "a digest": (other_words, "/items/0/signoffs/0: its digest is not that of the content"),
    "four eyes": (same_hands, "/items/0/signoffs/0: four eyes: it is signed by who submitted it."),
    "a finding": (
        lambda c: resealed(signed(c), finding="unconfirmed"),
        "/items/0/signoffs/0: its fields say something else than what was signed.",
    ),
    "complete without a signature": (
        lambda c: c["items"][0].update(signoffs=[]),
        "/items/0: it is complete without a sign-off of its submission.",
    ),
    "a decision": (put("decisions.0.reason", "Another."), "/decisions/0: its fields say something else"),
    "a letter": (put("escalations.0.content", "{}"), "/escalations/0: its digest is not that"),
    "minutes": (put("syncs.0.digest", "0" * 64), "/syncs/0: its digest is not that"),
}


def test_whatever_contradicts_itself_is_refused_with_its_place(full, lead):
    members = packed(full, lead)
    truth.check(reading.parsed(members["review.json"])[0])
    for name, (change, words) in ALTERED.items():
        content = said(members)
        change(content)
        with pytest.raises(Wrong) as refused:
            truth.check(reading.parsed(json.dumps(content).encode())[0])
        assert refused.value.sentences[0].startswith(words), (name, refused.value.sentences)


def test_what_only_the_whole_shows_is_refused_by_the_rehearsal(full, target, lead):
    members = packed(full, lead)
    uploader = next(each for each in said(members)["evidence"])["versions"][0]["uploaded_by"]

    def signed_by_uploader(content):
        row = signed(content)
        row["signer"] = uploader
        row["submitted_by"] = content["items"][0]["submitted_by"] = "second-reviewer@example.com"
        content["items"][0]["finding_by"] = None

    def another_note(content):
        content["items"][0]["notes"] = "Said later."

    def another_hash(content):
        row = signed(content)
        cited = json.loads(row["content"])["evidence"]
        resealed(row, evidence=[cited[0] | {"sha256": "0" * 64}])
        content["items"][0]["unchanged"], content["decisions"] = False, []

    altered = {
        signed_by_uploader: "Four eyes: it is signed by who uploaded evidence",
        another_note: "/items/0: what stands there is not what was signed, although the file says so.",
        another_hash: "which now has another hash.",
    }
    for change, words in altered.items():
        content = said(members)
        change(content)
        arrival = brought(target, saying(members, content), lead)
        assert arrival.state == "refused", change
        assert any(words in sentence for sentence in arrival.problems), arrival.problems
    Checklist.objects.update(sha256="0" * 64)
    arrival = brought(target, members, lead)
    assert arrival.problems == [
        "/checklist: the checklist twelve-points, version 1, says something else here: its SHA-256 is 000000000000…."
    ]
    assert Review.objects.count() == 1
    assert not Evidence.objects.filter(vendor=target).exists()
    assert not Arrival.objects.exclude(file="").exists()


def test_a_zip_that_is_not_as_it_was_made_is_refused(full, lead):
    members = packed(full, lead)
    name = next(each for each in members if each != "review.json")
    changed = {
        "a file changed": (members | {name: b"other"}, f"{name}: its contents are others than its name says"),
        "a file missing": ({k: v for k, v in members.items() if k != name}, f"{name} is missing from the ZIP."),
        "a file more": (members | {f"files/{'0' * 64}": b""}, f"files/{'0' * 64} is in the ZIP, and review.json"),
        "a path": (members | {"../../etc/cron": b""}, "'../../etc/cron' is no entry of a review's file."),
        "no review": ({name: b""}, "There is no review.json in it."),
        "a bomb": ({"review.json": b" " * 20_000_001}, "It unpacks to more than is read"),
        "a million values": ({"review.json": b"[" + b"0," * 2_000_001 + b"0]"}, "review.json holds more values"),
        "a tower": ({"review.json": b"[" * 200_000}, "review.json is nested more deeply"),
        "no JSON": ({"review.json": b"{'a': 1}"}, "review.json is no readable JSON"),
        "a field twice": (
            {"review.json": b'{"a": 1, "a": 2}'},
            "review.json is no readable JSON: a field is given twice",
        ),
    }
    for what, (content, words) in changed.items():
        with pytest.raises(Wrong) as refused, reading.opened(zipped(content)) as arrived:
            arrived.check_files()
        assert refused.value.sentences[0].startswith(words), (what, refused.value.sentences)
    whole = zipped(members).getvalue()
    for cut in (whole[:-30], whole[: len(whole) // 2], b""):
        with pytest.raises(Wrong) as refused, reading.opened(type(zipped({}))(cut)):
            pass
        assert refused.value.sentences[0].startswith("This is no ZIP")
