"""What does a span of OpenTelemetry hold? Imported only when there is a collector to send it to."""

from collections.abc import Sequence

from celery import signals
from django.conf import settings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.propagate import set_global_textmap
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanContext, Status, set_tracer_provider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from audit import context
from config import release

REQUEST_ID = "countersign.request_id"
# Everything else the libraries note down stays here: addresses, hosts, user agents, the texts of errors.
ATTRIBUTES = {
    REQUEST_ID,
    "celery.action",
    "celery.state",
    "celery.task_name",
    "db.statement",
    "db.system",
    "exception.type",
    "http.method",
    "http.route",
    "http.status_code",
    "messaging.message.id",
}


def start(process: str) -> None:
    """Trace requests, tasks and statements of this process, `web` or `worker`, and send the spans from a thread."""
    resource = Resource.create({"service.name": f"countersign-{process}", "service.version": release.VERSION})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(OfRequest())
    provider.add_span_processor(BatchSpanProcessor(Plain(OTLPSpanExporter())))
    set_tracer_provider(provider)
    # Without baggage: what a stranger puts into that header would travel on with our messages.
    set_global_textmap(TraceContextTextMapPropagator())
    # A worker's child ends without the usual farewell.
    signals.worker_process_shutdown.connect(lambda **_: provider.shutdown(), weak=False)
    CeleryInstrumentor().instrument()
    # The statement with its placeholders; values are bound later.
    PsycopgInstrumentor().instrument()
    if process == "web":
        # Below the probes, which ask often and mean nothing.
        DjangoInstrumentor().instrument(middleware_position=settings.MIDDLEWARE.index("config.probes.probes") + 1)


class OfRequest(SpanProcessor):
    """Ties each span to the request or task that logs and events name."""

    def on_start(self, span, parent_context=None) -> None:
        if request_id := context.current().request_id:
            span.set_attribute(REQUEST_ID, request_id)


class Plain(SpanExporter):
    """Sends each span anew, with listed attributes only."""

    def __init__(self, exporter: SpanExporter):
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]):
        return self._exporter.export([_plain(span) for span in spans])

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _plain(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=_without_state(span.context),
        parent=_without_state(span.parent),
        resource=span.resource,
        attributes=_listed(span.attributes),
        events=[Event(event.name, _listed(event.attributes), event.timestamp) for event in span.events],
        kind=span.kind,
        # Its description is the text of an error.
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _listed(attributes) -> dict:
    return {name: value for name, value in (attributes or {}).items() if name in ATTRIBUTES}


def _without_state(known: SpanContext | None) -> SpanContext | None:
    """The ids alone; the state beside them is whatever the caller sent."""
    return known and SpanContext(known.trace_id, known.span_id, known.is_remote, known.trace_flags)
