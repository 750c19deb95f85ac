"""Gives every request an id and every event the request it belongs to."""

import re
import uuid

from django.conf import settings

from audit import context

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def client_address(request) -> str:
    """The peer's address; X-Forwarded-For counts only as far as trusted proxies wrote it."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXY_COUNT
    if trusted and len(hops) >= trusted:
        return hops[-trusted][:45]
    return request.META.get("REMOTE_ADDR", "")[:45]


def request_id(request) -> str:
    given = request.headers.get("X-Request-ID", "")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


class RequestContextMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = request_id(request)
        values = {
            "actor": request.user,
            "request_id": request.id,
            "session_id": context.session_fingerprint(request.session.session_key),
            "address": client_address(request),
        }
        with context.acting(**values):
            response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response
