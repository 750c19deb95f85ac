"""How does a mapping file for a vendor's questionnaire get in? Safe to repeat: content that is there changes nothing."""

from django.core.management.base import BaseCommand, CommandError

from reviews.checklist_file import CatalogueError
from reviews.questionnaires import mapping


class Command(BaseCommand):
    help = "Load mapping files in the format of docs/questionnaire-format.md. Repeating it changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("paths", nargs="+", metavar="PATH", help="a mapping file")

    def handle(self, *, paths, **options):
        wrong = []
        for path in paths:
            try:
                file, change = mapping.load(path)
            except CatalogueError as error:
                wrong += [f"{path}: {sentence}" for sentence in error.sentences]
            else:
                self.stdout.write(f"{file.slug}: {change}, {len(file.questions)} questions.")
        if wrong:
            raise CommandError("\n".join(wrong))
