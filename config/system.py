"""What does an administrator see of the installation, and what can be mended from there?

Nothing here waits long: whatever lies outside of the database is asked in threads of its own, with one time limit
for all, and says so when it does not answer.
"""

import shutil
import time
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat, pluralize
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts import permissions
from accounts.permissions import Refused
from audit.models import Heartbeat
from config import advice, csp_reports, failed_tasks, health, mail, queues, versions
from config.health import Limited, NoAnswer
from dossiers.choices import State
from dossiers.models import Dossier, Package, Paper
from reviews.choices import UNDELIVERED, Delivery
from reviews.models import Message

LIMIT_SECONDS = 3
SHOWN = 10
DOSSIER_DAYS = 7
UNDELIVERED_DAYS = 7
# Longer than a dossier of ordinary size takes.
WAITED_LONG = timedelta(minutes=5)
LITTLE_SPACE = 0.1

WHAT = {
    health.DATABASE: "Database",
    health.BROKER: "Queue (Redis)",
    health.STORAGE: "Storage of files",
    health.SCHEDULER: "Scheduler",
    health.REMINDERS: "Reminders",
}


def _free_space():
    """`(free, total)` bytes of the folder of files. May hang where it is on another machine."""
    usage = shutil.disk_usage(settings.FILES_DIR)
    return usage.free, usage.total


_QUESTIONS = {
    "queues": Limited("the queues", queues.ask_queues),
    "workers": Limited("the workers", queues.ask_workers),
    "reports": Limited("the count of reports", csp_reports.last_days),
    "space": Limited("the free space", _free_space),
}


@require_GET
def page(request):
    permissions.ask(permissions.can_administer(request.user))
    asked = {name: question.start() for name, question in _QUESTIONS.items()}
    found = health.checks()
    answers = _answers(asked)
    waiting, redis_version = answers["queues"] or (None, "")
    beats = dict(Heartbeat.objects.values_list("name", "at"))
    context = {
        "now": timezone.now(),
        "parts": _parts(found, answers["space"], beats),
        "queues": _queues(waiting, answers["workers"], beats),
        "workers": answers["workers"],
        "failed": _failed(),
        "dossiers": _dossiers(request.user),
        "mail_server": mail.server(),
        "reports": answers["reports"],
        "advice": advice.advice(),
        "versions": versions.versions(redis_version),
        "migrations": versions.unapplied_migrations(),
    }
    return render(request, "system/page.html", context)


def _answers(asked):
    """What each question was answered with within the time limit, None when it was not."""
    until, answers = time.monotonic() + LIMIT_SECONDS, {}
    for name, question in _QUESTIONS.items():
        try:
            answers[name] = question.wait(asked[name], until)
        except NoAnswer:
            answers[name] = None
    return answers


def _parts(found, space, beats):
    return [
        {
            "what": WHAT[check.name],
            "ok": check.ok,
            "words": check.words,
            "more": _more_of_mail() if check.name == health.REMINDERS else _more(check.name, space),
            "poked_at": beats.get(check.name),
        }
        for check in found
    ]


def _more(name, space):
    """What else is worth knowing of a part, and whether it needs care."""
    if name != health.STORAGE:
        return None
    if settings.S3_BUCKET:
        return {"words": "A bucket of S3.", "care": False}
    if space is None:
        return {"words": "A folder; how much room it has is not known.", "care": True}
    free, total = space
    words = f"A folder; {filesizeformat(free)} of {filesizeformat(total)} are free."
    return {"words": words, "care": free < total * LITTLE_SPACE}


def _more_of_mail():
    """How many mails wait for the server's word, and how many of the last days reached nobody."""
    since = timezone.now() - timedelta(days=UNDELIVERED_DAYS)
    waits = Q(state=Delivery.WAITING)
    waiting, tried_again, failed = Message.objects.aggregate(
        waiting=Count("pk", filter=waits),
        tried=Count("pk", filter=waits & Q(attempts__gt=0, leased_until=None)),
        failed=Count("pk", filter=Q(state__in=UNDELIVERED, due_at__gte=since)),
    ).values()
    words = (
        f"{waiting} mail{pluralize(waiting)} wait{pluralize(waiting, 's,')} to be sent, {tried_again} after a failure; "
        f"{failed} of the last {UNDELIVERED_DAYS} days reached nobody."
    )
    return {"words": words, "care": bool(tried_again or failed)}


def _queues(waiting, workers, beats):
    """Each queue with who takes from it and when a message last came through; None when Redis does not answer."""
    if waiting is None:
        return None
    return [
        {
            "queue": queue,
            "takers": None if workers is None else sum(queue.name in taken for taken in workers.values()),
            "through": beats.get(queue.kind.beat),
        }
        for queue in waiting
    ]


def _failed():
    rows = failed_tasks.failed()
    shown = [
        {
            "pk": row.pk,
            "words": failed_tasks.words(row),
            "given": failed_tasks.arguments(row),
            "at": row.date_done,
            "times": failed_tasks.failed_times(row),
            "reason": failed_tasks.reason(row),
            "where": (row.traceback or "").rpartition("\n")[2],
            "request_id": failed_tasks.request_id(row),
            "can_try_again": failed_tasks.can_try_again(row),
        }
        for row in rows[:SHOWN]
    ]
    return {"rows": shown, "more": rows.count() - len(shown)}


def _dossiers(user):
    """What failed lately and was not made since, and what waits too long. Its review is named to who may see it."""
    now = timezone.now()
    rows = [
        *_in_trouble(Dossier, user, now, ["review"]),
        *_in_trouble(Paper, user, now, ["requested_by", "kind", "subject"]),
        *_in_trouble(Package, user, now, ["requested_by", "review"]),
    ]
    rows.sort(key=lambda row: row.requested_at, reverse=True)
    return {"rows": rows[:SHOWN], "more": len(rows) > SHOWN}


def _in_trouble(model, user, now, same):
    made_since = model.objects.filter(
        state=State.READY, pk__gt=OuterRef("pk"), **{name: OuterRef(name) for name in same}
    )
    failed = Q(state=State.FAILED, finished_at__gte=now - timedelta(days=DOSSIER_DAYS)) & ~Exists(made_since)
    waiting = Q(requested_at__lt=now - WAITED_LONG)
    wanted = model.objects.filter(failed) | model.objects.unfinished().filter(waiting)
    visible = Exists(model.objects.visible_to(user).filter(pk=OuterRef("pk")))
    return wanted.with_all().annotate(visible=visible).order_by("-pk")[: SHOWN + 1]


@require_POST
def task_retry(request, pk):
    return _act(request, lambda: failed_tasks.try_again(pk, by=request.user), "Sent to a worker again.")


@require_POST
def task_dismiss(request, pk):
    return _act(request, lambda: failed_tasks.dismiss(pk, by=request.user), "Dismissed. Nothing was done again.")


@require_POST
def test_mail(request):
    return _act(request, lambda: mail.send_test(to=request.user), mail.taken(request.user.email))


def _act(request, act, said):
    permissions.ask(permissions.can_administer(request.user))
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("system:page")
