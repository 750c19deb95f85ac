"""How does a backup come back? After every byte of it was checked, and whoever asks knows what will be forgotten."""

import sys
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from accounts.permissions import Refused
from config import encryption, forgotten, restore


class Command(BaseCommand):
    help = "Replace database and files by a backup. Stop web, worker and scheduler first."
    # As for a backup.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, help="file with the secret age key of an encrypted backup")
        parser.add_argument(
            "--replace", action="store_true", help="do not ask before replacing a database that is not empty"
        )
        parser.add_argument(
            "--forget-newer", action="store_true", help="do not ask before forgetting what happened since"
        )
        parser.add_argument(
            "--incomplete", action="store_true", help="do not ask before restoring a backup that lacks files"
        )

    def handle(self, file, identity, **options):
        try:
            restore.require_stopped()
            secret = encryption.identity_in(identity) if identity else ""
            with restore.checked(file, secret) as backup:
                self._describe(backup)
                present = forgotten.look(backup.manifest)
                self._ask(backup, present, options)
                for sentence in restore.put_back(backup, present):
                    self.stdout.write(sentence)
        except (Refused, OSError, DatabaseError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("Restored. Everybody signs in anew. Now everything in it is compared with its hash:")
        call_command("verify", stdout=self.stdout, stderr=self.stderr)

    def _describe(self, backup):
        counts = ", ".join(f"{name} {count:,}" for name, count in backup.manifest["counts"].items())
        self.stdout.write(f"Backup of {forgotten.moment(backup.made_at)}, whole and readable: {counts}.")

    def _ask(self, backup, present, options):
        """Ask one question about everything the options do not allow already; raise CommandError unless it is yes."""
        needed = []
        for line in backup.manifest["damaged"]:
            self.stdout.write(f"Not as it was stored, when the backup was made: {line}")
        if not backup.manifest["complete"]:
            needed.append("incomplete")
        for sentence in forgotten.in_words(present, backup.manifest):
            self.stdout.write(sentence)
        if present.is_newer or present.unreadable:
            needed.append("forget_newer")
        elif not present.is_empty:
            needed.append("replace")
        open_ones = [name for name in needed if not options[name]]
        if not open_ones:
            return
        names = " ".join(f"--{name.replace('_', '-')}" for name in open_ones)
        if not sys.stdin.isatty():
            raise CommandError(f"Stopped, and nothing was changed. If this is meant, say so with {names}.")
        if input("Restore all the same? Type yes: ").strip().lower() != "yes":
            raise CommandError("Stopped, and nothing was changed.")
