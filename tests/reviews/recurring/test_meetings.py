"""Who is told of a meeting, what does their calendar program make of it, and what is refused?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from dateutil.relativedelta import relativedelta
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import grants, people
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from reviews.calendar import feeds
from reviews.choices import Delivery, ObligationState, OccurrenceState
from reviews.models import FeedEntry, Meeting, Message, Obligation, Occurrence
from reviews.recurring import meetings, obligations, occurrences
from reviews.reminders import messages
from tests import calendar_parser
from tests.reviews.calendar.test_calendar import DAY, TODAY, obligation, occurrence
from tests.reviews.conftest import text_of

AT = time(10, 0)


@pytest.fixture
def drill(vendor, ciso):
    return occurrence(obligation(vendor, ciso, title="What the board must not read elsewhere"), TODAY() + 10 * DAY)


def call(drill, by, *invited, day=None, at=AT, minutes=60, place="Room 3"):
    day = day or TODAY() + 10 * DAY
    return meetings.arrange(drill, by=by, day=day, at=at, minutes=minutes, place=place, invited=invited)


def deliver():
    """Send all that waits; `{(address, subject): what the calendar program understands}`."""
    mail.outbox.clear()
    messages.send_waiting()
    return {(each.to[0], each.subject.removeprefix("Countersign: ")): understood(each) for each in mail.outbox}


def understood(sent):
    """Of the part that mail programs act on, which says the same as the attached file."""
    parts = [part for part in sent.message().walk() if part.get_content_type() in {"text/calendar", "application/ics"}]
    inline, attached = (part.get_payload(decode=True) for part in parts)
    assert inline.replace(b"\r\n", b"\n") == attached.replace(b"\r\n", b"\n")
    book = calendar_parser.read(attached)
    assert parts[0].get_param("method") == book["method"]
    (event,) = book["events"]
    return event | {"method": book["method"]}


def called_at():
    return Event.objects.get(event_type="meeting.called").occurred_at


INVITED, MOVED, CANCELLED = "an invitation", "a meeting has changed", "a meeting is cancelled"


def test_everyone_invited_gets_the_event_by_mail(drill, ciso, legal, reviewer):
    meeting = call(drill, ciso, legal, reviewer)
    found = deliver()
    assert set(found) == {(legal.email, INVITED), (reviewer.email, INVITED)}
    start = timezone.make_aware(datetime.combine(drill.due_on, AT)).astimezone(UTC)
    assert found[legal.email, INVITED] == {
        "method": "REQUEST",
        "uid": f"meeting-{meeting.pk}-{called_at():%Y%m%dT%H%M%S%f}@127.0.0.1",
        "sequence": 0,
        "summary": "Incident response drill · Anthropic",
        "status": "CONFIRMED",
        "start": start.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "end": (start + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "organizer": f"mailto:{ciso.email}",
        "attendees": [f"mailto:{legal.email}", f"mailto:{reviewer.email}"],
        "url": f"http://127.0.0.1:8000{drill.get_absolute_url()}",
    }
    assert deliver() == {}


def test_nothing_confidential_is_in_the_mail(drill, ciso, legal):
    call(drill, ciso, legal)
    deliver()
    (sent,) = mail.outbox
    assert sent.subject == "Countersign: an invitation"
    assert "board" not in sent.message().as_string()
    assert "Where: Room 3" in sent.body


def test_a_moved_meeting_is_an_update_with_the_next_number(drill, ciso, legal):
    first = call(drill, ciso, legal)
    before = deliver()[legal.email, INVITED]
    second = call(drill, ciso, legal, at=time(11, 30))
    after = deliver()[legal.email, MOVED]
    assert first == second
    assert (after["uid"], after["sequence"], after["method"]) == (before["uid"], 1, "REQUEST")
    assert after["start"] > before["start"]


def test_a_cancelled_meeting_is_taken_out_of_every_calendar(drill, ciso, legal, reviewer):
    call(drill, ciso, legal, reviewer)
    deliver()
    meetings.cancel(drill, by=ciso)
    found = deliver()
    assert set(found) == {(legal.email, CANCELLED), (reviewer.email, CANCELLED)}
    event = found[legal.email, CANCELLED]
    assert (event["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 1)
    assert event["attendees"] == [f"mailto:{legal.email}"]
    assert meetings.of(drill) is None


def test_who_comes_onto_the_list_or_leaves_it_hears_and_nobody_else(drill, ciso, legal, reviewer, lead):
    call(drill, ciso, legal, reviewer)
    deliver()
    call(drill, ciso, legal, lead)
    found = deliver()
    assert set(found) == {(reviewer.email, CANCELLED), (lead.email, INVITED)}
    assert found[lead.email, INVITED]["sequence"] == found[reviewer.email, CANCELLED]["sequence"] == 1


def test_who_is_only_taken_off_the_list_is_not_told_that_the_meeting_is_off(drill, ciso, legal, reviewer):
    call(drill, ciso, legal, reviewer)
    deliver()
    call(drill, ciso, legal)
    event = deliver()[reviewer.email, CANCELLED]
    assert (event["method"], event["status"]) == ("CANCEL", None)
    assert event["attendees"] == [f"mailto:{reviewer.email}"]


def test_a_meeting_with_the_number_of_one_that_a_restore_took_away_is_another_event(drill, ciso, legal):
    before_the_loss = transaction.savepoint()
    lost = call(drill, ciso, legal)
    before = deliver()[legal.email, INVITED]["uid"]
    transaction.savepoint_rollback(before_the_loss)
    Meeting.objects.bulk_create([Meeting(pk=lost.pk, occurrence=drill, organiser=ciso, starts_at=lost.starts_at)])
    Meeting.objects.update(cancelled_at=lost.starts_at)
    assert call(drill, ciso, legal).pk == lost.pk
    assert deliver()[legal.email, INVITED]["uid"] != before


def test_the_feed_and_the_invitation_name_a_meeting_alike_under_the_site_s_host(client, settings, drill, ciso, legal):
    settings.EMBEDDED, settings.CSRF_TRUSTED_ORIGINS = False, ["https://countersign.example.com:8443"]
    call(drill, ciso, legal)
    uid = deliver()[legal.email, INVITED]["uid"]
    assert uid.endswith("@countersign.example.com")
    assert uid in {event["uid"] for event in calendar_parser.read(feeds.read(feeds.find(feeds.make(legal))))["events"]}


def test_a_host_of_any_length_fits(settings, drill, ciso, legal):
    settings.EMBEDDED, settings.CSRF_TRUSTED_ORIGINS = False, [f"https://{'x' * 63}.{'y' * 63}.example.com"]
    call(drill, ciso, legal)
    feeds.read(feeds.find(feeds.make(legal)))
    assert all(len(row.uid) <= 120 for row in FeedEntry.objects.all())


def test_saving_the_same_again_tells_nobody(drill, ciso, legal):
    call(drill, ciso, legal)
    deliver()
    events = Event.objects.count()
    assert call(drill, ciso, legal).sequence == 0
    assert deliver() == {}
    assert Event.objects.count() == events


def test_of_two_changes_before_the_mail_goes_only_the_last_is_told(drill, ciso, legal):
    call(drill, ciso, legal)
    call(drill, ciso, legal, at=time(15, 0))
    found = deliver()
    assert set(found) == {(legal.email, INVITED)}
    assert found[legal.email, INVITED]["sequence"] == 1
    states = Message.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [Delivery.NOTHING, Delivery.SENT]


def test_who_never_heard_of_it_is_not_told_that_it_is_cancelled(drill, ciso, legal):
    call(drill, ciso, legal)
    meetings.cancel(drill, by=ciso)
    assert deliver() == {}


def test_a_mail_whose_worker_died_counts_as_told(drill, ciso, legal):
    call(drill, ciso, legal)
    Message.objects.update(attempts=1)
    meetings.cancel(drill, by=ciso)
    assert set(deliver()) == {(legal.email, CANCELLED)}


def test_a_meeting_called_again_after_it_was_cancelled_is_the_same_event(drill, ciso, legal):
    meeting = call(drill, ciso, legal)
    deliver()
    meetings.cancel(drill, by=ciso)
    deliver()
    assert call(drill, ciso, legal) == meeting
    found = deliver()[legal.email, MOVED]
    assert (found["sequence"], found["status"]) == (2, "CONFIRMED")


def test_who_lost_access_or_left_reads_nothing_new(drill, ciso, legal, reviewer, vendor, administrator):
    call(drill, ciso, legal, reviewer)
    grants.take(legal, Access.SIGN, vendor)
    people.deactivate(reviewer, by=administrator)
    assert deliver() == {}


def test_who_lost_access_after_the_invitation_is_taken_off_without_words(drill, ciso, legal, reviewer, vendor):
    call(drill, ciso, legal, reviewer)
    deliver()
    grants.take(legal, Access.SIGN, vendor)
    call(drill, ciso, reviewer)
    found = deliver()
    assert set(found) == {(legal.email, CANCELLED)}
    assert found[legal.email, CANCELLED]["summary"] == "Meeting"
    assert "Anthropic" not in mail.outbox[0].message().as_string()


def test_mails_and_event_belong_to_the_change_or_none_of_it_happens(drill, ciso, legal, no_more_events):
    with pytest.raises(DatabaseError), transaction.atomic():
        call(drill, ciso, legal)
    assert (Meeting.objects.count(), Message.objects.count()) == (0, 0)


def test_each_change_is_an_event(drill, ciso, legal, reviewer):
    call(drill, ciso, legal)
    call(drill, ciso, legal, at=time(11, 0))
    meetings.cancel(drill, by=ciso)
    found = list(Event.objects.filter(event_type__startswith="meeting.").order_by("pk"))
    assert [event.event_type for event in found] == ["meeting.called", "meeting.changed", "meeting.cancelled"]
    assert {(event.actor_name, event.vendor_id) for event in found} == {("CISO", drill.obligation.vendor_id)}
    assert set(found[1].after) == {"starts_at"}


def test_a_date_that_is_skipped_takes_its_meeting_along(drill, ciso, legal, lead):
    call(drill, ciso, legal)
    deliver()
    occurrences.skip(drill, by=lead, reason="Nothing to drill.")
    found = deliver()
    assert found[legal.email, CANCELLED]["status"] == "CANCELLED"
    assert meetings.of(drill) is None


def done(date, by):
    answers = {"scenario": "A key was published.", "participants": "CISO"}
    return occurrences.record(date, by=by, done_on=TODAY(), result="passed", answers=answers)


def test_a_date_that_was_done_before_its_meeting_calls_the_meeting_off(drill, ciso, legal, reviewer, vendor):
    call(drill, ciso, legal, ciso)
    deliver()
    grants.take(legal, Access.SIGN, vendor)
    done(drill, reviewer)
    found = deliver()
    assert set(found) == {(legal.email, CANCELLED), (ciso.email, CANCELLED)}
    assert found[legal.email, CANCELLED]["summary"] == "Meeting"
    assert meetings.of(drill) is None
    assert Event.objects.get(event_type="meeting.cancelled").actor_name == "Reviewer"


def test_a_meeting_about_what_was_recorded_is_called_off_by_the_signature(drill, ciso, legal, reviewer):
    completion = done(drill, reviewer)
    call(drill, ciso, legal)
    deliver()
    occurrences.sign(drill, by=ciso, shown=occurrences.shown(completion, to=ciso))
    assert set(deliver()) == {(legal.email, CANCELLED)}


def test_a_meeting_that_took_place_is_not_called_off_by_what_is_recorded_of_it(drill, ciso, legal, reviewer):
    meeting = call(drill, ciso, legal)
    deliver()
    with time_machine.travel(meeting.starts_at + timedelta(hours=2)):
        done(drill, reviewer)
        assert deliver() == {}
    assert meetings.of(drill) == meeting


def test_an_obligation_that_ends_takes_its_meetings_along(drill, ciso, legal, lead):
    call(drill, ciso, legal)
    deliver()
    obligations.end(drill.obligation, by=lead, reason="We left.")
    assert set(deliver()) == {(legal.email, CANCELLED)}


def test_the_page_of_the_date_shows_its_meeting(browser_of, drill, ciso, legal, auditor):
    assert "No meeting is called for this date." in text_of(browser_of(ciso).get(drill.get_absolute_url()))
    call(drill, ciso, legal)
    for who, acts in ((ciso, True), (auditor, False)):
        page = text_of(browser_of(who).get(drill.get_absolute_url()))
        assert "Room 3" in page
        assert ("Cancel the meeting" in page) == acts


# Times


@pytest.mark.parametrize(
    ("zone", "day", "at", "words"),
    [
        ("Europe/Berlin", date(2027, 3, 28), time(2, 30), "go forward and 02:30 does not exist"),
        ("Europe/Berlin", date(2027, 3, 28), time(2, 0), "go forward and 02:00 does not exist"),
        ("Europe/Berlin", date(2027, 10, 31), time(2, 30), "go back and 02:30 comes twice"),
        ("America/New_York", date(2027, 11, 7), time(1, 59), "go back and 01:59 comes twice"),
        ("Australia/Lord_Howe", date(2027, 10, 3), time(2, 15), "go forward and 02:15 does not exist"),
    ],
)
def test_a_time_that_is_not_there_or_is_there_twice_is_refused_in_words(settings, zone, day, at, words):
    settings.TIME_ZONE = zone
    with pytest.raises(Refused, match=words):
        meetings.instant(day, at)


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        (date(2027, 3, 28), time(1, 59), "2027-03-28T00:59+00:00"),
        (date(2027, 3, 28), time(3, 0), "2027-03-28T01:00+00:00"),
        (date(2027, 10, 31), time(1, 59), "2027-10-30T23:59+00:00"),
        (date(2027, 10, 31), time(3, 0), "2027-10-31T02:00+00:00"),
        (date(2027, 1, 4), time(0, 0), "2027-01-03T23:00+00:00"),
    ],
)
def test_a_time_is_that_of_the_organisation_s_clocks(settings, day, at, expected):
    settings.TIME_ZONE = "Europe/Berlin"
    assert meetings.instant(day, at) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("at", [time(0, 30), time(1, 30), time(3, 0), time(3, 30), time(12, 0)])
@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31), date(2027, 6, 1)])
def test_an_invitation_across_a_change_of_the_clocks_names_the_right_instant(settings, drill, ciso, legal, day, at):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(datetime(2027, 1, 4, 12, tzinfo=UTC)):
        meeting = call(drill, ciso, legal, day=day, at=at, minutes=180)
        event = deliver()[legal.email, INVITED]
    assert event["start"] == meeting.starts_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    length = datetime.fromisoformat(event["end"]) - datetime.fromisoformat(event["start"])
    assert length == timedelta(minutes=180)


# What is refused


def test_only_the_owner_and_the_lead_call_a_meeting(drill, ciso, legal, lead, auditor, stranger, reviewer):
    for who in (legal, auditor, stranger, reviewer):
        with pytest.raises(PermissionDenied):
            call(drill, who, legal)
        with pytest.raises(PermissionDenied):
            meetings.cancel(drill, by=who)
    call(drill, lead, legal)
    call(drill, ciso, legal, at=time(12, 0))
    assert Meeting.objects.get().organiser == lead


def test_nobody_without_access_is_invited(drill, ciso, stranger):
    with pytest.raises(Refused, match="Stranger has no access to Anthropic and cannot be invited"):
        call(drill, ciso, stranger)


def test_nobody_at_all_is_no_meeting(drill, ciso):
    with pytest.raises(Refused, match="Invite at least one person"):
        call(drill, ciso)


def test_the_past_is_refused(drill, ciso, legal):
    with pytest.raises(Refused, match="This moment has passed"):
        call(drill, ciso, legal, day=TODAY() - DAY)


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Pacific/Auckland", "America/New_York"])
@pytest.mark.parametrize(("day", "at"), [("0001-01-01", "00:00"), ("9999-12-31", "23:59")])
def test_a_day_out_of_reach_is_refused_and_what_was_typed_stays(
    browser_of, settings, drill, ciso, legal, zone, day, at
):
    settings.TIME_ZONE = zone
    response = browser_of(ciso).post(f"/occurrences/{drill.pk}/meeting/", sent(legal, day=day, at=at, place="Room 9"))
    page = response.content.decode()
    assert response.status_code == 422
    assert ("at most 5 years ahead" if day > "2000" else "This moment has passed") in page
    assert f'value="{day}"' in page
    assert 'value="Room 9"' in page


def test_five_years_from_today_is_the_last_day(drill, ciso, legal):
    last = TODAY() + relativedelta(years=5)
    with pytest.raises(Refused, match="at most 5 years ahead"):
        call(drill, ciso, legal, day=last + DAY)
    assert call(drill, ciso, legal, day=last).minutes == 60


@pytest.mark.parametrize("minutes", [0, 4, 1441])
def test_a_strange_length_is_refused(drill, ciso, legal, minutes):
    with pytest.raises(Refused, match="from 5 minutes to a day"):
        call(drill, ciso, legal, minutes=minutes)


@pytest.mark.parametrize("state", [OccurrenceState.DONE, OccurrenceState.SKIPPED])
def test_there_is_no_meeting_for_a_closed_date(drill, ciso, legal, state):
    Occurrence.objects.update(state=state, done_on=TODAY())
    with pytest.raises(Refused, match="This date is closed"):
        call(drill, ciso, legal)


def test_there_is_no_meeting_for_what_is_no_longer_in_force(drill, ciso, legal):
    Obligation.objects.update(state=ObligationState.ENDED)
    with pytest.raises(Refused, match="This date is closed"):
        call(drill, ciso, legal)


def test_what_was_not_called_cannot_be_cancelled(drill, ciso):
    with pytest.raises(Refused, match="There is no meeting"):
        meetings.cancel(drill, by=ciso)


# Pages


def sent(*invited, **values):
    chosen = {"day": (TODAY() + 10 * DAY).isoformat(), "at": "10:00", "minutes": 60, "place": "  Room \n 3 "}
    return chosen | {"invited": [person.pk for person in invited]} | values


def test_a_meeting_is_called_changed_and_cancelled_by_the_pages(browser_of, drill, ciso, legal):
    page, form = browser_of(ciso), f"/occurrences/{drill.pk}/meeting/"
    assert "10:00" in page.get(form).content.decode()
    assert page.post(form, sent(legal)).status_code == 302
    assert meetings.of(drill).place == "Room 3"
    changed = page.get(form).content.decode()
    assert "Change the meeting" in changed
    assert f'value="{legal.pk}" class' in changed or f'value="{legal.pk}"' in changed
    assert page.post(form, sent(legal, at="10:15")).status_code == 302
    assert timezone.localtime(meetings.of(drill).starts_at).time() == time(10, 15)
    assert page.post(f"{form}cancel/").status_code == 302
    assert meetings.of(drill) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": ""},
        {"day": "2027-02-30"},
        {"at": "25:00"},
        {"at": ""},
        {"minutes": "-5"},
        {"minutes": "9" * 30},
        {"place": "x" * 201},
        {"invited": []},
        {"invited": ["0"]},
        {"invited": ["letters"]},
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(browser_of, drill, ciso, legal, wrong):
    response = browser_of(ciso).post(f"/occurrences/{drill.pk}/meeting/", sent(legal, **wrong))
    assert response.status_code == 422
    assert Meeting.objects.count() == 0


def test_a_time_in_the_gap_is_a_sentence_on_the_page(browser_of, settings, drill, ciso, legal):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(datetime(2027, 3, 20, 12, tzinfo=UTC)):
        values = sent(legal, day="2027-03-28", at="02:30")
        response = browser_of(ciso).post(f"/occurrences/{drill.pk}/meeting/", values)
    assert response.status_code == 422
    assert "02:30 does not exist. Choose another time." in text_of(response)
