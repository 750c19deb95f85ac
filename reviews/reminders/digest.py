"""What does the mail of a day say? Nothing confidential in its subject; every link needs a sign-in.

In the order of urgency, and what hangs together in one line: twelve sign-offs that end with one report are one thing
to do.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import site
from evidence.validity import in_words
from reviews.choices import About
from reviews.models import Message
from reviews.reminders import telling

SOON = timedelta(days=7)
ONE_LINE_FROM = 3  # so many lines of one group, or more, are said as one

LATE, TODAY, SIGN, LAPSED, WEEK, LATER, ALSO = HEADINGS = (
    "Late",
    "Due today",
    "Waiting for your signature",
    "No longer holding",
    "In the next seven days",
    "Later",
    "Also",
)
WHATEVER_THE_DAY = {
    About.MISSED: LATE,
    About.SIGNOFF: SIGN,
    About.COUNTERSIGN: SIGN,
    About.POLICY: SIGN,
    About.ARRIVAL: SIGN,
    About.LAPSED: LAPSED,
    About.APPROVAL: LAPSED,
    About.PROPOSAL: ALSO,
    About.UNDELIVERED: ALSO,
}
# The others say their day themselves.
DAY = {
    About.ITEM: "due on",
    About.SIGNOFF: "due on",
    About.OBLIGATION: "due on",
    About.MISSED: "was due on",
    About.COUNTERSIGN: "was due on",
    About.CONDITION: "due on",
    About.EVIDENCE: "ends on",
    About.TOKEN: "answers until",
    About.POLICY: "to be looked at again by",
    About.ESCALATION: "answer wanted by",
}


@dataclass(frozen=True)
class Entry:
    """One thing to do, in one line with its link."""

    text: str
    link: str


def write(message: Message) -> EmailMultiAlternatives | None:
    """The digest as it is true now, as plain text with HTML beside it; None when nothing is left to say."""
    told = telling.told(message, timezone.now())
    if not told:
        return None
    count = "1 thing waits for you" if len(told) == 1 else f"{len(told)} things wait for you"
    context = {
        "count": count,
        "organisation": settings.ORGANISATION_NAME,
        "parts": parts(told, timezone.localdate()),
        "reminders": site.link("/reminders/"),
        "preferences": site.link("/profile/reminders/"),
    }
    mail = EmailMultiAlternatives(
        f"Countersign: {count}", render_to_string("reviews/email/digest.txt", context).strip() + "\n"
    )
    mail.attach_alternative(render_to_string("reviews/email/digest.html", context), "text/html")
    return mail


def parts(told, today):
    """`[(in whose place, [(heading, [Entry])])]`: what is for the recipient first, the most urgent first."""
    by_person = defaultdict(lambda: defaultdict(list))
    for each in told:
        by_person[each.instead_of][_heading(each, today)].append(each)
    return [
        (instead_of, [(heading, _entries(found[heading])) for heading in HEADINGS if heading in found])
        for instead_of, found in sorted(by_person.items())
    ]


def _heading(each, today):
    about, due_on = About(each.reminder.about), each.line.due_on
    if about in WHATEVER_THE_DAY:
        return WHATEVER_THE_DAY[about]
    if due_on is None or due_on > today + SOON:
        return LATER
    if due_on > today:
        return WEEK
    return TODAY if due_on == today else LATE


def _entries(told):
    groups = defaultdict(list)
    for each in told:
        groups[each.reminder.about, each.line.group or each.reminder.pk].append(each)
    entries = []
    for (about, _), some in groups.items():
        if some[0].line.group and len(some) >= ONE_LINE_FROM:
            entries.append(_together(about, [each.line for each in some]))
        else:
            entries += [_alone(about, each.line) for each in some]
    return entries


def _alone(about, line):
    return Entry(f"{_vendor(line)}{line.text}{_day(about, {line.due_on})}", site.link(line.url))


def _together(about, lines):
    first = lines[0]
    text = first.together.replace("{n}", str(len(lines)), 1) + _day(about, {line.due_on for line in lines})
    if numbers := sorted(int(line.which) for line in lines if line.which):
        text += f": statements {_in_words(numbers)}"
    return Entry(f"{_vendor(first)}{text}", site.link(first.group_url))


def _in_words(numbers):
    """ "1 to 15, 17, 18": three and more in a row are said by their ends."""
    rows = [[number for _, number in row] for _, row in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    words = [f"{row[0]} to {row[-1]}" if len(row) > 2 else ", ".join(map(str, row)) for row in rows]
    return ", ".join(words)


def _vendor(line):
    return f"{line.vendor_name} · " if line.vendor_name else ""


def _day(about, days):
    day = next(iter(days))
    return f", {DAY[About(about)]} {in_words(day)}" if about in DAY and day and len(days) == 1 else ""
