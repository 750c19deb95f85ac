"""How are dates written for other calendar programs? Feeds and invitations, by RFC 5545 and RFC 5546.

Days are written as days (VALUE=DATE, the end excluded), moments as local time of the organisation's zone with the zone's
transitions beside them, so that a program that has never heard of the zone is right as well.
"""

from bisect import bisect_left
from datetime import UTC, datetime, time, timedelta
from email.utils import parseaddr
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress

from accounts import site

PRODUCT = "-//Countersign//Calendar//EN"
NAME = "Countersign"
AGAIN_AFTER = timedelta(hours=1)
DAY = 24 * 3600
HOST_KEPT = 60  # characters; a feed stores 120 with the key
MARGIN = timedelta(days=40)


def published(said, first, last):
    """A feed's calendar with these events, bytes. `first` and `last` are the days it speaks of."""
    book = _calendar()
    # What older programs read, and what RFC 7986 made of it.
    book.add("x-wr-calname", NAME)
    book.add("name", NAME)
    book.add("refresh-interval", AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    book.add("x-published-ttl", "PT1H")
    if any(each.starts_at for each in said):
        add_zone(book, first, last)
    for each in said:
        book.add_component(_event(each))
    return book.to_ical()


def _calendar():
    book = Calendar()
    book.add("prodid", PRODUCT)
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    return book


def add_zone(book, first, last):
    """The organisation's zone as it is from `first` to `last`; UTC needs no words.

    Each change of the clocks is a part of its own. `Timezone.from_tzid` would list them as RDATEs, of which the parser in
    Thunderbird reads the first alone, and puts the onset of summer time an hour late (RFC 5545, 3.6.5: an onset is
    written as local time of the offset before it).
    """
    if settings.TIME_ZONE == "UTC":
        return
    zone = Timezone()
    zone.add("tzid", settings.TIME_ZONE)
    start = datetime.combine(first, time.min, tzinfo=UTC) - MARGIN
    zone.add_component(_observance(start, start))
    for onset in _changes(start, datetime.combine(last, time.min, tzinfo=UTC) + MARGIN):
        zone.add_component(_observance(onset - timedelta(seconds=1), onset))
    book.add_component(zone)


def _changes(start, end):
    """The instants between these at which the clocks change: the days on which they do, then the second."""
    while start < end:
        if _differs(start, DAY):
            yield start + timedelta(seconds=bisect_left(range(DAY), True, key=partial(_differs, start)))
        start += timedelta(seconds=DAY)


def _differs(start, seconds):
    return _offset(start + timedelta(seconds=seconds)) != _offset(start)


def _offset(moment):
    return timezone.localtime(moment).utcoffset()


def _observance(before, onset):
    local = timezone.localtime(onset)
    part = TimezoneDaylight() if (local.dst() or timedelta()) > timedelta() else TimezoneStandard()
    part.add("dtstart", (onset + _offset(before)).replace(tzinfo=None))
    part.add("tzoffsetfrom", _offset(before))
    part.add("tzoffsetto", _offset(onset))
    part.add("tzname", local.tzname())
    return part


def _event(said):
    event = Event()
    event.add("uid", said.uid)
    # Without a METHOD both say when the event last changed.
    event.add("dtstamp", said.changed_at)
    event.add("last-modified", said.changed_at)
    event.add("sequence", said.sequence)
    event.add("summary", said.summary)
    event.add("status", "CANCELLED" if said.is_cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    if said.url:
        event.add("url", site.link(said.url))
    if said.starts_at:
        add_times(event, said.starts_at, said.minutes)
    else:
        event.add("dtstart", said.day)
        event.add("dtend", said.until + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    return event


def add_times(event, starts_at, minutes):
    """Start and end in the organisation's zone; the length is real time, also across a change of the clocks."""
    event.add("dtstart", timezone.localtime(starts_at))
    event.add("dtend", timezone.localtime(starts_at + timedelta(minutes=minutes)))


def invitation(method, meeting, key, summary, person, *, status, stamp, url, rule=None, last=None):
    """A REQUEST, a CANCEL or, to be fetched, a PUBLISH (RFC 5546, 3.2.1, 3.2.2 and 3.2.5), bytes.

    `status` is "" where this person alone is taken off the list: a status would call the meeting off for everybody.
    `rule` says how it recurs (an RRULE's parts) until the day `last`.
    """
    book = _calendar()
    book.add("method", method)
    day = timezone.localdate(meeting.starts_at)
    add_zone(book, day, last or day)
    event = Event()
    event.add("uid", uid(key))
    event.add("dtstamp", stamp)
    event.add("sequence", meeting.sequence)
    event.add("summary", summary)
    if status:
        event.add("status", status)
    event.add("class", "PRIVATE")
    event.add("organizer", _organizer(meeting.organiser))
    for guest in {"REQUEST": meeting.invited.all(), "CANCEL": [person]}.get(method, ()):
        event.add("attendee", _attendee(guest))
    if method != "CANCEL":
        event.add("url", site.link(url))
        if meeting.place:
            event.add("location", meeting.place)
    add_times(event, meeting.starts_at, meeting.minutes)
    if rule:
        event.add("rrule", rule)
    book.add_component(event)
    return book.to_ical()


def weekly(every, last):
    """The parts of an RRULE: the same time on the wall every so many weeks, up to the end of the day `last`.

    UNTIL is a moment in UTC where the start names a zone (RFC 5545, 3.3.10).
    """
    end = timezone.make_aware(datetime.combine(last, time(23, 59, 59))).astimezone(UTC)
    return {"freq": "weekly", "interval": every, "until": end}


def uid(key):
    """The name under which other programs know a thing: the same in the feed and in an invitation.

    Unique in the world by this site's host (RFC 5545, 3.8.4.7), whose end is enough where it is very long.
    """
    host = urlsplit(site.address()).hostname or ""
    return f"{key}@{host[-HOST_KEPT:]}"


def _organizer(person):
    address = vCalAddress(f"mailto:{person.email}")
    address.params["CN"] = person.name
    # The mail comes from the product, in this person's name.
    address.params["SENT-BY"] = f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"
    return address


def _attendee(person):
    address = vCalAddress(f"mailto:{person.email}")
    address.params |= {"CN": person.name, "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"}
    return address
