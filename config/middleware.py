"""What holds for every request and every response, whichever app answers?"""

from django.core.exceptions import BadRequest
from django.http import UnreadablePostError
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

FORM = "application/x-www-form-urlencoded"
FORMS = {FORM, "multipart/form-data"}
UTF_8 = "utf-8"
WRONG_METHOD = 405


def whole_forms(get_response):
    """Refuse a form of which only a part arrived: what a lost connection cut off would be stored as if typed so.

    Forms with files are watched by `evidence.uploads`. Our pages are UTF-8, and so is what browsers send back: by another
    name a form could hold halves of characters, or bytes that Python calls no text at all.
    """

    def middleware(request):
        charset = request.content_params.get("charset", UTF_8)
        if request.content_type in FORMS and charset.lower() not in {UTF_8, "utf8"}:
            raise BadRequest("The form is not in UTF-8.")
        if request.content_type == FORM:
            try:
                arrived = len(request.body)
            except UnreadablePostError:
                raise BadRequest("The form broke off.") from None
            if arrived < int(request.META.get("CONTENT_LENGTH") or 0):
                raise BadRequest("The form broke off before its end.")
        return get_response(request)

    return middleware


def nothing_granted(get_response):
    """Let no page use the machine's devices, and no other site embed what we answer, static files included.

    What Django's SecurityMiddleware has no setting for. Features browsers do not know are warned about in their
    consoles, so the list holds what all of them know.
    """
    features = "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi"
    features += "payment", "screen-wake-lock", "usb", "xr-spatial-tracking", "accelerometer", "autoplay"
    policy = ", ".join(f"{feature}=()" for feature in sorted(features))

    def middleware(request):
        response = get_response(request)
        response["Permissions-Policy"] = policy
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return middleware


def nothing_kept(get_response):
    """Let no page be kept by the browser or on the way, so that after signing out nobody finds it with Back."""

    def middleware(request):
        response = get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware


def words_for_wrong_method(get_response):
    """Say in words what Django says with an empty page, say after a sign-in that interrupted the sending of a form."""

    def middleware(request):
        response = get_response(request)
        if response.status_code != WRONG_METHOD or response.content or request.method == "HEAD":
            return response
        page = render(request, "405.html", status=WRONG_METHOD)
        page["Allow"] = response["Allow"]
        return page

    return middleware
