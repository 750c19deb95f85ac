"""Who gets the minutes of a closed sync, and in which words? One mail for each person who may still see it."""

from datetime import date, datetime

from django.core.mail import EmailMessage
from django.utils import timezone

from accounts import site
from evidence.validity import in_words
from reviews.choices import LineKind
from reviews.models import Action, Message, Sync
from reviews.weekly import sync_content, sync_people

SUBJECT = "Countersign: minutes of the weekly sync"


def queue(sync):
    """Have attendees, owners of its open actions and the leads told; in the transaction that closes the sync."""
    now = timezone.now()
    pks = [action["action"] for action in sync.said["agreed"] + sync.said["carried"]]
    owners = [action.owner for action in Action.objects.filter(pk__in=pks).select_related("owner")]
    people = {*sync.attendees.all(), *owners, *sync_people.leads(sync)}
    Message.objects.bulk_create(
        Message(key=f"minutes:{sync.pk}:{person.pk}", person=person, day=timezone.localdate(now), due_at=now)
        for person in sorted(people, key=lambda person: person.pk)
    )


def write(message):
    """The mail for a message; None for who has left, or may no longer see all that the sync was about."""
    _, sync_pk, _ = message.key.split(":")
    sync = Sync.objects.visible_to(message.person).filter(pk=sync_pk).first()
    if sync is None or not message.person.is_active:
        return None
    return EmailMessage(SUBJECT, body(sync))


def body(sync):
    """The minutes as plain text: decisions, actions and figures. Notes are read in the app."""
    said = sync.said
    closed_at = timezone.localtime(datetime.fromisoformat(said["closed_at"]))
    decisions = [_line(line) for line in said["lines"] if line["kind"] == LineKind.DECISION]
    parts = [
        f"Weekly sync {said['number']}: {said['about']}\n{in_words(closed_at.date())}, closed by {said['closed_by']['name']}",
        f"Present: {sync_content.present(said)}",
        _part("Decisions", decisions),
        _part("Actions", [_action(action) for action in said["agreed"]]),
        _part("Still open from before", [_action(action) for action in said["carried"]]),
        _part("How it stands", list(_figures(said))),
        f"The minutes: {site.link(sync.get_absolute_url())}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _figures(said):
    for each in sync_content.figures(said):
        of = f"{each['satisfied']} of {each['total']} satisfied, {each['needed']} needed"
        yield f"{each['name']}, {each['title']}: {each['gate_in_words']}, {of}, deadline {in_words(each['deadline'])}"


def _part(title, lines):
    return "\n".join([f"{title}:", *(f"- {line}" for line in lines)]) if lines else ""


def _line(line):
    about = f" (statement {line['item']['number']})" if line["item"] else ""
    return f"{line['text']}{about}"


def _action(action):
    return f"{action['owner']}, until {in_words(date.fromisoformat(action['due_on']))}: {action['text']}"
