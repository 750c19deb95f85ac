"""Who is asking, from where, in which request? Set once per request, read by every event."""

import contextlib
import hashlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Context:
    actor: Any = None
    request_id: str = ""
    session_id: str = ""
    address: str = ""


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


def session_fingerprint(session_key: str | None) -> str:
    """Tells two sessions apart in the log without being a key to either."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""
