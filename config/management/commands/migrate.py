"""How do tables change under people who work? A lock that does not come soon is given up, and asked for again.

Whoever waits for a table's lock holds up everybody who comes after, even to read. Django's own command waits as long
as it takes; this one gives up after seconds, lets people through, and tries again.
"""

import time
from contextlib import suppress

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg import errors


class Command(migrate.Command):
    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-seconds",
            type=float,
            default=3,
            help="How long a migration may wait for a table's lock (default: 3).",
        )
        parser.add_argument(
            "--tries", type=int, default=20, help="How often it asks for the lock, with pauses (default: 20)."
        )

    def handle(self, *args, lock_seconds, tries, **options):
        self.connection, self.lock_seconds = connections[options["database"]], lock_seconds
        try:
            for left in reversed(range(tries)):
                try:
                    return super().handle(*args, **options)
                except OperationalError as error:
                    if not isinstance(error.__cause__, errors.LockNotAvailable):
                        raise
                    # A transaction is undone as a whole, so what follows starts at a migration's beginning.
                    self._given_up(left)
        finally:
            # A connection that was lost took the limit with it, and what ended the command is the error to show.
            with suppress(OperationalError):
                self._set("RESET lock_timeout")
        raise CommandError(
            f"A table stayed in use: {tries} times the migration waited {lock_seconds:g} s for its lock and gave up. "
            "Those before it are applied, it is not. docs/operations.md (Upgrade) says how to see who holds the "
            "table; then run migrate again."
        )

    def migration_progress_callback(self, action, migration=None, fake=False):
        # Before each one: a migration may have chosen another limit for itself.
        if action in {"apply_start", "unapply_start"}:
            self._set(f"SET lock_timeout = {round(self.lock_seconds * 1000)}")
        super().migration_progress_callback(action, migration, fake)

    def _set(self, statement):
        if self.connection.vendor == "postgresql":
            with self.connection.cursor() as cursor:
                cursor.execute(statement)

    def _given_up(self, left):
        self.stdout.write(
            f" a table is in use: after {self.lock_seconds:g} s the migration gave up, so that nobody waits behind it."
        )
        if left:
            pause = 2 * self.lock_seconds
            self.stdout.write(f"  Trying again in {pause:g} s; {left} tries left.")
            self.stdout.flush()
            time.sleep(pause)
