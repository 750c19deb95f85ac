"""What about people holds for a whole request?"""

from accounts import absences


def one_rota(get_response):
    """A page asks in many places who is away, and reads it once. An act never goes by what was read before it."""

    def middleware(request):
        if request.method not in {"GET", "HEAD"}:
            return get_response(request)
        with absences.read_once():
            return get_response(request)

    return middleware
