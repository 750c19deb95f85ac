"""How does sign-in behave here? What allauth leaves to the site, and the events of rule 24 around it."""

import smtplib

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.forms import ValidationError
from django.urls import reverse

from accounts.models import User
from audit import context, log


class MailNotSent(Exception):
    """The mail server refused a mail, or did not answer within settings.EMAIL_TIMEOUT seconds."""


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This e-mail address and password do not belong together.",
        "incorrect_password": "This is not your password. Nothing was done.",
        "too_many_login_attempts": "Too many failed attempts. Wait a few minutes, then try again.",
        "rate_limited": "Too many attempts. Wait a minute, then try again.",
        "invalid_password_reset": "This link was used already or is too old. Ask for a new one.",
    }

    def is_open_for_signup(self, request):
        """Nobody makes an account for themselves; administrators do."""
        return False

    def get_password_change_redirect_url(self, request):
        return reverse("accounts:profile")

    def pre_authenticate(self, request, **credentials):
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            record_failed_sign_in(credentials.get("email", ""), "Too many failed attempts.")
            raise

    def login(self, request, user):
        """Sign in together with the event; its session is the new one, made while signing in."""
        with transaction.atomic():
            super().login(request, user)

    def logout(self, request):
        with transaction.atomic():
            super().logout(request)

    def reauthenticate(self, user, password):
        """True when this is the person's password; a wrong one is an event.

        It does not share the limit of failed sign-ins: whoever knows an e-mail address could use that one
        up and keep its owner from signing.
        """
        if user.is_active and user.check_password(password):
            return True
        with transaction.atomic():
            log.record("reauthentication.failed", user, actor=user, reason="Wrong password.")
        return False

    @transaction.atomic
    def set_password(self, user, password):
        """Change or reset the password; all other sessions of the person end, and unused links with them."""
        super().set_password(user, password)
        actor = context.current().actor
        changed_by_themselves = actor is not None and actor.is_authenticated and actor.pk == user.pk
        event_type = "password.changed" if changed_by_themselves else "password.reset"
        log.record(event_type, user, actor=user)

    def send_mail(self, *args, **kwargs):
        try:
            super().send_mail(*args, **kwargs)
        except (smtplib.SMTPException, OSError) as failure:
            raise MailNotSent(str(failure)) from failure

    @transaction.atomic
    def send_password_reset_mail(self, user, email, context):
        log.record("password.reset_requested", user)
        super().send_password_reset_mail(user, email, context)


def record_failed_sign_in(email, reason):
    """Write down what was typed as the e-mail address, never the password."""
    with transaction.atomic():
        person = User.objects.filter(email__iexact=email).first() or User()
        log.record("sign_in.failed", person, label=email or "no e-mail address", reason=reason)
