"""How does somebody get a small PDF of one thing: ask for it, have it made by a worker, fetch it?

It is made with the rights of whoever asked, and only they may fetch it, as long as they may see the thing itself.
"""

from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.permissions import Refused
from dossiers import making, reading, render, requests
from dossiers.models import Paper
from dossiers.paper_kinds import KINDS
from dossiers.render import CannotRender
from dossiers.snapshot import one_instant
from dossiers.wording import clean, day, iso, moment, printable

NO_ACCESS = "You may no longer see what this paper is of, so it was not made."


def found(user, kind, subject):
    """The thing, or None: no such kind, no such thing, or not for this person."""
    return KINDS[kind].find(user, subject) if kind in KINDS and user.is_active else None


def request(kind, subject, *, by):
    """Ask for a paper, and return it: the unfinished one of the same person and thing when there is one.

    Raises Refused for what the person may not see. The worker is told when the transaction is committed.
    """
    thing = found(by, kind, subject)
    if thing is None:
        raise Refused(NO_ACCESS)
    values = {"title": KINDS[kind].title(thing)[:200], "vendor": KINDS[kind].vendor(thing)}
    return requests.ask_once(Paper, {"requested_by": by, "kind": kind, "subject": subject}, **values)


def make(paper_id):
    """Make a queued paper, as `making.run` does."""
    making.run(Paper, paper_id, _paper)


@contextmanager
def _paper(paper, tell):
    template, context = _read(paper)
    tell(12, "Laying out")
    html = render_to_string(template, context)
    with render.laid_out(html, None, taken_at=context["taken_at"], tell=tell) as made:
        yield made, datetime.fromisoformat(context["taken_at"])


def _read(paper):
    """The template and all it prints, from one moment. Raises CannotRender when it is not for the requester any more."""
    with one_instant() as instant:
        thing = found(paper.requested_by, paper.kind, paper.subject)
        if thing is None:
            raise CannotRender(NO_ACCESS)
        kind = KINDS[paper.kind]
        context = printable(kind.context(thing, paper.requested_by)) | {
            "organisation": clean(settings.ORGANISATION_NAME),
            "title": clean(kind.title(thing)),
            "taken_at": iso(instant),
            "as_of": moment(instant),
            "as_of_day": day(timezone.localdate(instant)),
            "requested_by": clean(paper.requested_by.name),
        }
    return kind.template, context


def download_name(paper, thing):
    return f"{KINDS[paper.kind].name(thing).removesuffix('.pdf')}.pdf"


def opened(paper, *, by):
    """The PDF as an open file, once its SHA-256 was found right and the download is an event. Raises Refused as `reading.opened`."""
    return reading.opened(paper, by=by, act="downloaded")
