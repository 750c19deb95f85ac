"""Who hears in the chat that a mail is there? Only how many and a link: whoever runs the chat reads along.

Beside the mail, never instead of it: said at most once, and a chat that fails changes nothing but the outcome's words.
"""

import logging
from urllib.parse import quote

from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Concat

from accounts import chat_names, hours, site
from accounts.models import Preferences
from reviews.models import Message

logger = logging.getLogger(__name__)

HANDLE = "{handle}"
TOLD, NOT_TOLD = "The chat was told.", "The chat could not be told."
# Seconds to connect and to answer, as apprise's addresses say it.
LIMITS = "cto=4&rto=8"


def tell(message: Message) -> None:
    """Say in the person's chat how many reminders wait, and write down whether it worked. Never raises."""
    handle = _handle(message)
    count = _count(message) if handle else 0
    if not count:
        return
    words = "1 reminder waits for you" if count == 1 else f"{count} reminders wait for you"
    try:
        said = TOLD if _send(handle, f"{words}: {site.link('/')}") else NOT_TOLD
    except Exception as failure:
        # Its words may quote the address.
        logger.warning("the chat could not be told of %s: %s", message, type(failure).__name__)
        said = NOT_TOLD
    Message.objects.filter(pk=message.pk).update(outcome=Concat("outcome", Value(f" {said}")))


def _handle(message) -> str:
    if not settings.CHAT_URL or not message.key.startswith("digest:"):
        return ""
    name = Preferences.objects.filter(person=message.person).values_list("chat_handle", flat=True).first() or ""
    return name if chat_names.is_plain(name) else ""


def _count(message) -> int:
    """Things, not steps of them."""
    muted = hours.rhythm_of(message.person).muted
    open_ones = message.reminders.filter(closed_at=None).exclude(about__in=muted).order_by()
    return open_ones.values("about", "subject", "person").distinct().count()


def _send(handle, words) -> bool:
    # Half a second and many modules: for a worker that has something to say.
    import apprise

    # It quotes the address, which holds the chat's password.
    logging.getLogger("apprise").disabled = True
    address = settings.CHAT_URL.replace(HANDLE, quote(handle, safe=""))
    chat = apprise.Apprise()
    return chat.add(f"{address}{'&' if '?' in address else '?'}{LIMITS}") and bool(chat.notify(body=words))
