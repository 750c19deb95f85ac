"""What can Prometheus read at /metrics?

Requests are counted in each web process; the processes of one host share a folder (PROMETHEUS_MULTIPROC_DIR, made by
`config/gunicorn.py`), so whichever is asked answers for all of them. The rest is read from the database and the queue
when somebody asks, so every host says the same. Names, and how to add them up: docs/observability.md.

Imported only when METRICS_TOKEN is set.
"""

import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily

from audit.models import Heartbeat
from config import failed_tasks, health, logs, release
from dossiers.choices import State
from dossiers.models import Dossier, Package, Paper
from reviews.choices import Delivery
from reviews.models import Message

METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
UNAUTHORIZED = 401

REQUESTS = Counter("countersign_http_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "countersign_http_request_seconds",
    "Seconds until the answer began",
    ["route", "method"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
IN_PROGRESS = Gauge("countersign_http_requests_in_progress", "Requests being answered", multiprocess_mode="livesum")


def measure(get_response):
    """Count each request under the name of its route, so that there are no more series than routes."""

    def middleware(request):
        started = time.perf_counter()
        with IN_PROGRESS.track_inprogress():
            response = get_response(request)
        labels = logs.route(request), request.method if request.method in METHODS else "other"
        SECONDS.labels(*labels).observe(time.perf_counter() - started)
        REQUESTS.labels(*labels, response.status_code).inc()
        return response

    return middleware


def page(request):
    """Everything in Prometheus' text format, for whoever knows the token."""
    given = request.headers.get("Authorization", "")
    if not constant_time_compare(given, f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(Installation())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Installation:
    """What database and queue say; what does not answer is left out, and its check says 0."""

    def describe(self) -> list:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        checks = {check.name: int(check.ok) for check in health.checks()}
        yield _gauge("check_ok", "1 while the part answers, as at /readyz", "check", checks)
        yield _gauge("build_info", "The release that runs", "version", {release.VERSION: 1})
        yield _gauge("queue_messages", "Messages waiting in the queue", "queue", health.waiting())
        if checks[health.DATABASE]:
            yield from self._rows()

    def _rows(self) -> Iterator[GaugeMetricFamily]:
        now = timezone.now()
        beats = {beat.name: (now - beat.at).total_seconds() for beat in Heartbeat.objects.all()}
        yield _gauge("heartbeat_age_seconds", "Seconds since the last sign of life", "name", beats)
        for word, model in (("dossier", Dossier), ("paper", Paper), ("package", Package)):
            yield from self._made(word, model, now)
        mails = dict.fromkeys(Delivery.values, 0)
        mails |= dict(Message.objects.order_by().values_list("state").annotate(Count("pk")))
        yield _gauge("messages", "Mails to people by what became of them", "state", mails)
        late = Message.objects.waiting().aggregate(Min("created_at"))["created_at__min"] or now
        age = {"": (now - late).total_seconds()}
        yield _gauge("oldest_waiting_message_seconds", "Age of the mail that waits longest, else 0", "", age)
        failed = {"": failed_tasks.failed().count()}
        yield _gauge("failed_tasks", "Tasks that failed for good and wait for a decision", "", failed)

    def _made(self, word: str, model: Any, now: datetime) -> Iterator[GaugeMetricFamily]:
        states = dict.fromkeys(State.values, 0)
        states |= dict(model.objects.order_by().values_list("state").annotate(Count("pk")))
        yield _gauge(f"{word}s", f"{word.capitalize()}s by state", "state", states)
        oldest = model.objects.filter(state=State.QUEUED).aggregate(Min("requested_at"))["requested_at__min"] or now
        age = {"": (now - oldest).total_seconds()}
        yield _gauge(f"oldest_queued_{word}_seconds", f"Age of the oldest {word} that waits, else 0", "", age)


def _gauge(name: str, words: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"countersign_{name}", words, labels=[label] if label else [])
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family
