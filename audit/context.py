"""Who is asking, from where, in which request? Set once per request, read by every event."""

import contextlib
import hashlib
import re
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Context:
    actor: Any = None
    request_id: str = ""
    session_id: str = ""
    address: str = ""


@dataclass(frozen=True)
class Guest:
    """Somebody without an account who proved who they are: events carry the name, and no account's number."""

    name: str
    is_authenticated: bool = False


_current: ContextVar[Context] = ContextVar("audit_context", default=Context())


def current() -> Context:
    return _current.get()


@contextlib.contextmanager
def acting(**values: Any) -> Iterator[None]:
    """Everything recorded inside says this actor, request id, session and address."""
    token = _current.set(replace(_current.get(), **values))
    try:
        yield
    finally:
        _current.reset(token)


def request_id(given: str = "") -> str:
    """Return the id that was given, say by a proxy, when it is well-formed, else a new one."""
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def session_fingerprint(session_key: str | None) -> str:
    """Tells two sessions apart in the log without being a key to either."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""
