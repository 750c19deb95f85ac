"""What does the reference answer? The same pages as plain HTML, the same writes."""

import hashlib
import json
import os
import uuid
from itertools import groupby
from operator import itemgetter

from celery import Celery
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from bench.reference import queries

PER_PAGE, SHOWN = 25, 20
SATISFIED = {"confirmed", "not_applicable"}
DECIDED = SATISFIED | {"unconfirmed"}
queue = Celery(broker=settings.BROKER_URL)


def _person(request):
    return int(request.headers["X-Person"])


def _found(row):
    if row is None:
        raise Http404
    return row


@require_safe
def ready(request):
    return HttpResponse("ready")


@require_safe
def home(request):
    person = _person(request)
    lines = queries.rows(queries.WORK, person=person, working="working" in request.GET, size=SHOWN)
    sections = [(name, list(group)) for name, group in groupby(lines, itemgetter("section"))]
    recommendations = queries.rows(queries.RECOMMENDATIONS, person=person)
    return render(request, "home.html", {"sections": sections, "recommendations": recommendations})


@require_safe
def reviews(request):
    start = PER_PAGE * (int(request.GET.get("page", 1)) - 1)
    found = queries.rows(queries.REVIEWS, person=_person(request), size=PER_PAGE, start=start)
    for row in found:
        row["recommendation"] = _recommendation(row)
    return render(request, "reviews.html", {"reviews": found})


def _recommendation(counts):
    if counts["unconfirmed"] >= counts["escalate_at"]:
        return "escalate"
    if counts["satisfied"] >= counts["go_at"]:
        return "go"
    return "conditional" if counts["decided"] == counts["total"] else "in_review"


@require_safe
def review(request, slug):
    head = _found(queries.one(queries.REVIEW, person=_person(request), slug=slug))
    items = queries.rows(queries.ITEMS, review=head["id"])
    states = [item["state"] for item in items]
    counts = {state: states.count(state) for state in sorted(set(states))}
    head |= {
        "total": len(items),
        "satisfied": sum(state in SATISFIED for state in states),
        "unconfirmed": states.count("unconfirmed"),
        "decided": sum(state in DECIDED for state in states),
    }
    head["recommendation"] = _recommendation(head)
    context = {
        "review": head,
        "counts": counts,
        "groups": _shares(sorted(items, key=itemgetter("place", "number")), "category"),
        "roles": _shares(sorted(items, key=itemgetter("role", "number")), "role"),
        "expiries": sorted(item["valid_until"] for item in items if item["valid_until"])[:1],
        "days": _days(items),
    }
    return render(request, "review.html", context)


def _shares(items, key):
    groups = [(name, list(group)) for name, group in groupby(items, itemgetter(key))]
    return [(name, sum(item["state"] in SATISFIED for item in group), group) for name, group in groups]


def _days(items):
    """How many were satisfied by the end of each day."""
    days = sorted(item["signed_at"].date() for item in items if item["state"] in SATISFIED)
    return [(day, place) for place, day in enumerate(days, 1) if place == len(days) or days[place] != day]


@require_safe
def item(request, pk):
    found = _found(queries.one(queries.ITEM, person=_person(request), item=pk))
    return render(request, "item.html", {"item": found})


@require_POST
def save(request, pk):
    typed = {name: request.POST.get(name, "") for name in ("finding", "reason", "asked", "asked_of", "notes")}
    person, version = _person(request), int(request.POST["version"])
    if not queries.run(queries.SAVE, person=person, item=pk, version=version, **typed):
        return HttpResponse("Someone changed this item.", status=422)
    return HttpResponseRedirect(f"/items/{pk}/")


@require_POST
@transaction.atomic
def sign(request, pk):
    person = _person(request)
    found = _found(queries.one(queries.TO_SIGN, person=person, item=pk))
    content = json.dumps(found, sort_keys=True, default=str)
    digest = hashlib.sha256(content.encode()).hexdigest()
    values = {"item": pk, "signer": found["signer"], "label": found["text"], "content": content, "digest": digest}
    queries.run(queries.SIGN, **values)
    return HttpResponseRedirect(f"/items/{pk}/")


@require_POST
def upload(request, pk):
    """The file went to a temporary one while it arrived; it is hashed there, and moved."""
    file = request.FILES["files"]
    path, name = file.temporary_file_path(), uuid.uuid4().hex
    with open(path, "rb") as stored:
        sha256 = hashlib.file_digest(stored, "sha256").hexdigest()
    os.rename(path, settings.FILES_DIR / name)
    values = {"name": file.name, "kind": request.POST["kind"], "file": name, "sha256": sha256, "size": file.size}
    if not queries.run(queries.UPLOAD, person=_person(request), vendor=pk, **values):
        raise Http404
    return HttpResponseRedirect(f"/vendors/{pk}/")


@require_POST
def request_dossier(request, slug):
    asked = queries.one(queries.REQUEST, person=_person(request), slug=slug)
    if asked:
        queue.send_task("reference.dossier", [asked["id"]], queue="reference")
    return HttpResponseRedirect(f"/reviews/{slug}/")
