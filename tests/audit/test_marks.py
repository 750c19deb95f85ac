"""Does the file storage know the newest event, and is no number given out twice?"""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from audit import log, marks
from audit.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(reviewer):
    return log.record("something.happened", reviewer)


def stored():
    return sorted(default_storage.listdir("marks")[1])


def test_without_an_event_there_is_no_mark():
    marks.write()
    assert (marks.latest(), marks.read()) == (None, None)


def test_the_mark_is_of_the_newest_event_and_the_only_one(event):
    marks.write()
    assert marks.read() == marks.latest() == (event.pk, event.occurred_at)
    later = log.record("something.else", event)
    marks.write()
    marks.write()
    assert marks.read() == (later.pk, later.occurred_at)
    assert stored() == [f"event-{later.pk}.json"]


def test_what_two_processes_stored_at_once_is_understood_and_tidied_up(event):
    default_storage.save(f"marks/event-{event.pk - 1}.json", ContentFile(b"{}"))
    default_storage.save(f"marks/event-{event.pk - 1}_Xy12.json", ContentFile(b"{}"))
    marks.write()
    assert stored() == [f"event-{event.pk}.json"]


def test_a_database_that_begins_anew_does_not_erase_the_mark_of_the_lost_one(event):
    default_storage.save(f"marks/event-{event.pk + 900}.json", ContentFile(b'{"at": "2026-01-02T03:04:05+00:00"}'))
    marks.write()
    assert stored() == [f"event-{event.pk + 900}.json"]
    assert marks.read() == (event.pk + 900, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


@pytest.mark.parametrize("content", [b"", b'{"id": 9, "at": "20', b"{}", b"[]", b"\xff", b'{"at": 3}'])
def test_a_mark_that_was_written_by_half_still_says_its_number(db, content):
    default_storage.save("marks/event-9.json", ContentFile(content))
    assert marks.read() == (9, None)


def test_a_number_people_were_told_is_not_given_out_again(event):
    marks.skip_to(event.pk + 700)
    marks.skip_to(event.pk)
    assert log.record("something.else", event).pk == event.pk + 701
    assert Event.objects.count() == Event.objects.filter(pk__lte=event.pk).count() + 1
