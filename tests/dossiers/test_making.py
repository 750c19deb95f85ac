"""From the request to the file: who may ask, what a worker does with it, and what can go wrong on the way."""

import hashlib
from pathlib import Path

import pytest
from pypdf import PdfReader

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from dossiers import making, requests
from dossiers.choices import State
from dossiers.models import Dossier
from dossiers.tasks import render_dossier


@pytest.fixture
def checklist(one_statement):
    return one_statement


@pytest.fixture
def dossier(review, auditor):
    return requests.request_dossier(review, by=auditor)


@pytest.fixture
def dead_broker(use_broker, tmp_path):
    """A queue that does not answer, as when Redis is stopped."""
    use_broker(f"redis+socket://{tmp_path}/nobody.sock")


def events_of(dossier):
    return list(Event.objects.about(dossier).order_by("pk").values_list("event_type", "actor_name"))


def fresh(dossier):
    return Dossier.objects.with_all().get(pk=dossier.pk)


def test_whoever_sees_the_review_may_ask_and_a_worker_makes_it(dossier, files_dir):
    render_dossier(dossier.pk)
    made = fresh(dossier)
    assert (made.state, made.percent, made.step, made.error) == (State.READY, 100, "", "")
    stored = files_dir / made.file.name
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == made.sha256
    assert stored.stat().st_size == made.size
    assert made.pages == len(PdfReader(stored).pages)
    assert made.requested_at <= made.snapshot_at <= made.finished_at
    assert events_of(dossier) == [("dossier.requested", "Auditor"), ("dossier.made", "Auditor")]
    assert Event.objects.get(event_type="dossier.made").content_hash == f"sha256:{made.sha256}"


def test_a_second_request_answers_with_the_unfinished_one(dossier, review, reviewer):
    assert requests.request_dossier(review, by=reviewer) == dossier
    assert Dossier.objects.count() == 1


def test_a_message_that_comes_twice_makes_one_file(dossier, files_dir):
    render_dossier(dossier.pk)
    first = fresh(dossier)
    render_dossier(dossier.pk)
    again = fresh(dossier)
    assert (again.sha256, again.attempt, again.file.name) == (first.sha256, 1, first.file.name)
    assert len(stored_files(files_dir)) == 1


def test_a_message_about_a_dossier_that_is_not_there_does_nothing(db):
    render_dossier(987654)


def test_who_lost_access_meanwhile_gets_no_dossier(dossier, auditor, vendor):
    grants.take(auditor, Access.AUDIT, vendor)
    render_dossier(dossier.pk)
    assert (fresh(dossier).state, fresh(dossier).error) == (State.FAILED, making.NO_ACCESS)


def test_who_was_deactivated_meanwhile_gets_no_dossier(dossier, auditor):
    auditor.is_active = False
    auditor.save()
    render_dossier(dossier.pk)
    assert fresh(dossier).error == making.NO_ACCESS


def test_a_queue_that_does_not_answer_is_said_and_the_request_waits(
    review, auditor, dead_broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        asked = requests.request_dossier(review, by=auditor)
    assert (fresh(asked).state, fresh(asked).step) == (State.QUEUED, requests.NOT_SENT)
    assert events_of(asked) == [("dossier.requested", "Auditor")]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DOSSIER_SECONDS", 1, "longer than the 1 seconds"),
        ("DOSSIER_CPU_SECONDS", 1, "longer than the 1 seconds"),
        ("DOSSIER_MEMORY_MB", 130, "more than the 130 MB of memory"),
    ],
)
def test_what_costs_too_much_fails_with_a_sentence_and_leaves_no_file(dossier, settings, files_dir, name, value, words):
    setattr(settings, name, value)
    render_dossier(dossier.pk)
    failed = fresh(dossier)
    assert failed.state == State.FAILED
    assert words in failed.error
    assert stored_files(files_dir) == []
    assert events_of(dossier)[-1] == ("dossier.failed", "Auditor")


def test_a_failed_one_is_made_again_for_whoever_asks(dossier, settings, reviewer):
    settings.DOSSIER_SECONDS = 1
    render_dossier(dossier.pk)
    settings.DOSSIER_SECONDS = 300
    requests.try_again(fresh(dossier), by=reviewer)
    assert (fresh(dossier).state, fresh(dossier).requested_by, fresh(dossier).error) == (State.QUEUED, reviewer, "")
    render_dossier(dossier.pk)
    assert (fresh(dossier).state, fresh(dossier).attempt) == (State.READY, 2)


def test_only_a_failed_one_is_made_again(dossier, reviewer):
    with pytest.raises(Refused, match="waiting for a worker"):
        requests.try_again(dossier, by=reviewer)


def test_an_unexpected_error_fails_it_with_a_sentence(dossier, settings):
    settings.ORGANISATION_NAME = {"not": "text", "nor": {1}}
    render_dossier(dossier.pk)
    assert (fresh(dossier).state, fresh(dossier).error) == (State.FAILED, making.UNEXPECTED)


def test_an_attempt_given_up_meanwhile_ends_without_a_trace(dossier, reviewer, files_dir):
    slow = making._claim(Dossier, dossier.pk)
    requests.fail(slow, "Given up.")
    requests.try_again(fresh(dossier), by=reviewer)
    with pytest.raises(making.Superseded):
        making._make(slow, making._dossier)
    assert (fresh(dossier).state, fresh(dossier).attempt) == (State.QUEUED, 1)
    assert stored_files(files_dir) == []


def test_a_file_whose_row_was_given_up_is_taken_away(dossier, files_dir, tmp_path):
    slow = making._claim(Dossier, dossier.pk)
    requests.fail(slow, "Given up.")
    late = tmp_path / "late.pdf"
    late.write_bytes(b"%PDF-1.7")
    with pytest.raises(making.Superseded):
        making._store(slow, making.render.Rendered(late, 1, [], 0, 0), slow.worked_at)
    assert stored_files(files_dir) == []
    assert fresh(dossier).state == State.FAILED


def stored_files(files_dir):
    return [path for path in Path(files_dir).rglob("*") if path.is_file()]
