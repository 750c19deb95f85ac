"""Which request is this, who makes it, and from where? Every event and log line of it says the same."""

from django.conf import settings

from audit import context


def client_address(request) -> str:
    """The peer's address; X-Forwarded-For counts only as far as trusted proxies wrote it."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXY_COUNT
    if trusted and len(hops) >= trusted:
        return hops[-trusted][:45]
    return request.META.get("REMOTE_ADDR", "")[:45]


class RequestIdMiddleware:
    """The outermost: whatever is said or written down about a request, refusals included, carries its id."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = context.request_id(request.headers.get("X-Request-ID", ""))
        with context.acting(request_id=request.id, address=client_address(request)):
            response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class ActorMiddleware:
    """Inside of sign-in and session: events of a request name the person and the session they come from."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        session_id = context.session_fingerprint(request.session.session_key)
        with context.acting(actor=request.user, session_id=session_id):
            return self.get_response(request)
