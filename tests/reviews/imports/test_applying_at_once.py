"""What becomes of an import when workers die or several act at the same moment? (real processes and connections, PostgreSQL)"""

import multiprocessing
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.permissions import Refused
from audit.models import Event
from evidence.models import Evidence
from reviews.imports import applying, lost, undoing
from reviews.models import Citation, Import
from tests.at_once import at_once
from tests.cast import item, record
from tests.reviews.imports.sheets import applied, claim, planned

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
# What the worker waits for when it is killed, from its first look to its last word: to lock a row, or to write one.
MOMENTS = {
    "reviews_review": "EXCLUSIVE",
    "evidence_evidence": "SHARE ROW EXCLUSIVE",
    "reviews_citation": "SHARE ROW EXCLUSIVE",
    "reviews_item": "SHARE ROW EXCLUSIVE",
    "reviews_importrow": "SHARE ROW EXCLUSIVE",
    "audit_event": "SHARE ROW EXCLUSIVE",
}


@pytest.fixture(autouse=True)
def no_messages(broker):
    """What is sent is kept here; the tests say when a worker takes it."""


def accepted(review, by, changes, **values):
    imported = planned(review, by, changes, **values)
    return applying.ask(imported, by=by, version=imported.version)


def everything(review):
    """What an import may change, and how many rows there are of what it may add."""
    counts = [rows.objects.count() for rows in (Evidence, Citation)]
    return [*counts, *review.items.order_by("pk").values("status", "notes", "version", "submission")]


@contextmanager
def worker_that_waits(imported, table):
    """A process of its own that applies it, and has come to where it needs this table."""
    settings = connection.settings_dict
    address = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "dbname": settings["NAME"]}
    connections.close_all()  # what is open must not be shared with the process
    process = multiprocessing.get_context("fork").Process(target=applying.apply, args=(imported.pk,))
    try:
        with psycopg.connect(**address) as other:
            other.execute(f"LOCK TABLE {table} IN {MOMENTS[table]} MODE")
            process.start()
            _until_it_waits()
            yield process
        process.join(10)
    finally:
        if process.is_alive():
            process.kill()


def _until_it_waits():
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        for _ in range(100_000):
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("The worker never came to this moment.")


@pytest.mark.parametrize("table", MOMENTS)
def test_killed_at_any_moment_it_is_all_or_nothing_and_goes_on(small, reviewer, table):
    record(item(small, 5), reviewer, notes="There before.")
    imported = accepted(small, reviewer, {1: claim(), 2: claim("https://other.example.com"), 5: {"notes": "New."}})
    before = everything(small)
    with worker_that_waits(imported, table) as process:
        process.kill()
        process.join(10)
        assert process.exitcode == -9
    assert everything(small) == before
    assert Event.objects.filter(event_type="item.imported").count() == 0
    assert Import.objects.get().state == "applying"

    Import.objects.update(worked_at=timezone.now() - timedelta(seconds=61))
    lost.look_after()
    assert Import.objects.get().worked_at > timezone.now() - timedelta(seconds=30)
    applying.apply(imported.pk)
    assert Import.objects.get().state == "applied"
    assert list(small.items.exclude(notes="").values_list("statement__number", "notes")) == [(5, "New.")]
    assert small.items.filter(status="awaiting").count() == 2
    assert Event.objects.filter(event_type="item.imported").count() == 3


def test_a_worker_that_lives_is_not_taken_for_dead(small, reviewer, time_machine):
    imported = accepted(small, reviewer, {1: claim()})
    with worker_that_waits(imported, "reviews_citation"):
        time_machine.move_to(timezone.now() + timedelta(hours=1))
        before = Import.objects.get().worked_at
        lost.look_after()
        assert Import.objects.get().worked_at == before
    assert Import.objects.get().state == "applied"


def test_an_import_that_two_workers_take_is_applied_once(small, reviewer):
    for number in range(1, ROUNDS + 1):
        imported = accepted(small, reviewer, {number: {"notes": "Once."}})
        assert at_once(*[partial(applying.apply, imported.pk)] * 3) == [None] * 3
        assert Event.objects.filter(event_type="import.applied").count() == number
        assert item(small, number).version == 2


def test_of_two_imports_of_a_review_accepted_at_once_one_waits(small, reviewer, second_reviewer):
    for number in range(1, ROUNDS + 1):
        both = [planned(small, by, {number: {"notes": by.name}}) for by in (reviewer, second_reviewer)]
        answers = at_once(*(partial(applying.ask, each, by=each.created_by, version=1) for each in both))
        assert {type(answer) for answer in answers} == {Import, Refused}
        refused = next(answer for answer in answers if isinstance(answer, Refused))
        assert str(refused) == "Another import of this review is being applied. Try again when it is done."
        first = next(answer for answer in answers if isinstance(answer, Import))
        applying.apply(first.pk)
        other = applied(both[1 - answers.index(first)], both[1 - answers.index(first)].created_by)
        assert other.state == "ready"
        assert f"somebody changed Items, row {number + 1} after the preview was made" in other.problem
        assert item(small, number).notes == first.applied_by.name


def test_applying_beside_somebody_who_writes_loses_nothing(small, reviewer, second_reviewer):
    for number in range(1, ROUNDS + 1):
        imported = accepted(small, reviewer, {number: {"notes": "Of the sheet."}, 12: {"asked": f"Why {number}?"}})
        by_hand = partial(record, item(small, number), second_reviewer, notes="By hand.")
        turn, written = at_once(partial(applying.apply, imported.pk), by_hand)
        assert turn is None
        state, notes = Import.objects.get(pk=imported.pk).state, item(small, number).notes
        if isinstance(written, Exception):
            assert (state, notes, item(small, 12).asked) == ("applied", "Of the sheet.", f"Why {number}?")
        else:
            assert (state, notes) == ("waiting", "By hand.")
            assert item(small, 12).asked != f"Why {number}?"


def test_undone_twice_at_once_it_is_undone_once(small, reviewer, lead):
    for number in range(1, ROUNDS + 1):
        done = applied(planned(small, reviewer, {number: claim()}), reviewer)
        answers = at_once(*(partial(undoing.undo, done, by=by) for by in (reviewer, lead)))
        assert {type(answer) for answer in answers} == {Import, Refused}
        assert Event.objects.filter(event_type="item.import_undone").count() == number
