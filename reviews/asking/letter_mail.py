"""What does the mail with an escalation's letter say, and its reminder?"""

from django.core.mail import EmailMessage

from reviews.asking import letters
from reviews.choices import EscalationState
from reviews.models import Addressee, Message


def write(message):
    """The mail for a message `letter:<escalation>:<addressee>:<turn>`; None once the escalation is over.

    The first turn is the letter; later ones ask for the answer first. Answers go to whoever sent it.
    """
    _, escalation, addressee, turn = message.key.split(":")
    rows = Addressee.objects.select_related("escalation__sent_by", "escalation__vendor")
    to = rows.filter(pk=addressee, escalation=escalation).first()
    if to is None or to.escalation.state != EscalationState.SENT:
        return None
    subject, body = letters.subject(to.escalation), letters.as_text(to.escalation, to=to.name)
    if int(turn) > 1:
        subject, body = f"Reminder: {subject}", f"{reminder(to.escalation)}\n\n{body}"
    return EmailMessage(subject, body, reply_to=[to.escalation.sent_by.email])


def undelivered(escalation):
    """The mails of the letter, and the reminders of it, that did not arrive."""
    return Message.objects.undelivered().filter(key__startswith=f"letter:{escalation.pk}:").order_by("pk")


def reminder(escalation):
    said = letters.printed(escalation)
    return (
        f"We sent you the letter below on {said['dated']} and have not had all the answers yet. They are wanted by "
        f"{said['answer_by']}. Please let us know when we can expect them, or who else we should ask."
    )
