"""How is a mail to somebody without an account put in line? Beside all others: sent once, tried again, kept as history."""

from django.utils import timezone

from reviews.models import Message


def queue(key, *, name, email, vendor, day=None):
    """Have one mail written and sent to somebody at a vendor, in the caller's transaction. Returns its Message.

    The first word of `key` names who writes it (`messages.WRITERS`) when it is sent. A key that is in line, or was sent,
    is not queued again: whoever sends the same once more counts in the key.
    """
    now = timezone.now()
    values = {"outsider_name": name, "outsider_email": email, "vendor": vendor}
    message, _ = Message.objects.get_or_create(
        key=key, defaults=values | {"day": day or timezone.localdate(now), "due_at": now}
    )
    return message
