"""What does a mail server hand over that came back? It pipes the report in, and asks again when the status is 75."""

import sys

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from reviews.reminders import bounces

# Longer reports are cut: what is asked of them stands at their beginning.
BYTES_AT_MOST = 10_000_000
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h


class Command(BaseCommand):
    help = "Read a delivery report from standard input and mark the mail it is about as bounced."

    def handle(self, **options):
        try:
            self.stdout.write(bounces.take(sys.stdin.buffer.read(BYTES_AT_MOST)))
        except bounces.TooEarly:
            self.stderr.write("The mail is still being sent. Hand the report over again later.")
            sys.exit(TRY_AGAIN)
        except DatabaseError:
            self.stderr.write("The database does not answer. Hand the report over again later.")
            sys.exit(TRY_AGAIN)
