"""Who is told of the weekly sync, what does their calendar program make of it, and what is refused?"""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from reviews import calendar
from reviews.calendar import feeds
from reviews.choices import OnCalendar
from reviews.models import SyncSeries
from reviews.weekly import series
from tests import calendar_parser
from tests.reviews.conftest import text_of
from tests.reviews.recurring.test_meetings import deliver
from tests.reviews.weekly.minutes import both

INVITED, MOVED, CANCELLED = (
    "an invitation to the weekly sync",
    "the weekly sync has changed",
    "the weekly sync is cancelled",
)
DAY = timedelta(days=1)
# A Tuesday; in Berlin the clocks go back on 31 October 2027.
FIRST = date(2027, 10, 12)


@pytest.fixture(autouse=True)
def in_berlin(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel(datetime(2027, 10, 1, 12, tzinfo=UTC)):
        yield


def arrange(review, by, *invited, day=FIRST, at=time(10, 0), weeks=1, until=date(2027, 11, 9), minutes=45, **said):
    values = {"minutes": minutes, "every_weeks": weeks, "until": until, "place": "Room 3"} | said
    return series.arrange(review, by=by, day=day, at=at, invited=invited, **values)


def test_the_invited_get_a_series_that_keeps_its_time_on_the_wall(small, lead, legal, ciso):
    arranged = arrange(small, lead, legal, ciso)
    found = deliver()
    assert set(found) == {(legal.email, INVITED), (ciso.email, INVITED)}
    event = found[legal.email, INVITED]
    # 10:00 is 8:00 in UTC before the clocks go back, and 9:00 after.
    days = [(10, 12, 8), (10, 19, 8), (10, 26, 8), (11, 2, 9), (11, 9, 9)]
    assert event["starts"] == [f"2027-{month:02}-{day:02}T{hour:02}:00:00.000Z" for month, day, hour in days]
    assert (event["method"], event["sequence"], event["status"]) == ("REQUEST", 0, "CONFIRMED")
    assert event["summary"] == "Weekly sync · Anthropic · Small review"
    assert event["url"] == f"http://127.0.0.1:8000/reviews/{small.slug}/syncs/"
    assert event["uid"].startswith(f"series-{arranged.pk}-")
    assert deliver() == {}


def test_a_change_is_told_once_with_the_next_sequence_and_the_same_again_is_none(small, lead, legal, ciso):
    arrange(small, lead, legal, ciso)
    uid = deliver()[legal.email, INVITED]["uid"]
    changed = arrange(small, lead, legal, ciso, at=time(11, 0), weeks=2)
    found = deliver()
    assert set(found) == {(legal.email, MOVED), (ciso.email, MOVED)}
    event = found[legal.email, MOVED]
    assert (event["uid"], event["sequence"], len(event["starts"])) == (uid, 1, 3)
    assert arrange(small, lead, legal, ciso, at=time(11, 0), weeks=2).sequence == changed.sequence
    assert deliver() == {}


def test_only_who_comes_onto_the_list_or_leaves_it_hears_of_that(small, lead, legal, ciso, reviewer):
    arrange(small, lead, legal, ciso)
    deliver()
    arrange(small, lead, legal, reviewer)
    found = deliver()
    assert set(found) == {(ciso.email, CANCELLED), (reviewer.email, INVITED)}
    assert (found[ciso.email, CANCELLED]["method"], found[ciso.email, CANCELLED]["status"]) == ("CANCEL", None)


def test_a_series_under_way_keeps_its_beginning_when_only_the_room_changes(small, lead, legal):
    first = arrange(small, lead, legal).starts_at
    with time_machine.travel(datetime(2027, 10, 20, 12, tzinfo=UTC)):
        assert arrange(small, lead, legal, day=date(2027, 10, 26), place="Room 9").starts_at == first
        with pytest.raises(Refused, match="This moment has passed"):
            arrange(small, lead, legal, day=date(2027, 10, 19), at=time(9, 0))


def test_a_cancelled_series_leaves_every_calendar_and_can_be_arranged_anew(small, lead, legal, ciso, vendor):
    arrange(small, lead, legal, ciso)
    uid = deliver()[legal.email, INVITED]["uid"]
    grants.take(ciso, Access.SIGN, vendor)
    series.cancel(small, by=lead)
    found = deliver()
    assert {(each["method"], each["status"], each["sequence"]) for each in found.values()} == {
        ("CANCEL", "CANCELLED", 1)
    }
    assert found[ciso.email, CANCELLED]["summary"] == "Weekly sync"
    with pytest.raises(Refused, match="no weekly sync to cancel"):
        series.cancel(small, by=lead)
    arrange(small, lead, legal)
    assert deliver()[legal.email, INVITED]["uid"] != uid
    types = Event.objects.filter(event_type__startswith="series.").order_by("pk").values_list("event_type", flat=True)
    assert list(types) == ["series.arranged", "series.cancelled", "series.arranged"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"day": date(2027, 9, 30)}, "This moment has passed"),
        ({"day": date(2033, 1, 4), "until": date(2033, 2, 1)}, "at most 5 years ahead"),
        ({"until": date(2027, 10, 11)}, "The last day lies before the first meeting"),
        ({"day": date(2027, 10, 31), "at": time(2, 30)}, "go back and 02:30 comes twice"),
        ({"day": date(2028, 3, 26), "at": time(2, 30), "until": date(2028, 4, 2)}, "02:30 does not exist"),
        ({"minutes": 4}, "from 5 minutes to a day"),
        ({"weeks": 0}, "every week, or every 12 weeks"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(small, lead, legal, change, words):
    with pytest.raises(Refused, match=words):
        arrange(small, lead, legal, **change)
    assert SyncSeries.objects.count() == 0


def test_only_who_may_see_it_is_invited_and_auditors_arrange_nothing(small, lead, auditor, stranger):
    with pytest.raises(Refused, match="Invite at least one"):
        arrange(small, lead)
    with pytest.raises(Refused, match="Stranger may not see"):
        arrange(small, lead, stranger)
    arrange(small, lead, auditor)
    for act in (lambda: arrange(small, auditor, lead), lambda: series.cancel(small, by=auditor)):
        with pytest.raises(PermissionDenied):
            act()


def test_a_series_about_all_invites_who_sees_all_and_names_no_vendor(small, other, lead, legal, ciso):
    with pytest.raises(Refused, match="Legal may not see"):
        arrange(None, both(lead, other), legal)
    arrange(None, ciso, legal)
    event = deliver()[legal.email, INVITED]
    assert event["summary"] == "Weekly sync"
    assert Event.objects.get(event_type="series.arranged").vendor_id is None
    assert set(Event.objects.get(event_type="series.arranged").after) == {
        "starts_at",
        "minutes",
        "every_weeks",
        "until",
    }


def test_calendar_and_feed_show_the_dates_within_their_days(small, lead, legal, stranger):
    arrange(small, lead, legal)
    for who, number in ((legal, 3), (lead, 3), (stranger, 0)):
        found = calendar.entries(who, date(2027, 10, 18), date(2027, 11, 7), kind=OnCalendar.SYNC)
        assert [timezone.localtime(entry.starts_at).hour for entry in found] == [10] * number
    events = calendar_parser.read(feeds.read(feeds.find(feeds.make(legal))))["events"]
    starts = [event["start"] for event in events if "Weekly sync" in event["summary"]]
    assert starts[2:4] == ["2027-10-26T08:00:00.000Z", "2027-11-02T09:00:00.000Z"]
    assert len(starts) == 5


def test_a_series_is_arranged_changed_fetched_and_cancelled_by_the_pages(browser_of, small, lead, legal):
    browser, page = browser_of(lead), f"/reviews/{small.slug}/syncs/"
    assert "Arrange the weekly sync" in text_of(browser.get(page))
    sent = {
        "day": "2027-10-31",
        "at": "02:30",
        "minutes": 30,
        "every_weeks": 1,
        "until": "2027-12-01",
        "place": "Room 3",
    }
    sent["invited"] = [legal.pk]
    refused = browser.post(f"{page}series/", sent)
    assert refused.status_code == 422
    assert "02:30 comes twice" in text_of(refused)
    assert 'value="Room 3"' in refused.content.decode()
    assert browser.post(f"{page}series/", sent | {"day": FIRST.isoformat(), "at": "10:00"}).status_code == 302
    assert "Every week on Tuesday, 10:00, 30 minutes, until 1 December 2027" in text_of(browser.get(page))
    assert f'value="{FIRST.isoformat()}"' in browser.get(f"{page}series/").content.decode()
    fetched = browser.get(f"{page[:-1]}/series.ics")
    assert fetched["Content-Type"] == "text/calendar; charset=utf-8"
    book = calendar_parser.read(fetched.content)
    assert (book["method"], len(book["events"][0]["starts"])) == ("PUBLISH", 8)
    assert browser.post(f"{page}series/cancel/").status_code == 302
    assert browser.get(f"{page[:-1]}/series.ics").status_code == 404
