"""What does the mail say that invites a contact of the vendor? No question, no finding: what is asked waits behind the code."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from reviews.asking import guests
from reviews.models import GuestLink


def write(message):
    """The mail for a message `guest:<link>:<n>` as the link stands now; None when it is closed by then."""
    _, link_pk, _ = message.key.split(":")
    related = ("review__deployment__vendor", "contact", "created_by")
    link = GuestLink.objects.select_related(*related).get(pk=link_pk)
    if guests.why_closed(link):
        return None
    said = {
        "link": link,
        "organisation": settings.ORGANISATION_NAME,
        "address": guests.address(link),
        "last_day": guests.last_day(link),
    }
    body = render_to_string("reviews/email/guest_invitation.txt", said).strip() + "\n"
    mail = EmailMessage(f"{settings.ORGANISATION_NAME} asks you some questions", body)
    if link.created_by.email and link.created_by.is_active:
        mail.reply_to = [link.created_by.email]
    return mail
