"""How long does a process wait for PostgreSQL, and which of its connections does it keep?

A web process keeps its connections in a pool and gives up early, because somebody waits for the page. Every other
process (a task, a command, a migration) opens a connection when it needs one: nothing is open when a worker forks,
and how long the work may take is limited by whoever started it. All figures are seconds.
"""

from typing import Any

import psycopg
from psycopg import errors

CONNECT_WITHIN = 3
# A lock that others wait behind: nobody may queue for one longer than this, least of all a migration.
LOCK_WITHIN = 10
STATEMENT_WITHIN = 20
IDLE_IN_TRANSACTION = 60
# A server that is stopped or whose disk hangs keeps its own limits no more than anything else.
SILENCE = STATEMENT_WITHIN + 5
CHECK_WITHIN = 3
CONNECTION_LIFETIME = 30 * 60
# One for each thread of a web process (config/gunicorn.py), and two while others are replaced.
POOL_SIZE = 6

# A host that vanished without a word is noticed by the kernel: after 20 seconds idle, or with bytes on the way.
ALIVE = {
    "connect_timeout": CONNECT_WITHIN,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,  # milliseconds
}
EVERY_PROCESS = {
    "lock_timeout": LOCK_WITHIN,
    # Work whose process was killed ends too.
    "client_connection_check_interval": 5,
}
WEB = EVERY_PROCESS | {
    "statement_timeout": STATEMENT_WITHIN,
    "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
}


class ImpatientConnection(psycopg.Connection):
    """A connection of a web process: when the server says nothing for too long it is closed, and the page ends."""

    patience = SILENCE

    def wait(self, gen, interval=0.1, timeout=None):
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout as silence:
            self.close()
            raise psycopg.OperationalError("PostgreSQL took what it was sent and said nothing more.") from silence

    def execute(self, *args, **kwargs):
        """Only the pool's check of a connection comes this way; Django's statements go through cursors."""
        self.patience = CHECK_WITHIN
        try:
            return super().execute(*args, **kwargs)
        finally:
            self.patience = SILENCE


def settings(given: dict[str, Any], *, web: bool) -> dict[str, Any]:
    """Return what Django's DATABASES entry needs besides the address; `given` are the address's own options, which win."""
    limits = " ".join(f"-c {name}={seconds}s" for name, seconds in (WEB if web else EVERY_PROCESS).items())
    options = ALIVE | given | {"options": f"{limits} {given.get('options', '')}".strip()}
    if web:
        options["pool"] = pool()
    # A connection taken from the pool is tried first, so that a restart of the server costs nobody a page.
    return {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": web, "OPTIONS": options}


def pool() -> dict[str, Any]:
    """Return the settings of a web process's pool: up to `POOL_SIZE` connections, one of them kept when nothing happens."""
    return {
        "connection_class": ImpatientConnection,
        "min_size": 1,
        "max_size": POOL_SIZE,
        "timeout": CONNECT_WITHIN,
        "max_lifetime": CONNECTION_LIFETIME,
        # Attempts grow apart; after these seconds the next page starts a new one, so nobody waits for a late attempt.
        "reconnect_timeout": CONNECT_WITHIN,
    }
