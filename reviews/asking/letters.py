"""What does an escalation's letter say, on the page, on paper and as a mail?

A sent letter is printed from what was frozen when it went out; a draft from what is there now.
"""

import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.text import slugify

from reviews import digest
from reviews.choices import EscalationState
from reviews.models import Escalation
from reviews.permissions import can_escalate

FORMAT = 1
TITLE = "Open points of our security review"


def opening(review, count):
    """What a new letter says first; whoever writes it may say it differently."""
    points = "one point" if count == 1 else f"{count} points"
    return (
        f"We are reviewing how we use {review.deployment.name} before we rely on it, statement by statement. With what "
        f"we have been given so far, {points} of that review cannot be confirmed. We ask you to answer the questions "
        "below and to send us the evidence named with each."
    )


def consequence(deployment, answer_by):
    """What happens without an answer: the source reads silence of the account team as a warning of its own."""
    return (
        f"Please answer by {in_full(answer_by)}. What is unanswered on that day stays “cannot be confirmed” in our "
        f"review, and we record that the account team did not answer. We then have to assume that {deployment} may not "
        "fit the sensitivity of the data we want to use it with, and decide on that ground."
    )


def content(escalation, sender=None):
    """The letter as plain data, from the rows as they are now; a draft in the name of `sender`, or of who began it."""
    review = escalation.review
    writer = escalation.sent_by or sender or escalation.created_by
    return {
        "format": FORMAT,
        "reference": reference(escalation),
        "title": TITLE,
        "number": escalation.number,
        "organisation": settings.ORGANISATION_NAME,
        "vendor": review.vendor.name,
        "deployment": review.deployment.name,
        "review": review.title,
        "checklist": str(review.checklist),
        "dated": timezone.localdate(escalation.sent_at).isoformat(),
        "answer_by": escalation.answer_by.isoformat(),
        "to": [
            {"name": each.name, "job_title": each.job_title, "email": each.email}
            for each in escalation.addressees.all()
        ],
        "from": {"name": writer.name, "role": writer.get_role_display(), "email": writer.email},
        "opening": escalation.opening,
        "items": [_item(each) for each in escalation.with_questions],
        "consequence": consequence(review.deployment.name, escalation.answer_by),
    }


def _item(escalated):
    return {
        "number": escalated.item.number,
        "statement": escalated.item.statement.text,
        "question": escalated.question.number,
        "text": escalated.question.text,
        "wanted": escalated.question.wanted,
    }


def frozen(escalation):
    """`(canonical JSON, its SHA-256)` of the letter as it goes out."""
    said = digest.canonical(content(escalation))
    return said, digest.sha256(said)


def sender_of(escalation, user):
    """In whose name this person reads a draft: their own when they may send it."""
    return user if can_escalate(user, escalation.review) else escalation.created_by


def reading(escalation, sender):
    """SHA-256 of what the page of a draft shows to who may send it: all but the day, which is that of the sending."""
    return reading_of(content(escalation, sender))


def reading_of(said):
    """The same of a draft's `content`."""
    return digest.sha256(digest.canonical(said | {"dated": ""}))


def reference(escalation):
    return f"Escalation {escalation.number} · {escalation.vendor.name}"


def printed(escalation, sender=None, said=None):
    """The letter with its days in words, for page and paper; `draft` says that it did not go out.

    `said` is its content where that is read already.
    """
    said = said or (escalation.said if escalation.content else content(escalation, sender))
    return said | {
        "dated": in_full(datetime.date.fromisoformat(said["dated"])),
        "answer_by": in_full(datetime.date.fromisoformat(said["answer_by"])),
        "draft": escalation.state == EscalationState.DRAFT,
        "withdrawn": escalation.state == EscalationState.WITHDRAWN,
    }


def in_full(day):
    """A letter is read elsewhere, so its days carry the year."""
    return format_date(day, "j F Y")


def subject(escalation, said=None):
    """The mail's subject; `said` as for `printed`."""
    said = said or (escalation.said if escalation.content else content(escalation))
    return f"Escalation {said['number']}: {said['title'].lower()}, {said['deployment']}, answer by " + in_full(
        datetime.date.fromisoformat(said["answer_by"])
    )


def as_text(escalation, to="", sender=None, said=None):
    """The whole letter as the text of a mail; `to` is the name it is addressed to, else all of them."""
    letter = printed(escalation, sender, said)
    names = to or ", ".join(each["name"] for each in letter["to"])
    parts = [
        f"{letter['organisation']}\nOur reference: {letter['reference']}\n{letter['dated']}",
        f"{letter['title']}\nReview: {letter['review']}\nDeployment: {letter['vendor']}, {letter['deployment']}",
        f"Dear {names}," if names else "",
        letter["opening"],
        *(_item_text(item) for item in letter["items"]),
        letter["consequence"],
        f"Please answer to {_writer(letter)}, and name our reference.",
        f"{letter['from']['name']}\n{letter['from']['role']}, {letter['organisation']}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _item_text(item):
    lines = [f"{item['number']}. {item['statement']}", f"Question {item['question']}: {item['text']}"]
    if item["wanted"]:
        lines.append(f"Evidence wanted: {item['wanted']}")
    return "\n".join(lines)


def _writer(letter):
    writer = letter["from"]
    return f"{writer['name']} ({writer['email']})" if writer["email"] else writer["name"]


# For the paper


def find(user, subject):
    """The escalation of this id, or None for whoever may not see it."""
    if not subject.isdecimal() or len(subject) > 18:
        return None
    return Escalation.objects.visible_to(user).with_names().filter(pk=int(subject)).first()


def file_name(escalation):
    return f"escalation-{escalation.number}-{slugify(escalation.vendor.name)}"
