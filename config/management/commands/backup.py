"""How does somebody make a backup, and learn whether it is whole? May run while the product runs."""

import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.permissions import Refused
from config import backup


class Command(BaseCommand):
    help = "Write database and files, at one instant, into one file; encrypted when BACKUP_RECIPIENT is set."
    # A backup asks for rows and files; addresses and pages, which Django would look at first, may be wrong.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--to", type=Path, help="a folder, or a file that is not there yet (default: VAR_DIR/backups)"
        )

    def handle(self, to, **options):
        started = time.monotonic()
        if to is None:
            to = settings.VAR_DIR / "backups"
            to.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            made = backup.make(to, settings.BACKUP_RECIPIENT)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        for line in made.damaged:
            self.stderr.write(f"NOT AS IT WAS STORED: {line}")
        kind = "encrypted" if settings.BACKUP_RECIPIENT else "not encrypted"
        self.stdout.write(
            f"{made.path}\n{made.size / 1e6:,.1f} MB with {made.files} files, {kind}, "
            f"in {time.monotonic() - started:.1f} s"
        )
        if made.damaged:
            raise CommandError(
                f"The backup is INCOMPLETE: {len(made.damaged)} files are not as they were stored. "
                "Look for them in older backups."
            )
