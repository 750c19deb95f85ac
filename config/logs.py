"""What does a log line hold, and what may never stand in one?

Every process writes the same lines to standard output, as JSON or as plain text, each with the id of the request
or task it belongs to. What people typed, whom they are called, which vendor they look at and what an address
carries stays out, also where a library would print it: fields come from a list, addresses become names of routes,
and of an error only those words are kept that can quote nobody's data.
"""

import copy
import logging
import re
import traceback
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from audit import context

JSON, PLAIN = "json", "plain"
APPS = ("config", "dossiers", "reviews", "evidence", "vendors", "accounts", "audit")
NO_ROUTE, STATIC = "none", "static"
# What the access log says besides its words.
FIELDS = ("method", "route", "status", "bytes", "seconds")

# Errors whose first line is about programs and connections. Any other may quote a row, a form or a file: PostgreSQL
# names the values that broke a constraint, int() what was no number, Django the row that is no value for a field, a mail
# server whom it refused.
QUOTABLE = {
    "AttributeError",
    "ConnectionError",
    "ImportError",
    "ImproperlyConfigured",
    "InterfaceError",
    "NameError",
    "OperationalError",
    "ProgrammingError",
    "TimeoutError",
    "Unreachable",
}
LONGEST_WORDS = 300
LAST_FRAMES = -50
# What Celery's lines about a task may hold of its data.
TASK_DATA = ("args", "kwargs", "exc", "return_value", "traceback")

_WEB_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*://)(?:[^\s/@?#]*@)?([^\s/?#'\"]*)([/?#][^\s'\"]*)?", re.IGNORECASE)
_MAIL_ADDRESS = re.compile(r"[^\s@<>()'\",:;]+@[^\s@<>()'\",:;]+\.[^\s@<>()'\",:;]+")


def settings(form: str, level: str) -> dict[str, Any]:
    """Return the configuration of logging for `form` (JSON or PLAIN).

    `level` holds for our own lines; libraries say nothing below INFO, because there they print statements, messages
    and bodies.
    """
    others = "INFO" if level == "DEBUG" else level
    quiet = {"level": others, "handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {JSON: {"()": "config.logs.Json"}, PLAIN: {"()": "config.logs.Plain"}},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": form,
            },
        },
        "root": {"handlers": ["console"], "level": others},
        "loggers": {
            **{app: {"level": level} for app in APPS},
            "django": quiet,
            "gunicorn.error": quiet,
            "gunicorn.access": quiet,
            # "Task received": before the task's request is known; its end is logged with it.
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


def route(request) -> str:
    """Return the name of the route that a request took, which holds nothing of what was asked for."""
    match = getattr(request, "resolver_match", None)
    if match:
        return match.view_name
    return STATIC if request.path_info.startswith("/static/") else NO_ROUTE


def clean(record: logging.LogRecord) -> Any:
    """Return a copy of the record with the id of its request or task, ``-`` outside of both, and without what it must not say."""
    record = copy.copy(record)
    request = getattr(record, "request", None)
    own = getattr(record, "request_id", None) or getattr(request, "id", None)
    record.request_id = context.current().request_id or own or "-"
    if hasattr(request, "path_info"):
        _name_the_route(record, request)
    elif record.name.startswith("celery") and isinstance(record.args, dict):
        record.args = {key: "…" if key in TASK_DATA else value for key, value in record.args.items()}
    elif record.name == "gunicorn.error":
        _without_what_was_sent(record)
    elif isinstance(record.args, tuple):
        record.args = tuple(map(_harmless, record.args))
    record.msg = _harmless(record.msg)
    record.msg, record.args = _without_addresses(_words(record)), ()
    # Another handler may have kept the trace in its own words.
    record.exc_text = None
    return record


def _harmless(value: Any) -> Any:
    """A row of the database goes by its number, because its name can be a vendor's; an error by its kind."""
    if isinstance(value, BaseException):
        return described(value)
    return f"{value._meta.model_name} {value.pk}" if hasattr(value, "_meta") else value


def _name_the_route(record: logging.LogRecord, request) -> None:
    """Django's lines quote the path, which can be a key to a password or name a vendor, and what was wrong with it."""
    if record.name.startswith("django.security."):
        # Any stranger provokes these: one line each.
        record.exc_info = None
    if record.name == "django.security.DisallowedHost":
        return
    status = HTTPStatus(getattr(record, "status_code", 500))
    phrase, why = status.phrase, ""
    if status == HTTPStatus.SERVICE_UNAVAILABLE and record.exc_info and record.exc_info[1]:
        # What is away is said once a page; where we asked for it says nothing.
        why, record.exc_info = f" ({described(record.exc_info[1])})", None
    if record.name == "django.security.csrf" and isinstance(record.args, tuple):
        why = f" ({record.args[0]})"
    record.msg, record.args = "%s: %s %s%s", (phrase, request.method, route(request), why)


def _without_what_was_sent(record: logging.LogRecord) -> None:
    if str(record.msg).startswith("Invalid request from"):
        record.msg, record.args = "Refused what is no valid HTTP request", ()
    elif str(record.msg).startswith("Error handling request"):
        record.msg, record.args = "Error handling request", ()


def _words(record: logging.LogRecord) -> str:
    words = record.getMessage()
    # A message nobody understands is printed whole from the second line on.
    return words.partition("\n")[0] if record.name.startswith("celery.worker.consumer") else words


def _without_addresses(words: str) -> str:
    """The net below everything else: web addresses end after the host, mail addresses are left out."""
    return _MAIL_ADDRESS.sub("…@…", _WEB_ADDRESS.sub(_host, words))


def _host(address: re.Match) -> str:
    scheme, host, rest = address.groups()
    return f"{scheme}{host}{'/…' if rest else ''}"


def _on_one_line(words: str) -> str:
    """Words that cannot pretend to be another line, nor turn the direction of this one."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)


def described(error: BaseException) -> str:
    """Return an error's kind, and its first line where that cannot quote data."""
    kind = type(error).__name__
    if not QUOTABLE.intersection(cls.__name__ for cls in type(error).__mro__):
        return kind
    words = _without_addresses(str(error).partition("\n")[0])[:LONGEST_WORDS]
    return f"{kind}: {_on_one_line(words)}" if words else kind


def _trace(error: BaseException) -> str:
    """Where an error came from, and what it came from: files, lines and kinds, no values."""
    earlier, joint = error.__cause__, "caused"
    if earlier is None and not error.__suppress_context__:
        earlier, joint = error.__context__, "was being handled during"
    before = f"{_trace(earlier)}\nwhich {joint}:\n" if earlier else ""
    return f"{before}{''.join(traceback.format_tb(error.__traceback__, LAST_FRAMES))}{described(error)}"


class _Clean(logging.Formatter):
    """A formatter whose lines and tracebacks quote no data."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(clean(record))

    def formatException(self, exc_info: Any) -> str:  # noqa: N802 - logging's name
        return _trace(exc_info[1])


class Plain(_Clean):
    """One line for a person, followed by the traceback if there is one."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} [{request_id}] {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = _on_one_line(record.message)
        return super().formatMessage(record)


class Json(_Clean, JsonFormatter):
    """One line for a machine. Its fields are these; whatever else a library attaches to a line stays out."""

    def add_fields(self, log_data: dict, record: logging.LogRecord, message_dict: dict) -> None:
        log_data |= {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": vars(record)["request_id"],
            "message": record.getMessage(),
        }
        log_data |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if trace := message_dict.get("exc_info"):
            log_data["trace"] = trace
