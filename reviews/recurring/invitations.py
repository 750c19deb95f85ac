"""Who is told of a meeting, and in which words? One mail for each person and change, with the event for their calendar.

Mails wait as messages beside all others (`invitation:<meeting>:<person>:<sequence>`), written in the transaction of the
change; what they say is read when they are sent, so one that waited long says what is true by then (RFC 5546).
"""

from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts import grants, site
from reviews import calendar, events
from reviews.calendar import icalendars
from reviews.choices import Delivery, OccurrenceState
from reviews.models import Meeting, Message

REQUEST, CANCEL = "REQUEST", "CANCEL"
SUBJECTS = {
    (REQUEST, True): "Countersign: an invitation",
    (REQUEST, False): "Countersign: a meeting has changed",
    (CANCEL, False): "Countersign: a meeting is cancelled",
}


def queue(meeting, people, kind="invitation"):
    """Have each of these people told how the meeting, or the series, stands for them; in the caller's transaction."""
    now = timezone.now()
    Message.objects.bulk_create(
        Message(
            key=f"{kind}:{meeting.pk}:{person.pk}:{meeting.sequence}",
            person=person,
            day=timezone.localdate(now),
            due_at=now,
        )
        for person in people
    )


def withdraw(occurrence, obligation, *, by):
    """Call off the meeting of a date, if there is one still to come; in the caller's transaction. False when not."""
    now = timezone.now()
    meeting = Meeting.objects.filter(occurrence=occurrence, cancelled_at=None, starts_at__gt=now).first()
    if meeting is None:
        return False
    meeting.cancelled_at = now
    meeting.sequence += 1
    meeting.save(update_fields=["cancelled_at", "sequence"])
    queue(meeting, meeting.invited.all())
    note("meeting.cancelled", meeting, obligation, by=by, before={"starts_at": meeting.starts_at})
    return True


def note(event_type, meeting, obligation, *, by, **said):
    events.record_duty(event_type, meeting, obligation=obligation, by=by, **said)


def write(message):
    """The mail for a message, as the meeting stands now; None when there is nothing left to say.

    Nothing is said that a newer message to this person says, nothing of a meeting they never heard of and need not go to,
    and nothing to who has left.
    """
    _, meeting_pk, *_ = message.key.split(":")
    related = ("occurrence__obligation__vendor", "organiser")
    meetings = calendar.with_calls(Meeting.objects.select_related(*related).prefetch_related("invited"))
    meeting = meetings.get(pk=meeting_pk)
    to_say = what_to_say(message, goes=_goes(meeting, message.person))
    if to_say is None:
        return None
    method, is_first = to_say
    return _mail(method, is_first, meeting, message)


def what_to_say(message, *, goes):
    """`(method, whether it is the first the person hears of it)`; None when there is nothing to say."""
    was_told = _told_before(message)
    if was_told is None or not (goes or was_told):
        return None
    return (REQUEST, not was_told) if goes else (CANCEL, False)


def _told_before(message):
    """Whether the person heard of it in an earlier message; None when they have left, or a newer one says it."""
    others = Message.objects.filter(key__startswith=f"{message.key.rpartition(':')[0]}:")
    if not message.person.is_active or others.filter(pk__gt=message.pk).exists():
        return None
    # Tried is as good as sent: nobody knows what became of a mail whose worker died. The last try found nothing to say.
    tried = Q(attempts__gt=1) | Q(attempts=1) & ~Q(state=Delivery.NOTHING)
    return others.filter(tried, pk__lt=message.pk).exists()


def _goes(meeting, person):
    """Whether the meeting takes place, with this person, who may know of it."""
    invited = person in meeting.invited.all()
    return not _is_off(meeting) and invited and bool(grants.on(person, meeting.occurrence.obligation.vendor_id))


def _is_off(meeting):
    return meeting.cancelled_at is not None or meeting.occurrence.state == OccurrenceState.SKIPPED


def _mail(method, is_first, meeting, message):
    summary = _summary(meeting, message.person)
    mail = EmailMultiAlternatives(SUBJECTS[method, is_first], _body(method, meeting, summary))
    # To who is only taken off the list, nothing is said of the meeting itself.
    status = "CONFIRMED" if method == REQUEST else "CANCELLED" if _is_off(meeting) else ""
    key = calendar.meeting_key(meeting)
    said = {"status": status, "stamp": message.created_at, "url": meeting.occurrence.get_absolute_url()}
    attach(mail, method, icalendars.invitation(method, meeting, key, summary, message.person, **said))
    return mail


def attach(mail, method, text):
    """Give the mail its event: what mail programs act on, and the same as a file for those that do not."""
    mail.attach_alternative(text.decode(), f"text/calendar; method={method}")
    mail.attach("invitation.ics", text, "application/ics")


def _summary(meeting, person):
    obligation = meeting.occurrence.obligation
    if not grants.on(person, obligation.vendor_id):
        return "Meeting"  # they may no longer know what for
    return f"{calendar.duty_outside(obligation)} · {obligation.vendor.name}"


def _body(method, meeting, summary):
    start = timezone.localtime(meeting.starts_at)
    when = f"{format_date(start, 'l, j F Y, H:i')} ({timezone.get_current_timezone_name()}), {meeting.minutes} minutes"
    if method == CANCEL:
        return f"The meeting on {when}, will not take place, or takes place without you.\n"
    lines = [
        summary,
        f"When: {when}",
        f"Where: {meeting.place}" if meeting.place else "",
        f"Called by {meeting.organiser.name}",
        f"What it is for: {site.link(meeting.occurrence.get_absolute_url())}",
    ]
    return "\n".join(filter(None, lines)) + "\n"
