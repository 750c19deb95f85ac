"""What does the mail of a day say? Nothing confidential in its subject; every link needs a sign-in."""

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts import site
from reviews.models import Message
from reviews.reminders import telling


def write(message: Message) -> EmailMultiAlternatives | None:
    """The digest as it is true now; None when nothing is left to say."""
    lines = telling.told(message, timezone.now())
    if not lines:
        return None
    count = "1 reminder" if len(lines) == 1 else f"{len(lines)} reminders"
    body = "\n\n".join(_paragraph(each) for each in lines)
    return EmailMultiAlternatives(f"Countersign: {count}", f"{body}\n\nAll of them: {site.link('/')}\n")


def _paragraph(each: telling.Told) -> str:
    line = each.line
    due = f", due {line.due_on.isoformat()}" if line.due_on else ""
    vendor = f" ({line.vendor_name})" if line.vendor_name else ""
    parts = [each.instead_of, f"{line.text}{vendor}{due}", site.link(line.url)]
    return "\n".join(filter(None, parts))
