"""What is sent to Sentry and to OpenTelemetry, when the environment names one?

Both libraries collect whatever they see: forms, cookies, addresses, local variables, the text of errors. So nothing
they collected is sent as it is; a report is put together anew from a list of harmless fields (`report`, `config/tracing.py`).
Neither library is installed or imported unless it is asked for.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from config import logs, release

INSTALL = "install requirements-reporting.txt, or remove it"
# Any stranger provokes these; the log holds them.
NOT_REPORTED = "django.security."
FRAME = ("filename", "function", "module", "lineno", "in_app")
ERROR = ("type", "module")
KEPT = ("event_id", "timestamp", "level", "platform", "release", "sdk")


def problems(values: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each report that is asked for and cannot be made."""
    found = []
    if dsn := values["SENTRY_DSN"]:
        if not find_spec("sentry_sdk"):
            found.append(f"SENTRY_DSN is set and the package sentry-sdk is missing: {INSTALL}.")
        parts = urlsplit(dsn)
        if parts.scheme not in {"http", "https"} or not (parts.username and parts.hostname and parts.path.strip("/")):
            found.append("SENTRY_DSN is no address of a Sentry project: copy it from the project's client keys.")
    if endpoint := values["OTEL_EXPORTER_OTLP_ENDPOINT"]:
        if not find_spec("opentelemetry.sdk"):
            found.append(f"OTEL_EXPORTER_OTLP_ENDPOINT is set and OpenTelemetry's packages are missing: {INSTALL}.")
        if urlsplit(endpoint).scheme not in {"http", "https"}:
            found.append("OTEL_EXPORTER_OTLP_ENDPOINT is no address: write it as `http://collector:4318`.")
    return found


def report_errors() -> None:
    """Send what is logged as an error to Sentry, if there is one. Threads start with the first report, after any fork."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=release.VERSION,
        before_send=report,
        # The log already says every error of web, worker and scheduler once; nothing else is listened to.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None, sentry_logs_level=None), AtexitIntegration(lambda *_: None)],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
    )


def report(event: Any, hint: Any) -> Any:
    """Return the report Sentry gets instead of `event`: kinds and places of errors, the line logged, the request."""
    record = hint.get("log_record")
    if record is None or record.name.startswith(NOT_REPORTED):
        return None
    line = logs.clean(record)
    errors = event.get("exception", {}).get("values", [])
    return {name: event[name] for name in KEPT if name in event} | {
        "logger": line.name,
        "logentry": {"message": line.getMessage()},
        "tags": {"request_id": line.request_id},
        "exception": {"values": [_error(error) for error in errors]},
    }


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    frames = error.get("stacktrace", {}).get("frames", [])
    kept = [{name: frame[name] for name in FRAME if name in frame} for frame in frames]
    return {name: error.get(name) for name in ERROR} | {"value": "", "stacktrace": {"frames": kept}}


def trace(process: str) -> None:
    """Send spans to the collector, if there is one. Called in the process that does the work, before Django starts."""
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        return
    from config import tracing

    tracing.start(process)
