"""Which page does a failure get that no view turned into a sentence?"""

import sys

import redis.exceptions
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from evidence import storage

NO_ANSWER = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    OperationalError,
    InterfaceError,
    storage.Unreachable,
)
UNAVAILABLE = 503


def failed(request):
    """The URLconf's handler500: status 503 while database, Redis or the storage of files does not answer, else 500."""
    if isinstance(sys.exc_info()[1], NO_ANSWER):
        return HttpResponse(render_to_string("503.html"), status=UNAVAILABLE, headers={"Retry-After": "30"})
    return server_error(request)
