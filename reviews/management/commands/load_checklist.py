"""How does a checklist file get into the database? Safe to repeat: content that is already there changes nothing."""

from django.core.management.base import BaseCommand, CommandError

from reviews import catalogue


class Command(BaseCommand):
    help = "Load checklist files in the format of docs/checklist-format.md. Repeating it changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a checklist file")

    def handle(self, *, paths, **options):
        wrong = []
        for path in paths:
            try:
                checklist, change = catalogue.load(path)
            except catalogue.CatalogueError as error:
                wrong += [f"{path}: {sentence}" for sentence in error.sentences]
            else:
                count = checklist.statements.count()
                self.stdout.write(f"{checklist.slug}, version {checklist.version}: {change}, {count} statements.")
        if wrong:
            raise CommandError("\n".join(wrong))
