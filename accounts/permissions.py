"""May this person? A verdict is true or false, and carries the rule in words when false."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied


class Refused(Exception):
    """An act that is not done, with a sentence for the person who asked. Nothing was changed."""


@dataclass(frozen=True)
class Verdict:
    reason: str = ""

    def __bool__(self):
        return not self.reason


YES = Verdict()


def no(reason):
    return Verdict(reason)


def ask(verdict):
    """Raise PermissionDenied (a 403 page with the sentence) unless the verdict is yes (rule 23)."""
    if not verdict:
        raise PermissionDenied(verdict.reason)


def can_administer(user):
    return YES if user.is_administrator else no("Only administrators manage people and settings.")


def can_change_access_of(user, person):
    """Administrators say who may do what, except for themselves: no role is exempt (rule 5)."""
    if not user.is_administrator:
        return can_administer(user)
    if user.pk == person.pk:
        return no("Nobody changes their own access: ask another administrator or the vendor's review lead.")
    return YES


def can_plan_absence_of(user, person):
    """One says oneself when one is away; administrators say it for others."""
    if user.pk == person.pk or user.is_administrator:
        return YES
    return no("Only the person or an administrator says when somebody is away.")
