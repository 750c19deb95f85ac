"""Is a loss noticed? The comparison at the end of `make cluster-test` must be able to fail."""

import hashlib

import pytest

from audit import context
from dossiers import requests
from dossiers.models import Dossier
from evidence.models import Version
from reviews import findings
from reviews.models import Comment, Item
from tests.cast import item, record, settle
from tests.cluster.comparison import contradictions, losses, without_row
from tests.cluster.ledger import Request


@pytest.fixture
def comment(review, reviewer):
    """A comment that was acknowledged to its author, as her browser noted it."""
    with context.acting(request_id="request-1"):
        findings.comment(item(review, 1), by=reviewer, text="a mark")
    return Request("reviewer", "send", kind="comment", mark="a mark", acknowledged=True, request_id="request-1")


def sentences(*acts):
    return [sentence for _, sentence in losses(list(acts))]


def test_what_is_as_it_was_acknowledged_is_not_lost(comment):
    assert sentences(comment) == []


def test_an_acknowledged_act_that_is_gone_is_lost(comment):
    Comment.objects.all().delete()
    assert sentences(comment) == ["acknowledged, and not in the database"]


def test_an_acknowledged_act_without_its_event_is_lost(comment, review, reviewer):
    comment.request_id = "request-2"
    assert sentences(comment) == ["acknowledged, and no event says request request-2"]


def test_an_act_that_took_place_twice_is_noticed(comment, review, reviewer):
    findings.comment(item(review, 1), by=reviewer, text="a mark")
    assert sentences(comment) == ["there 2 times"]


def test_an_act_that_was_not_acknowledged_is_there_whole_or_not_at_all(comment):
    comment.acknowledged = False
    absent = Request("reviewer", "send", kind="comment", mark="another mark")
    assert sentences(comment, absent) == []
    Comment.objects.all().delete()
    assert sentences(comment, absent) == ["0 rows and 1 events"]


def test_every_kind_of_act_of_a_review_is_found(review, reviewer, evidence):
    settle(review, [1], reviewer, evidence)
    signed, cited = f"{review.slug}/1", "p. 3"
    marks = {"open": review.title, "cite": cited, "sign": signed, "upload": evidence.current.sha256}
    acts = [Request("anybody", "send", kind=kind, mark=mark, acknowledged=True) for kind, mark in marks.items()]
    assert sentences(*acts) == []
    others = [Request("anybody", "send", kind=kind, mark="0/0", acknowledged=True) for kind in marks]
    assert sentences(*others) == ["acknowledged, and not in the database"] * 4


def test_a_text_changed_beside_the_log_is_noticed(review, reviewer):
    for notes in ("first", "second"):
        record(item(review, 1), reviewer, notes=notes)
    assert contradictions() == []
    Item.objects.filter(review=review, statement__number=1).update(notes="first")
    assert len(contradictions()) == 1


@pytest.mark.parametrize(
    ("damage", "noticed"),
    [
        (lambda path: path.unlink(), "there is a row and no file"),
        (lambda path: path.write_bytes(b"other"), "the file is not the one that was stored"),
    ],
)
def test_a_row_without_its_file_is_noticed(evidence, files_dir, damage, noticed):
    assert contradictions() == []
    damage(files_dir / evidence.current.file.name)
    assert contradictions() == [f"{evidence.current}: {noticed}"]


def test_a_file_beside_the_log_is_noticed(evidence, reviewer):
    sha256 = hashlib.sha256(b"other").hexdigest()
    Version.objects.create(
        evidence=evidence, number=2, uploaded_by=reviewer, sha256=sha256, file=evidence.current.file.name
    )
    assert any("no event says that it was added" in sentence for sentence in contradictions())


def test_a_file_without_a_row_is_counted(evidence, files_dir):
    assert without_row() == []
    (files_dir / "evidence" / "left").write_bytes(b"left by a process that was killed")
    assert without_row() == ["evidence/left"]


def test_a_dossier_that_nobody_finished_is_noticed(review, reviewer):
    dossier = requests.request_dossier(review, by=reviewer)
    assert contradictions() == [f"{dossier}: still waiting for a worker"]
    assert Dossier.objects.count() == 1
