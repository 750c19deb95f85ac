"""Has this person, in this session, just proven again who they are? Signing asks (rule 6).

allauth keeps the proofs in the session and adds second factors to the same list. Its own question counts
a person without password or factor as proven; ours does not.
"""

import time

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.core import ratelimit
from django.conf import settings

from accounts.permissions import Refused


def is_recent(request) -> bool:
    """True when a re-authentication, not merely the sign-in, lies within the window of this session."""
    return seconds_left(request) > 0


def seconds_left(request) -> int:
    """Whole seconds, rounded up, until the next signature asks again; 0 when it asks now."""
    proofs = [record["at"] for record in get_authentication_records(request, request.user) if _counts(record)]
    if not proofs:
        return 0
    age = time.time() - max(proofs)
    left = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT - age
    # A proof from the future means a clock was turned back; it must not count for longer.
    return -int(-left // 1) if age >= 0 and left > 0 else 0


def confirm(request, password: str) -> bool:
    """Open the window of this session when the password is right; either answer is an event.

    Call it outside the transaction of the act, so that a wrong password stays in the log.
    Raises Refused when there were too many attempts within a minute.
    """
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        raise Refused("Too many attempts to confirm who you are. Wait a minute, then try again.")
    if not get_adapter(request).reauthenticate(request.user, password):
        return False
    reauthenticate_by_password(request)
    return True


def _counts(record) -> bool:
    return bool(record.get("reauthenticated")) and isinstance(record.get("at"), int | float)
