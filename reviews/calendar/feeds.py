"""How does a calendar program read one person's dates, and how are they kept from everybody else?

The address is the only key a calendar program can send, so it is long, ends after a year, is shown once and kept as a
hash alone. What it opens is little: dates that fall to this person, asked for anew each time, in words that name no
finding, no evidence and nobody. RFC 5545; docs/decisions/0020-calendar.md.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit import log
from reviews import calendar
from reviews.calendar import icalendars
from reviews.models import Feed, FeedEntry

SECRET_BYTES = 32  # 256 bits
GOOD_FOR = relativedelta(years=1)
BEFORE, AFTER = relativedelta(months=1), relativedelta(months=13)
# How long a calendar program is told that something is gone.
TOLD_GONE = timedelta(days=30)
GONE = "No longer in your calendar"
READS_A_MINUTE = 20


@transaction.atomic
def make(person):
    """Give the person a new address and end the one before; returns the secret, which is known to nobody afterwards.

    What the old address said is remembered, so that a date that moves later is still an update. Events for both.
    """
    _lock(person)
    before = in_force(person)
    if before:
        _revoke(before)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    feed = Feed.objects.create(person=person, secret_sha256=_hash(secret), expires_on=timezone.localdate() + GOOD_FOR)
    FeedEntry.objects.filter(feed__person=person).update(feed=feed)
    log.record("calendar.address_made", person, actor=person, after={"expires_on": feed.expires_on})
    return secret


@transaction.atomic
def revoke(person):
    """End the person's address; False when there is none."""
    _lock(person)
    feed = in_force(person)
    if feed:
        _revoke(feed)
    return feed is not None


def _revoke(feed):
    feed.revoked_at = timezone.now()
    feed.save(update_fields=["revoked_at"])
    log.record("calendar.address_revoked", feed.person, actor=feed.person)


def _lock(person):
    """Two browsers that make one each leave one."""
    User.objects.select_for_update().get(pk=person.pk)


def in_force(person):
    """The person's address that was not revoked, expired or not; or None."""
    return Feed.objects.filter(person=person, revoked_at=None).first()


def _hash(secret):
    return hashlib.sha256(secret.encode()).hexdigest()


def find(secret):
    """The feed behind this secret, or None: unknown, revoked, expired, or of somebody whose account is closed."""
    usable = Feed.objects.filter(revoked_at=None, expires_on__gte=timezone.localdate(), person__is_active=True)
    return usable.select_related("person").filter(secret_sha256=_hash(secret)).first()


def is_asked_too_often(feed):
    """More than a calendar program would within a minute. Without the cache nobody is refused."""
    key = f"feed-{feed.pk}-{timezone.now():%H%M}"
    try:
        cache.add(key, 0, timeout=120)
        return cache.incr(key) > READS_A_MINUTE
    except Exception:  # the cache's own errors, of whichever kind
        return False


@dataclass(frozen=True)
class Said:
    """One event of the feed: what is said, and how often it has changed."""

    uid: str
    summary: str
    day: date
    until: date
    changed_at: datetime
    sequence: int
    url: str = ""
    starts_at: datetime | None = None
    minutes: int = 0
    is_cancelled: bool = False


@transaction.atomic
def read(feed):
    """The feed as iCalendar text, bytes. Writes down what it says, so that the next time says what has changed since.

    The same state gives the same bytes. Two programs that ask at once come one after the other.
    """
    feed = Feed.objects.select_for_update().get(pk=feed.pk)
    now, today = timezone.now(), timezone.localdate()
    first, last = today - BEFORE, today + AFTER
    found = calendar.entries(feed.person, first, last, person=feed.person)
    known = {row.uid: row for row in feed.entries.all()}
    said = [_say(entry, known.pop(icalendars.uid(entry.key), None), feed, now) for entry in found]
    gone = [_say_gone(row, now) for row in known.values() if row.day >= first]
    feed.read_at = now
    feed.save(update_fields=["read_at"])
    kept = [each for each in (*said, *gone) if each and not _is_forgotten(each, now)]
    return icalendars.published(kept, first, last)


def _say(entry, row, feed, now):
    """What to say of this entry; None when it is cancelled and was never said."""
    summary, cancelled = _words(entry), entry.is_cancelled
    if row is None:
        if cancelled:
            return None
        row = FeedEntry.objects.create(
            feed=feed, uid=icalendars.uid(entry.key), day=entry.day, summary=summary, changed_at=now
        )
    elif (row.day, row.summary, row.cancelled_at is not None) != (entry.day, summary, cancelled):
        row.day, row.summary = entry.day, summary
        _changed(row, now if cancelled else None, now)
    return Said(
        uid=row.uid,
        summary=entry.outside,
        day=entry.day,
        until=entry.until,
        changed_at=row.changed_at,
        sequence=row.sequence,
        url=entry.url,
        starts_at=entry.starts_at,
        minutes=entry.minutes,
        is_cancelled=cancelled,
    )


def _words(entry):
    """Everything that is said of an entry beside its day: when this changes, the event has changed."""
    time = f"{entry.starts_at.isoformat()} {entry.minutes}" if entry.starts_at else entry.until.isoformat()
    return f"{time} {entry.outside}"[:300]


def _say_gone(row, now):
    """Say that it is gone, in words that tell nothing: the person may no longer see what it was."""
    if row.cancelled_at is None:
        _changed(row, now, now)
    return Said(
        uid=row.uid,
        summary=GONE,
        day=row.day,
        until=row.day,
        changed_at=row.changed_at,
        sequence=row.sequence,
        is_cancelled=True,
    )


def _changed(row, cancelled_at, now):
    row.cancelled_at, row.changed_at = cancelled_at, now
    row.sequence += 1
    row.save(update_fields=["day", "summary", "sequence", "changed_at", "cancelled_at"])


def _is_forgotten(said, now):
    return said.is_cancelled and said.changed_at < now - TOLD_GONE
