"""What does a calendar program read, who may read it, and what does it hear when a date moves?"""

import logging
import re
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from icalendar import Calendar

from accounts import grants, people
from accounts.choices import Access
from audit.models import Event
from reviews import ownership
from reviews.calendar import feeds
from reviews.choices import OccurrenceState
from reviews.models import Feed, FeedEntry, Meeting, Occurrence
from reviews.recurring import occurrences
from tests import calendar_parser
from tests.at_once import at_once
from tests.cast import PASSWORD, add_evidence, item, sign, submit
from tests.config.test_logs import Written
from tests.reviews.calendar.test_calendar import DAY, TODAY, absence, meeting, obligation, occurrence


def address_of(secret):
    return f"/calendar/feed/{secret}.ics"


@pytest.fixture
def read(client):
    """What another calendar program understands of the answer to this secret, without being signed in."""

    def ask(secret):
        response = client.get(address_of(secret))
        assert response.status_code == 200
        return calendar_parser.read(response.content)

    return ask


def events(book):
    return {event["uid"]: event for event in book["events"]}


def only(book):
    (event,) = book["events"]
    return event


@pytest.fixture
def drill(vendor, ciso):
    return occurrence(obligation(vendor, ciso, title="What the board must not read elsewhere"), TODAY() + 10 * DAY)


@pytest.fixture
def move(lead):
    return lambda at, day: occurrences.move(at, by=lead, due_on=day, reason="Holidays.")


# Making and revoking


def test_the_address_is_shown_once_and_only_its_hash_is_kept(browser_of, ciso):
    page = browser_of(ciso).post("/calendar/address/", {"password": PASSWORD})
    secret = re.search(r"/calendar/feed/([\w-]+)\.ics", page.content.decode())[1]
    assert len(secret) == 43  # 256 bits
    feed = Feed.objects.get()
    assert secret not in str(list(Feed.objects.values()))
    assert secret not in str(list(Event.objects.values()))
    assert feed.expires_on == date(TODAY().year + 1, TODAY().month, TODAY().day)
    again = browser_of(ciso).get("/calendar/address/").content.decode()
    assert secret not in again
    assert f"{feed.expires_on:%B %Y}" in again
    assert browser_of(ciso).get(address_of(secret)).status_code == 200


@pytest.mark.parametrize("typed", [{}, {"password": "wrong"}])
def test_an_address_is_made_only_by_who_proves_who_they_are(browser_of, ciso, typed):
    response = browser_of(ciso).post("/calendar/address/", typed)
    assert response.status_code == 422
    assert Feed.objects.count() == 0


def test_a_new_address_ends_the_old_one_and_each_is_an_event(client, ciso):
    old = feeds.make(ciso)
    new = feeds.make(ciso)
    assert [client.get(address_of(secret)).status_code for secret in (old, new)] == [404, 200]
    assert feeds.revoke(ciso) is True
    assert feeds.revoke(ciso) is False
    assert client.get(address_of(new)).status_code == 404
    made, revoked = "calendar.address_made", "calendar.address_revoked"
    found = (
        Event.objects.filter(event_type__startswith="calendar").order_by("pk").values_list("event_type", "target_id")
    )
    assert list(found) == [(kind, str(ciso.pk)) for kind in (made, revoked, made, revoked)]


def test_revoking_by_the_page_ends_it(browser_of, ciso):
    secret = feeds.make(ciso)
    assert browser_of(ciso).post("/calendar/address/revoke/").status_code == 302
    assert browser_of(ciso).get(address_of(secret)).status_code == 404


def test_a_person_has_one_address_at_a_time_by_the_database(ciso):
    feeds.make(ciso)
    with pytest.raises(IntegrityError), transaction.atomic():
        Feed.objects.create(person=ciso, secret_sha256="0" * 64, expires_on=TODAY())


# Who reads it


def test_it_answers_until_its_last_day_and_not_on_the_next(client, ciso):
    secret = feeds.make(ciso)
    last = Feed.objects.get().expires_on
    for day, status in ((last, 200), (last + DAY, 404)):
        with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
            assert client.get(address_of(secret)).status_code == status


def test_who_left_reads_nothing_and_who_returns_reads_again(client, ciso, administrator):
    secret = feeds.make(ciso)
    people.deactivate(ciso, by=administrator)
    assert client.get(address_of(secret)).status_code == 404
    people.reactivate(ciso, by=administrator)
    assert client.get(address_of(secret)).status_code == 200


@pytest.mark.parametrize("secret", ["x", "0" * 43, "%00", "..", "é", "a" * 5000])
def test_unknown_addresses_do_not_exist(client, ciso, secret):
    feeds.make(ciso)
    assert client.get(address_of(secret)).status_code == 404


def test_the_hash_is_no_key(client, ciso):
    feeds.make(ciso)
    assert client.get(address_of(Feed.objects.get().secret_sha256)).status_code == 404


def test_it_says_what_falls_to_the_person_and_nothing_of_others(read, small, drill, ciso, legal, lead):
    found = events(read(feeds.make(ciso)))
    own = {f"item-{item(small, number).pk}@127.0.0.1" for number in range(1, 7)}
    assert set(found) == own | {f"obligation-{drill.obligation_id}-0@127.0.0.1"}
    assert set(events(read(feeds.make(lead)))) == {f"review-{small.pk}@127.0.0.1"}


def test_access_that_is_taken_leaves_cancellations_that_say_nothing(
    client, read, small, drill, vendor, ciso, administrator
):
    secret = feeds.make(ciso)
    assert len(read(secret)["events"]) == 7
    grants.take(ciso, Access.SIGN, vendor)
    found = read(secret)["events"]
    assert {(event["status"], event["summary"]) for event in found} == {("CANCELLED", feeds.GONE)}
    text = client.get(address_of(secret)).content.decode()
    assert "Anthropic" not in text
    assert "Small review" not in text
    assert "/reviews/" not in text


def test_it_holds_nothing_confidential(client, small, drill, vendor, reviewer, ciso, legal, lead):
    report = add_evidence(vendor, reviewer, "Secret SOC 2", valid_until=TODAY() + 20 * DAY)
    submit(item(small, 1), reviewer, report, notes="Secret note")
    sign(item(small, 1))
    meeting(drill, lead, timezone.now() + DAY, ciso)
    Meeting.objects.update(place="Secret room")
    absence(legal, ciso)
    for who in (ciso, reviewer, legal):
        text = client.get(address_of(feeds.make(who))).content.decode()
        assert text.count("BEGIN:VEVENT") >= 1
        for words in ("Secret", "board", "Legal", "Lead", small.items.get(statement__number=2).statement.text[:20]):
            assert words not in text


def test_signed_in_or_not_the_answer_is_that_of_the_address_s_owner(client, drill, small, ciso, stranger):
    secret = feeds.make(ciso)
    before = client.get(address_of(secret)).content
    client.force_login(stranger)
    assert client.get(address_of(secret)).content == before


def test_neither_log_nor_answer_repeats_the_secret(client, ciso, settings):
    secret, written = feeds.make(ciso), Written("json")
    logging.getLogger().addHandler(written.handler)
    try:
        answers = [
            client.get(address_of(secret)),
            client.get(address_of(f"{secret}x")),
            client.post(address_of(secret)),
        ]
    finally:
        logging.getLogger().removeHandler(written.handler)
    assert [answer.status_code for answer in answers] == [200, 404, 405]
    assert "reviews:calendar_feed" in written.text
    assert secret not in written.text
    assert secret not in answers[0].content.decode() + str(answers[0].headers)


def test_nobody_on_the_way_keeps_it_and_no_session_is_opened(client, ciso):
    response = client.get(address_of(feeds.make(ciso)))
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.cookies == {}


def test_what_has_not_changed_is_not_sent_again(client, move, drill, ciso):
    secret = feeds.make(ciso)
    first = client.get(address_of(secret))
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        second = client.get(address_of(secret), headers={"If-None-Match": first["ETag"]})
    assert (second.status_code, second.content) == (304, b"")
    move(drill, TODAY() + 11 * DAY)
    third = client.get(address_of(secret), headers={"If-None-Match": first["ETag"]})
    assert third.status_code == 200


def test_asking_again_and_again_is_refused_for_a_minute(client, ciso, legal):
    secret, other = feeds.make(ciso), feeds.make(legal)
    with time_machine.travel(datetime(2026, 12, 1, 12, tzinfo=UTC), tick=False):
        answers = [client.get(address_of(secret)).status_code for _ in range(feeds.READS_A_MINUTE + 1)]
        assert answers == [200] * feeds.READS_A_MINUTE + [429]
        assert client.get(address_of(other)).status_code == 200
    with time_machine.travel(datetime(2026, 12, 1, 12, 1, tzinfo=UTC), tick=False):
        assert client.get(address_of(secret)).status_code == 200


def test_without_the_cache_it_answers_all_the_same(client, ciso, settings):
    secret = feeds.make(ciso)
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert client.get(address_of(secret)).status_code == 200
    cache.close()


# What it says, read by another program


def test_a_day_is_a_whole_day_with_its_end_excluded(read, client, drill, ciso):
    secret = feeds.make(ciso)
    assert only(read(secret)) == {
        "uid": f"obligation-{drill.obligation_id}-0@127.0.0.1",
        "sequence": 0,
        "summary": "Incident response drill · Anthropic",
        "status": "CONFIRMED",
        "start": drill.due_on.isoformat(),
        "end": (drill.due_on + DAY).isoformat(),
        "organizer": None,
        "attendees": [],
        "url": f"http://127.0.0.1:8000{drill.get_absolute_url()}",
    }
    assert read(secret)["name"] == "Countersign"


def test_a_moved_date_is_the_same_event_with_a_higher_sequence_and_the_new_day(read, move, drill, ciso):
    secret = feeds.make(ciso)
    before = only(read(secret))
    for step in (1, 2):
        move(drill, drill.due_on + step * DAY)
        after = only(read(secret))
        assert after["uid"] == before["uid"]
        assert (after["sequence"], after["start"]) == (step, (drill.due_on + step * DAY).isoformat())
        assert only(read(secret)) == after


def test_a_due_day_moved_by_the_lead_is_an_update(read, small, ciso, lead):
    secret, first = feeds.make(ciso), item(small, 1)
    uid = f"item-{first.pk}@127.0.0.1"
    read(secret)
    ownership.set_due([first], due_on=first.due_on + 3 * DAY, by=lead)
    found = events(read(secret))
    assert (found[uid]["sequence"], found[uid]["start"]) == (1, (first.due_on + 3 * DAY).isoformat())
    assert {event["sequence"] for other, event in found.items() if other != uid} == {0}


def test_a_skipped_date_is_cancelled_and_forgotten_after_a_month(read, drill, ciso, lead):
    secret, uid = feeds.make(ciso), f"obligation-{drill.obligation_id}-0@127.0.0.1"
    read(secret)
    occurrences.skip(drill, by=lead, reason="Nothing to drill.")
    cancelled = events(read(secret))[uid]
    assert (cancelled["status"], cancelled["sequence"]) == ("CANCELLED", 1)
    assert events(read(secret))[uid] == cancelled
    with time_machine.travel(timezone.now() + feeds.TOLD_GONE + DAY):
        assert uid not in events(read(secret))


def test_what_was_skipped_before_anybody_asked_is_not_mentioned(read, drill, ciso):
    Occurrence.objects.update(state=OccurrenceState.SKIPPED)
    assert read(feeds.make(ciso))["events"] == []


def test_what_disappears_is_cancelled_and_what_returns_is_confirmed_again(read, drill, ciso, legal):
    secret = feeds.make(ciso)
    read(secret)
    drill.obligation.owner = legal
    drill.obligation.save()
    assert (only(read(secret))["status"], only(read(secret))["sequence"]) == ("CANCELLED", 1)
    drill.obligation.owner = ciso
    drill.obligation.save()
    assert (only(read(secret))["status"], only(read(secret))["sequence"]) == ("CONFIRMED", 2)


def test_a_renewed_address_goes_on_counting(read, move, drill, ciso):
    read(feeds.make(ciso))
    move(drill, drill.due_on + DAY)
    assert only(read(feeds.make(ciso)))["sequence"] == 1


def test_what_is_done_stays_where_it_was(read, drill, ciso):
    secret = feeds.make(ciso)
    before = only(read(secret))
    Occurrence.objects.update(state=OccurrenceState.DONE, done_on=TODAY())
    assert only(read(secret)) == before


def test_only_the_last_month_and_the_next_thirteen_are_told(read, vendor, ciso):
    drills = obligation(vendor, ciso)
    today = TODAY()
    days = [today - feeds.BEFORE - DAY, today - feeds.BEFORE, today + feeds.AFTER, today + feeds.AFTER + DAY]
    for number, day in enumerate(days):
        occurrence(drills, day, number)
    found = read(feeds.make(ciso))["events"]
    assert [event["start"] for event in found] == [day.isoformat() for day in days[1:3]]


def test_days_that_grow_old_leave_without_a_cancellation(read, drill, ciso):
    secret = feeds.make(ciso)
    read(secret)
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        assert read(secret)["events"] == []
    assert FeedEntry.objects.get().cancelled_at is None


@pytest.mark.parametrize(
    ("zone", "instants"),
    [
        (
            "Europe/Berlin",
            ["2027-03-28T00:30", "2027-03-28T01:00", "2027-03-28T02:30", "2027-10-31T01:30", "2027-10-31T03:30"],
        ),
        ("America/New_York", ["2027-03-14T06:30", "2027-03-14T07:00", "2027-03-14T08:30", "2027-11-07T07:30"]),
        ("Europe/Dublin", ["2027-03-28T00:30", "2027-03-28T01:30", "2027-10-31T02:30"]),
        ("Australia/Lord_Howe", ["2027-04-03T16:00", "2027-10-02T15:00", "2027-10-02T16:00"]),
        ("Africa/Casablanca", ["2027-02-07T00:30", "2027-02-08T10:00", "2027-03-14T12:00", "2027-03-15T10:00"]),
        ("Asia/Kathmandu", ["2027-05-01T09:00"]),
        ("UTC", ["2027-05-01T09:00"]),
    ],
)
def test_meetings_around_a_change_of_the_clocks_are_at_the_right_instant(
    read, settings, drill, ciso, lead, zone, instants
):
    settings.TIME_ZONE = zone
    each = meeting(drill, lead, timezone.now(), ciso)
    with time_machine.travel(datetime(2027, 1, 10, 12, tzinfo=UTC)):
        secret = feeds.make(ciso)
        for instant in instants:
            starts_at = datetime.fromisoformat(instant).replace(tzinfo=UTC)
            Meeting.objects.update(starts_at=starts_at, minutes=90)
            found = events(read(secret))[f"meeting-{each.pk}@127.0.0.1"]
            assert found["start"] == starts_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            length = datetime.fromisoformat(found["end"]) - datetime.fromisoformat(found["start"])
            assert length == timedelta(minutes=90)


def test_a_meeting_that_moves_within_its_day_is_an_update(read, drill, ciso, lead):
    each = meeting(drill, lead, timezone.now() + DAY, ciso)
    secret, uid = feeds.make(ciso), f"meeting-{each.pk}@127.0.0.1"
    before = events(read(secret))[uid]
    Meeting.objects.update(starts_at=each.starts_at + timedelta(minutes=15))
    after = events(read(secret))[uid]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert before["start"] < after["start"]


def test_the_text_is_right_by_the_rules_of_rfc_5545(client, small, drill, ciso, lead):
    meeting(drill, lead, timezone.now() + DAY, ciso)
    text = client.get(address_of(feeds.make(ciso))).content
    lines = text.split(b"\r\n")
    assert lines.pop() == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    book = Calendar.from_ical(text)
    for event in book.events:
        assert not event.errors
        for name in ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "UID", "DTSTART", "DTEND", "STATUS"):
            assert name in event, name
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert b"X-WR-CALNAME:Countersign" in lines


@pytest.mark.parametrize("many", [1, 30])
def test_reading_takes_as_many_queries_for_thirty_as_for_one(django_assert_num_queries, vendor, ciso, lead, many):
    drills = obligation(vendor, ciso)
    for number in range(many):
        meeting(occurrence(drills, TODAY(), number), lead, timezone.now(), ciso)
    feeds.make(ciso)
    feed = Feed.objects.select_related("person").get()
    feeds.read(feed)
    with django_assert_num_queries(21):
        assert feeds.read(feed).count(b"BEGIN:VEVENT") == 2 * many


# At once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_programs_that_ask_at_once_hear_the_same(move, small, drill, ciso):
    feeds.make(ciso)
    for step in range(1, 6):
        feed = Feed.objects.get()
        answers = at_once(*[partial(feeds.read, feed)] * 4)
        assert {type(answer) for answer in answers} == {bytes}
        assert len(set(answers)) == 1
        assert FeedEntry.objects.filter(sequence=step - 1, uid__startswith="obligation").count() == 1
        move(drill, drill.due_on + step * DAY)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_browsers_that_make_an_address_at_once_leave_one(ciso):
    for _ in range(5):
        answers = at_once(*[partial(feeds.make, ciso)] * 3)
        assert {type(answer) for answer in answers} == {str}
        assert Feed.objects.filter(revoked_at=None).count() == 1
