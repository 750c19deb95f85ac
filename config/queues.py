"""What waits in the queues, and which workers take it?"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from config import failed_tasks
from config.celery import app


class Kind(NamedTuple):
    """What a queue is for, and the name of the heartbeat that comes through it."""

    words: str
    beat: str


QUEUES = {
    "default": Kind("Short work, such as reminders and imports", "scheduler"),
    "dossiers": Kind("Long work: dossiers, packages, reviews that move in", "worker:dossiers"),
}
# Of a long queue this many are read to say what waits.
LOOKED_AT = 100
# A worker that is there answers within milliseconds; all of this is waited, because nobody knows how many there are.
ANSWER_WITHIN = 1.0
IMPATIENT = {"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 0}


@dataclass
class Queue:
    name: str
    kind: Kind
    waiting: int
    tasks: list[tuple[str, int]] = field(default_factory=list)


def ask_queues() -> tuple[list[Queue], str]:
    """Return every queue with what waits in it, and the version of the Redis that keeps them. May raise or hang."""
    with _channel() as channel:
        # The queue in memory that unit tests use has no client.
        client = getattr(channel, "client", None)
        queues = [_queue(name, channel, client) for name in QUEUES]
        return queues, client.info("server")["redis_version"] if client else ""


def ask_lengths() -> dict[str, int]:
    """Return how many messages wait in each queue. May raise or hang."""
    with _channel() as channel:
        return {name: _length(name, channel) for name in QUEUES}


@contextmanager
def _channel() -> Iterator[Any]:
    broker = app.connection_for_read(transport_options=IMPATIENT)
    # Straight from the transport: `connect()` would try again and again. `broker` itself knows nothing it could close.
    transport = broker.transport
    try:
        yield transport.create_channel(transport.establish_connection())
    finally:
        transport.close_connection(transport)


def _length(name, channel) -> int:
    return channel.queue_declare(name).message_count


def _queue(name, channel, client) -> Queue:
    messages = client.lrange(name, -LOOKED_AT, -1) if client else []
    names = Counter(_words(message) for message in messages)
    return Queue(name, QUEUES[name], _length(name, channel), names.most_common())


def _words(message: bytes) -> str:
    """What a waiting message asks for; its arguments are left unread."""
    name = json.loads(message)["headers"].get("task", "")
    known = failed_tasks.TASKS.get(name)
    return known.words if known else f"Unknown task {name}"


def ask_workers() -> dict[str, list[str]]:
    """Return the queues each worker takes from, by the worker's name. May raise or hang."""
    broker = app.connection_for_write(transport_options=IMPATIENT)
    try:
        answers = app.control.inspect(timeout=ANSWER_WITHIN, connection=broker).active_queues() or {}
    finally:
        broker.release()
    return {worker: sorted(queue["name"] for queue in queues) for worker, queues in sorted(answers.items())}
