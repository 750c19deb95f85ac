"""Do reports of errors and traces arrive, with the id of the request and with nothing that anybody typed?

Everything here is sent by real processes of the product to a server of this test, and read there byte by byte.
"""

import gzip
import json
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli
import pytest
from django.db import connection
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from config import environment
from config.environment import BASE_DIR
from tests.services import answers, free_port, wait_until

pytestmark = pytest.mark.xdist_group("product")

SECRET = "unannounced-breach"
REQUEST = "request-that-fails"


# Sentry's library takes brotli where it is installed, and here WeasyPrint brings it along.
UNPACK = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Sink:
    """Takes whatever is sent to it and keeps the bodies as they were before compression."""

    def __init__(self):
        self.received = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.received.append((self.path, UNPACK[self.headers.get("Content-Encoding")](body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"

    @property
    def errors(self):
        """The reports in Sentry's envelopes: a line of headers, then for each item a line of headers and one of JSON."""
        lines = [line for path, body in self.received if "/envelope/" in path for line in body.splitlines()[1:]]
        pairs = zip(lines[::2], lines[1::2], strict=True)
        return [json.loads(item) for head, item in pairs if json.loads(head)["type"] == "event"]

    @property
    def spans(self):
        """`(service, name, attributes, events)` of every span."""
        for path, body in self.received:
            if path == "/v1/traces":
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    service = _plain(resource.resource.attributes)["service.name"]
                    for span in (span for scope in resource.scope_spans for span in scope.spans):
                        yield (
                            service,
                            span.name,
                            _plain(span.attributes),
                            [_plain(event.attributes) for event in span.events],
                        )

    @property
    def everything(self):
        return b"\n".join(body for _, body in self.received).lower()


def _plain(attributes):
    return {item.key: item.value.string_value or item.value.int_value for item in attributes}


@pytest.fixture
def sink():
    sink = Sink()
    thread = threading.Thread(target=sink.server.serve_forever)
    thread.start()
    yield sink
    sink.server.shutdown()
    thread.join()
    sink.server.server_close()


@pytest.fixture
def reports(sink):
    """The variables that make a process report to the sink."""
    return {
        "SENTRY_DSN": f"http://publickey@{sink.address}/17",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{sink.address}",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "SECRET_KEY": f"{SECRET}-in-the-environment",
    }


def fail(product, **variables):
    """Have a page of a real server fail over what it was sent, in its form, address, cookie and headers."""
    port = free_port()
    command = ["gunicorn", "--config", "config/gunicorn.py", "--bind", f"127.0.0.1:{port}", "tests.config.failing_wsgi"]
    with product.process("failing", *command, **variables) as process:
        wait_until(lambda: answers(port))
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/fail/{SECRET}/?q={SECRET}",
            data=urllib.parse.urlencode({"finding": SECRET, "csrfmiddlewaretoken": "a" * 64}).encode(),
            headers={
                "Cookie": f"csrftoken={'a' * 64}; other={SECRET}",
                "X-Request-ID": REQUEST,
                "User-Agent": SECRET,
                "Baggage": f"finding={SECRET}",
                "Tracestate": f"finding={SECRET}",
                "Traceparent": "00-11111111111111111111111111111111-2222222222222222-01",
            },
        )
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(asked, timeout=30)
        with refusal.value as answer:
            assert (answer.code, answer.headers["X-Request-ID"]) == (500, REQUEST), process.log
        yield process


@pytest.mark.once
def test_an_error_is_reported_with_its_request_and_without_what_was_sent(product, reports, sink):
    for _ in fail(product, **reports):
        wait_until(lambda: sink.errors)
    (error,) = sink.errors
    assert error["logentry"] == {"message": "Internal Server Error: POST fail"}
    assert error["tags"] == {"request_id": REQUEST}
    assert [each["type"] for each in error["exception"]["values"]][-2:] == ["IntegrityError", "ValueError"]
    last = error["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert (last["module"], last["function"]) == ("tests.config.failing_urls", "fail")
    assert set(error) == {
        *("event_id", "timestamp", "level", "platform", "release", "sdk"),
        *("logger", "logentry", "tags", "exception"),
    }
    assert SECRET.encode() not in sink.everything


@pytest.mark.once
def test_a_trace_leads_to_the_failing_page_and_tells_its_request_and_kind_of_error(product, reports, sink):
    for _ in fail(product, **reports):
        wait_until(lambda: list(sink.spans))
    (span,) = [span for span in sink.spans if span[1] == "POST fail/<str:name>/"]
    service, _, attributes, events = span
    assert service == "countersign-web"
    assert attributes == {
        "countersign.request_id": REQUEST,
        "http.method": "POST",
        "http.route": "fail/<str:name>/",
        "http.status_code": 500,
    }
    assert events == [{"exception.type": "ValueError"}]
    assert SECRET.encode() not in sink.everything


@pytest.mark.once
def test_a_task_that_fails_is_reported_and_traced_by_the_process_that_ran_it(product, reports, sink):
    command = ["celery", "--quiet", "-A", "tests.config.failing_tasks", "worker", "--concurrency", "1"]
    task = "tests.config.failing_tasks.raises_with"
    send = f"from config.celery import app; import django; django.setup(); app.send_task({task!r}, [{SECRET!r}])"
    with product.process("worker", *command, **reports) as worker:
        subprocess.run([sys.executable, "-c", send], cwd=BASE_DIR, env=product.environment, check=True)
        wait_until(lambda: sink.errors and list(sink.spans), 60)
        logged = worker.log
    (error,) = sink.errors
    assert error["exception"]["values"][-1]["type"] == "LookupError"
    request_id = error["tags"]["request_id"]
    (span,) = [span for span in sink.spans if span[1] == f"run/{task}"]
    assert (span[0], span[2]["countersign.request_id"]) == ("countersign-worker", request_id)
    assert request_id in logged
    assert SECRET.encode() not in sink.everything
    assert SECRET not in logged


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_statements_are_traced_without_their_values(product, reports, sink):
    named = connection.settings_dict
    database = f"postgres://{named['USER']}@{named['HOST']}:{named['PORT']}/{named['NAME']}"
    for _ in fail(product, DATABASE_URL=database, **reports):
        wait_until(lambda: any("db.statement" in span[2] for span in sink.spans))
    statements = [span[2] for span in sink.spans if span[1] == "INSERT"]
    assert statements
    assert all(" VALUES (%s" in statement["db.statement"] for statement in statements)
    assert {statement["countersign.request_id"] for statement in statements} == {REQUEST}
    assert SECRET.encode() not in sink.everything
    assert b"127.0.0.1" not in sink.everything


@pytest.mark.once
def test_a_process_that_reports_nowhere_loads_nothing_for_it(product):
    loaded = "import sys, config.wsgi; print('sentry_sdk' in sys.modules, 'config.tracing' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", loaded],
        cwd=BASE_DIR,
        env=product.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "False False\n"


@pytest.mark.once
def test_a_sink_that_is_gone_costs_nobody_a_page(product, reports, sink):
    sink.server.server_close()
    for process in fail(product, **reports):
        assert "Traceback" not in process.log


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "SENTRY_DSN",
            "https://sentry.example.com/17",
            "SENTRY_DSN is no address of a Sentry project: copy it from the project's client keys.",
        ),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "collector:4318",
            "OTEL_EXPORTER_OTLP_ENDPOINT is no address: write it as `http://collector:4318`.",
        ),
    ],
)
def test_an_address_that_is_none_is_refused_at_the_start(tmp_path, name, value, sentence):
    with pytest.raises(environment.Refused) as refusal:
        environment.read({"COUNTERSIGN_MODE": "embedded", "VAR_DIR": str(tmp_path), name: value})
    assert str(refusal.value) == f"Countersign does not start:\n- {sentence}"


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("SENTRY_DSN", "https://key@sentry.example.com/17", "the package sentry-sdk is missing"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", "OpenTelemetry's packages are missing"),
    ],
)
def test_a_package_that_is_missing_is_said_in_a_sentence_before_any_process_starts(
    product, tmp_path, name, value, what
):
    hidden = "import sys; sys.modules['sentry_sdk'] = sys.modules['opentelemetry.sdk'] = None\n"
    (tmp_path / "sitecustomize.py").write_text(hidden)
    command = [Path(sys.executable).parent / "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
    said = subprocess.run(
        command,
        cwd=BASE_DIR,
        env=product.environment | {name: value, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 1
    expected = f"{name} is set and {what}: install requirements-reporting.txt, or remove it."
    assert said.stderr == f"Countersign does not start:\n- {expected}\n"
