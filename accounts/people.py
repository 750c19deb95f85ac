"""What can be done with a person? Nobody is deleted; whoever leaves is deactivated."""

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts import grants, permissions
from accounts.adapter import MailNotSent
from accounts.choices import Role
from accounts.models import User
from accounts.permissions import Refused
from audit import log

CHANGEABLE = ("name", "email", "role")
ON_THE_MACHINE = "By the command create_administrator, on the machine."


@transaction.atomic
def create_person(*, name, email, role, by):
    """Add a person who cannot sign in until `invite` gave them a way to set a password.

    Raises Refused when the e-mail address belongs to someone already.
    """
    permissions.ask(permissions.can_administer(by))
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, name=name, role=Role(role))
    except IntegrityError:
        raise Refused(_taken(email)) from None
    log.record("person.created", person, actor=by, after=_values(person))
    return person


def invite(person, *, by):
    """Mail the person a link with which to set a password; it is good for three days.

    Needs a request, for the site's address. Raises Refused when the person is inactive or when the mail server
    does not take the mail.
    """
    permissions.ask(permissions.can_administer(by))
    if not person.is_active:
        raise Refused(f"{person.name} is deactivated: reactivate the account first.")
    key = "-".join(_password_key(person))
    adapter = get_adapter()
    try:
        with transaction.atomic():
            log.record("person.invited", person, actor=by)
            adapter.send_mail(
                "accounts/email/invitation",
                person.email,
                {"person": person, "link": adapter.get_reset_password_from_key_url(key)},
            )
    except MailNotSent as failure:
        raise Refused(f"The mail to {person.email} was not sent: {failure}. Send the link again later.") from failure


def make_administrator(*, email, name="", another=False):
    """Make the first administrator, on the command line of the machine; with `another` one more, or the same again.

    A person known by the address becomes administrator and may sign in again. Nobody is signed in here, and the
    events say so. Raises Refused when there is an administrator and `another` is not said, and ValidationError
    when address or name cannot be one.
    """
    with transaction.atomic():
        administrators = User.objects.active().filter(role=Role.ADMINISTRATOR)
        if not another and administrators.exists():
            raise Refused("There is an administrator already. Add --another when nobody of them can sign in.")
        person = User.objects.select_for_update().filter(email__iexact=email).first() or User(email=email.lower())
        before = _values(person) | {"active": person.is_active} if person.pk else {}
        person.name = name or person.name or "Administrator"
        person.role, person.is_active = Role.ADMINISTRATOR, True
        if not person.pk:
            person.set_unusable_password()
        person.full_clean()
        person.save()
        after = _values(person) | {"active": True}
        event_type = "person.changed" if before else "person.created"
        log.record(event_type, person, before=before, after=after, reason=ON_THE_MACHINE)
        log.record("person.invited", person, reason=ON_THE_MACHINE)
    return person


def password_path(person):
    """Where the person sets a password: it works once and for three days."""
    uid, token = _password_key(person)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})


def _password_key(person):
    return user_pk_to_url_str(person), app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)


@transaction.atomic
def change_person(person, *, by, **values):
    """Change name, e-mail address or role, with one event for all of it.

    It counts from the person's next request on. Raises Refused when the address is taken, when no administrator
    would be left, and when people change their own role.
    """
    permissions.ask(permissions.can_administer(by))
    person = _locked(person)
    before = _values(person)
    after = {key: values.get(key, before[key]) for key in CHANGEABLE}
    after["email"] = after["email"].lower()
    if after == before:
        return person
    if after["role"] != before["role"]:
        _refuse_for_oneself(person, by, "change your own role")
        _refuse_without_administrator(person)
    _save(person, after)
    log.record("person.changed", person, actor=by, **_difference(before, after))
    if before["email"] != after["email"]:
        EmailAddress.objects.filter(user=person).delete()
    return person


@transaction.atomic
def rename(person, name):
    """People say how they are called; what they signed before keeps the name it was signed with (rule 7)."""
    person = _locked(person)
    if name == person.name:
        return person
    before = person.name
    person.name = name
    person.save(update_fields=["name"])
    log.record("person.changed", person, actor=person, before={"name": before}, after={"name": name})
    return person


@transaction.atomic
def deactivate(person, *, by, reason=""):
    """Close the account and end its sessions; grants stay recorded and count for nothing meanwhile."""
    permissions.ask(permissions.can_administer(by))
    person = _locked(person)
    if not person.is_active:
        return person
    _refuse_for_oneself(person, by, "deactivate yourself")
    _refuse_without_administrator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(person)
    log.record("person.deactivated", person, actor=by, reason=reason, before={"active": True}, after={"active": False})
    return person


@transaction.atomic
def reactivate(person, *, by):
    """Open the account again, with the password and the grants it had."""
    permissions.ask(permissions.can_administer(by))
    person = _locked(person)
    if person.is_active:
        return person
    person.is_active = True
    person.save(update_fields=["is_active"])
    log.record("person.reactivated", person, actor=by, before={"active": False}, after={"active": True})
    return person


def give_access(person, *, vendor, access, by):
    """Let the person work on the vendor. Raises PermissionDenied, also to administrators about themselves (rule 5)."""
    permissions.ask(permissions.can_change_access_of(by, person))
    grants.give(person, access, vendor, by=by)


def take_access(person, *, vendor, access, by):
    """Take an access away. Raises PermissionDenied as `give_access` does."""
    permissions.ask(permissions.can_change_access_of(by, person))
    grants.take(person, access, vendor, by=by)


def end_sessions(person):
    """Sign the person out everywhere. A session's row does not say whose it is, so all current ones are read."""
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(person.pk):
            session.delete()


def _locked(person):
    """The person's row as stored, locked together with those of all active administrators.

    Two administrators who remove each other at once then come one after the other; locking in one order and
    one statement keeps them from waiting for each other.
    """
    administrators = Q(role=Role.ADMINISTRATOR, is_active=True)
    rows = User.objects.select_for_update().filter(Q(pk=person.pk) | administrators).order_by("pk")
    return next(row for row in rows if row.pk == person.pk)


def _refuse_for_oneself(person, by, act):
    if person.pk == by.pk:
        raise Refused(f"You cannot {act}: ask another administrator.")


def _refuse_without_administrator(person):
    administrators = User.objects.active().filter(role=Role.ADMINISTRATOR)
    if set(administrators.values_list("pk", flat=True)) == {person.pk}:
        raise Refused(f"{person.name} is the last active administrator: make someone else administrator first.")


def _save(person, values):
    for key, value in values.items():
        setattr(person, key, value)
    try:
        with transaction.atomic():
            person.save(update_fields=list(values))
    except IntegrityError:
        raise Refused(_taken(values["email"])) from None


def _taken(email):
    return f"Another person signs in as {email}: each e-mail address belongs to one person."


def _values(person):
    return {key: getattr(person, key) for key in CHANGEABLE}


def _difference(before, after):
    changed = [key for key in before if before[key] != after[key]]
    return {"before": {key: before[key] for key in changed}, "after": {key: after[key] for key in changed}}
