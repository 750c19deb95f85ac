"""Is everything that is stored still as it was? Says what is not, and changes nothing."""

from django.core.management.base import BaseCommand, CommandError

from config import verification


class Command(BaseCommand):
    help = (
        "Compare every stored file, signature and decision with its hash, and the database's rules with the migrations."
    )
    # As for a backup.
    requires_system_checks = []

    def handle(self, **options):
        wrong = 0
        try:
            for result in verification.run():
                self.stdout.write(f"{result.looked_at:>8} {result.name}")
                for failure in result.failures:
                    self.stderr.write(f"WRONG: {failure}")
                wrong += len(result.failures)
        except OSError as error:
            raise CommandError(f"The file storage does not answer: {error}") from error
        if wrong:
            raise CommandError(f"{wrong} things are not as they were stored.")
        self.stdout.write("All of it is as it was stored.")
