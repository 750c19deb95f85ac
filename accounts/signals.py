"""Which steps of signing in are written down? Django and allauth announce them; rule 24."""

from allauth.account.signals import authentication_step_completed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver

from accounts.adapter import record_failed_sign_in
from audit import context, log


@receiver(user_logged_in)
@transaction.atomic
def record_sign_in(sender, request, user, **kwargs):
    # Signing in makes a new session; what follows happens in that one.
    session = context.session_fingerprint(request.session.session_key)
    with context.acting(session_id=session):
        log.record("sign_in.succeeded", user, actor=user)


@receiver(user_logged_out)
@transaction.atomic
def record_sign_out(sender, request, user, **kwargs):
    if user is not None:
        log.record("sign_out", user, actor=user)


@receiver(user_login_failed)
def record_failure(sender, credentials, **kwargs):
    record_failed_sign_in(
        credentials.get("email") or credentials.get("username") or "", "Wrong e-mail address or password."
    )


@receiver(authentication_step_completed)
@transaction.atomic
def record_reauthentication(sender, user, method, reauthenticated=False, **kwargs):
    if reauthenticated:
        log.record("reauthentication.confirmed", user, actor=user, after={"method": method})
