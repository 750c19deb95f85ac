"""Which page does a failure get that no view turned into a sentence?"""

import errno
import sys

import redis.exceptions
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string

from accounts.adapter import MailNotSent
from evidence import storage

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
NO_ANSWER = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    OperationalError,
    InterfaceError,
    # PostgreSQL's words for a transaction that waited too long, and for a server that became a copy of another.
    InternalError,
    storage.Unreachable,
)
NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
OUR_FAULT, UNAVAILABLE = 500, 503


def failed(request):
    """The URLconf's handler500: status 503 and words for what outside of us is missing, else 500.

    The page reads neither the session nor any row: what fails may be what they are in.
    """
    failure = sys.exc_info()[1]
    if isinstance(failure, MailNotSent):
        missing = "mail"
    elif isinstance(failure, OSError) and failure.errno in NO_SPACE:
        missing = "space"
    elif isinstance(failure, NO_ANSWER):
        missing = "service"
    else:
        return HttpResponse(_page("500.html", request), status=OUR_FAULT)
    page = _page("503.html", request, missing=missing, sent=request.method not in SAFE_METHODS)
    return HttpResponse(page, status=UNAVAILABLE, headers={"Retry-After": "30"})


def _page(template, request, **words):
    """With the request's id, when it got as far as having one: log and audit log have the same."""
    return render_to_string(template, words | {"request_id": getattr(request, "id", "")})
