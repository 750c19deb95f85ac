"""Does verification find each kind of damage, name it, and find nothing else?"""

import contextlib

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config import verification
from evidence.models import Version
from reviews import decisions, gate
from reviews.asking import answers, questions
from reviews.choices import Outcome
from reviews.twin import arrivals
from reviews.weekly import syncs
from tests.cast import item, pdf, settle
from tests.reviews.recurring.dates import add
from tests.reviews.recurring.dates import record as completion_of
from tests.reviews.recurring.dates import sign as countersign
from tests.reviews.weekly.minutes import close

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(review, reviewer, evidence, ciso):
    """Two signed items and a decision."""
    settle(review, [1, 2], reviewer, evidence)
    shown = decisions.shown(gate.assess(review), to=ciso)
    decisions.decide(review, by=ciso, outcome=Outcome.HOLD, reason="Not yet.", shown=shown)
    return review


@pytest.fixture
def drilled(vendor, lead, reviewer, ciso, legal, evidence):
    """A drill that the reviewer recorded over evidence and Legal signed for."""
    drill = add(vendor, lead, duty="drill", owner=legal, first_on=timezone.localdate()).occurrences.first()
    completion_of(drill, reviewer, done_on=timezone.localdate(), evidence=[evidence])
    countersign(drill, legal)


def wrong():
    return [failure for result in verification.run() for failure in result.failures]


@contextlib.contextmanager
def past_the_triggers():
    """As somebody does who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield cursor
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        else:
            triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield cursor
            for _, statement in triggers:
                cursor.execute(statement)


def test_what_was_made_through_the_product_is_all_right(signed, capsys):
    call_command("verify")
    counted = dict(reversed(line.split(maxsplit=1)) for line in capsys.readouterr().out.splitlines()[:-1])
    assert {name: counted[name] for name in ("evidence files", "sign-offs", "complete items", "decisions")} == {
        "evidence files": "1",
        "sign-offs": "2",
        "complete items": "2",
        "decisions": "1",
    }
    assert counted["triggers"] >= "10"


def test_a_completion_made_through_the_product_is_all_right(drilled):
    assert [(result.looked_at, result.failures) for result in verification.run() if result.name == "completions"] == [
        (1, [])
    ]
    assert wrong() == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE reviews_completion SET content = replace(content, 'Keys', 'None')", "digest is not that"),
        ("UPDATE reviews_completion SET result = 'failed'", "columns say something else"),
        ("UPDATE reviews_completionsignoff SET digest = '0'", "signature covers something else"),
        ("UPDATE reviews_completionsignoff SET signer_id = (SELECT max(by_id) FROM reviews_completion)", "Four eyes"),
        ("UPDATE evidence_version SET uploaded_by_id = (SELECT max(signer_id) FROM reviews_completionsignoff)", "Four"),
    ],
)
def test_a_completion_somebody_changed_is_named(drilled, statement, words):
    with past_the_triggers() as cursor:
        cursor.execute(statement)
    (failure,) = wrong()
    assert failure.startswith("completion ")
    assert words in failure


def test_the_command_fails_when_anything_is_wrong(signed, files_dir, capsys):
    (files_dir / Version.objects.get().file.name).unlink()
    with pytest.raises(CommandError, match="1 things are not as they were stored"):
        call_command("verify")
    assert "WRONG: evidence file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda file: file.unlink(), "The file is missing from the storage."),
        (lambda file: file.write_bytes(b"x"), "The file in the storage has 1 bytes;"),
        (lambda file: file.write_bytes(file.read_bytes()[:-1] + b"x"), "its SHA-256 differs"),
    ],
)
def test_a_file_that_differs_is_named(signed, files_dir, damage, words):
    version = Version.objects.get()
    damage(files_dir / version.file.name)
    (failure,) = wrong()
    assert failure.startswith(f"evidence file {version.pk} (SOC 2 report, version 1): ")
    assert words in failure


@pytest.mark.parametrize(
    ("statement", "count", "words"),
    [
        ("UPDATE reviews_signoff SET content = replace(content, 'confirmed', 'unconfirmed')", 2, "digest is not that"),
        ("UPDATE reviews_signoff SET finding = 'unconfirmed'", 2, "columns say something else"),
        ("UPDATE reviews_item SET finding_by_id = (SELECT max(signer_id) FROM reviews_signoff)", 2, "Four eyes"),
        ("UPDATE evidence_version SET uploaded_by_id = (SELECT max(signer_id) FROM reviews_signoff)", 2, "uploaded"),
        (
            "UPDATE reviews_item SET status = 'complete', submission = 9 WHERE status = 'complete'",
            2,
            "without a sign-off",
        ),
        ("UPDATE reviews_decision SET digest = '0'", 1, "digest is not that"),
        ("UPDATE reviews_decision SET outcome = 'go'", 1, "columns say something else"),
        ("UPDATE reviews_decision SET signer_id = (SELECT max(submitted_by_id) FROM reviews_signoff)", 1, "Four eyes"),
        (
            "INSERT INTO reviews_condition (decision_id, text, owner_id, due_on, met_note) "
            "SELECT id, 'slipped in', signer_id, '2030-01-01', '' FROM reviews_decision",
            1,
            "conditions are not those",
        ),
    ],
)
def test_what_somebody_with_the_database_changed_is_named(signed, statement, count, words):
    with past_the_triggers() as cursor:
        cursor.execute(statement)
    found = [failure for failure in wrong() if not failure.startswith("standing of ")]
    assert (len(found), [failure for failure in found if words not in failure]) == (count, [])


def test_a_signature_by_who_recorded_the_answer_it_rests_on_is_named(review, reviewer, ciso):
    said = {"text": "Thirty days.", "source": "Account team", "said_on": timezone.localdate(), "via": "email"}
    answer = answers.record(questions.ask_new(review, by=reviewer, text="How long?"), by=reviewer, **said)
    settle(review, [1], reviewer, answers.take(answer, by=reviewer))
    assert wrong() == []
    with past_the_triggers() as cursor:
        cursor.execute("UPDATE reviews_answer SET recorded_by_id = (SELECT max(signer_id) FROM reviews_signoff)")
    [failure] = wrong()
    assert failure.endswith("or recorded the answer it is.")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE reviews_sync SET content = replace(content, 'We wait', 'We won')", "digest is not that"),
        ("UPDATE reviews_sync SET number = 7", "number is another"),
    ],
)
def test_minutes_that_somebody_changed_are_named(review, lead, statement, words):
    sync = syncs.open_sync(review, by=lead)
    syncs.write_line(sync, by=lead, text="We wait.")
    close(sync, lead)
    assert wrong() == []
    with past_the_triggers() as cursor:
        cursor.execute(statement)
    (failure,) = wrong()
    assert failure.startswith(f"minutes {sync.pk} (Sync ")
    assert words in failure


def test_a_review_on_its_way_in_without_its_file_is_named_and_refused_after_a_restore(vendor, lead, files_dir):
    staying, going = (arrivals.take(vendor, by=lead, file=pdf(name), name=f"{name}.zip") for name in ("one", "two"))
    assert wrong() == []
    (files_dir / going.file.name).unlink()
    assert wrong() == [
        f"review on its way in {going.pk} (two.zip): The file is missing from the storage.",
    ]
    assert arrivals.refuse_without_file("Bring it again.") == 1
    going.refresh_from_db()
    assert (going.state, going.problems, going.file.name) == ("refused", ["Bring it again."], "")
    staying.refresh_from_db()
    assert (staying.state, wrong()) == ("reading", [])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reviews_standing SET state = 'no' WHERE item_id = %s",
        "UPDATE reviews_standing SET due_on = '2001-01-01' WHERE item_id = %s",
        "DELETE FROM reviews_standing WHERE item_id = %s",
    ],
)
def test_what_lists_say_is_compared_with_the_items(signed, statement):
    assert wrong() == []
    pk = item(signed, 1).pk
    with connection.cursor() as cursor:
        cursor.execute(statement, [pk])
    assert wrong() == [f"standing of item {pk}: Lists say something else than looking at it."]


def test_a_sign_off_that_went_missing_under_a_decision_is_named(signed):
    with past_the_triggers() as cursor:
        cursor.execute("DELETE FROM reviews_signoff WHERE item_id = %s", [item(signed, 2).pk])
    assert [failure.split(": ", 1)[1] for failure in wrong() if not failure.startswith("standing of ")] == [
        "It is complete without a sign-off of its submission.",
        "It rests on a sign-off that is not there.",
    ]


@pytest.mark.parametrize("how", ["dropped", "switched off"])
def test_a_trigger_that_no_longer_works_is_named(signed, how):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_event_no_update")
        elif how == "dropped":
            cursor.execute("DROP TRIGGER audit_event_append_only ON audit_event")
        else:
            cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only")
    name = "audit_event_no_update" if connection.vendor == "sqlite" else "audit_event_append_only"
    assert wrong() == [f"trigger {name}: It is missing or switched off: the database no longer refuses what it must."]
