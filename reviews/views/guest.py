"""What does a guest's browser get? A door that asks for a code, the questions put to them, a form for each; no account.

The pages know nobody but the guest: who is signed in in the same browser is not asked, named or written down here.
"""

from functools import wraps

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused
from audit import context
from evidence import content_types
from evidence.uploads import limit_in_words
from reviews.asking import guest_answers, guest_codes, guests
from reviews.asking.answers import MOST_ATTACHMENTS
from reviews.asking.guest_forms import AnswerForm, CodeForm
from reviews.choices import QuestionState

# By the longer name browsers take it only over https.
COOKIE = "guest" if settings.EMBEDDED else "__Secure-guest"
OK, FORBIDDEN, GONE, UNPROCESSABLE, TOO_MANY = 200, 403, 410, 422, 429
TOO_OFTEN = "Too many tries. Wait an hour, then try again."


def for_guests(view):
    """The view gets the link behind the address, and 404 is said of an address that we never gave out."""

    @login_not_required
    @wraps(view)
    def asked(request, token, **kwargs):
        link = guests.find(token)
        if link is None:
            raise Http404
        request.user = AnonymousUser()
        with context.acting(actor=request.user, session_id=""):
            response = _closed(request, link) or view(request, link, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return asked


def _closed(request, link):
    why = guests.why_closed(link)
    return render(request, "guest/closed.html", _said(link) | {"why": why}, status=GONE) if why else None


def _said(link):
    return {"organisation": settings.ORGANISATION_NAME, "token": guests.token(link)}


def inside(view):
    """Only in the browser that gave the newest code; what happens is the guest's doing, by name."""

    @wraps(view)
    def asked(request, link, **kwargs):
        if not _is_visiting(request, link):
            why = "" if request.method in {"GET", "HEAD"} else "Your visit has ended. Nothing was sent; ask for a code."
            return _door(request, link, why=why, status=FORBIDDEN)
        with guest_codes.acting(link):
            return view(request, link, **kwargs)

    return asked


def _is_visiting(request, link):
    secret = request.get_signed_cookie(COOKIE, default=None, salt=_salt(link), max_age=guest_codes.VISIT)
    return guest_codes.is_visiting(link, secret)


def _salt(link):
    return f"reviews.guests.{link.key.hex}"


def _lets_upload(request, token, **kwargs):
    """Asked before the body of a request is read: files of nobody known are not written down."""
    link = guests.find(token)
    return link is not None and not guests.why_closed(link) and _is_visiting(request, link)


# The door


@for_guests
@require_safe
def guest(request, link):
    if not _is_visiting(request, link):
        return _door(request, link)
    asked = guest_answers.asked(link)
    arrived = request.GET.get("arrived", "")
    context = _said(link) | {
        "link": link,
        "asked": asked,
        "arrived": next((each for each in asked.questions if str(each.number) == arrived and each.own_answers), None),
    }
    return render(request, "guest/questions.html", context)


def _door(request, link, *, why="", form=None, status=OK):
    waits = bool(link.code_hash) and link.code_sent_at + guest_codes.GOOD_FOR > timezone.now()
    context = _said(link) | {
        "why": why,
        "form": form or CodeForm(),
        "waits": waits,
        "masked": guest_codes.masked(link.email),
        "minutes": guest_codes.GOOD_FOR.seconds // 60,
    }
    return render(request, "guest/door.html", context, status=status)


@for_guests
@require_POST
def guest_code(request, link):
    """Send a code."""
    if not ratelimit.consume(request, action="guest_code", key=link.email.lower()):
        return _door(request, link, why=TOO_OFTEN, status=TOO_MANY)
    try:
        guest_codes.send(link)
    except Refused as refusal:
        link.refresh_from_db(fields=["code_hash", "code_sent_at"])
        return _door(request, link, why=str(refusal), status=FORBIDDEN)
    return redirect(guests.path(link))


@for_guests
@require_POST
def guest_enter(request, link):
    """Take the code, and let this browser in."""
    if not ratelimit.consume(request, action="guest_enter", key=link.email.lower()):
        return _door(request, link, why=TOO_OFTEN, status=TOO_MANY)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _door(request, link, form=form, status=UNPROCESSABLE)
    try:
        secret = guest_codes.enter(link, form.cleaned_data["code"])
    except Refused as refusal:
        link.refresh_from_db(fields=["code_hash", "code_sent_at"])
        return _door(request, link, why=str(refusal), status=FORBIDDEN)
    response = redirect(guests.path(link))
    response.set_signed_cookie(
        COOKIE,
        secret,
        salt=_salt(link),
        max_age=guest_codes.VISIT,
        path=guests.path(link),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@for_guests
@require_POST
@inside
def guest_leave(request, link):
    guest_codes.leave(link)
    response = redirect(guests.path(link))
    response.delete_cookie(COOKIE, path=guests.path(link))
    return response


# Inside


@for_guests
@require_http_methods(["GET", "HEAD", "POST"])
@inside
def guest_question(request, link, number):
    question = get_object_or_404(guest_answers.live(link), number=number)
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"source": link.name, "said_on": timezone.localdate()},
    )
    if form.is_valid():
        try:
            guest_answers.give(link, question, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(f"{guests.path(link)}?arrived={question.number}")
    context = _said(link) | {
        "link": link,
        "question": question,
        "form": form,
        "is_asked_again": question.state == QuestionState.ASKED and bool(question.own_answers),
        "accepted": content_types.ACCEPTED_IN_WORDS,
        "limit": limit_in_words(),
        "most": MOST_ATTACHMENTS,
    }
    return render(request, "guest/question.html", context, status=UNPROCESSABLE if form.errors else OK)


guest_question.lets_upload = _lets_upload
