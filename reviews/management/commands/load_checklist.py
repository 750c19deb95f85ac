"""How does a checklist file get into the database? Safe to repeat: content that is already there changes nothing."""

from django.core.management.base import BaseCommand, CommandError

from reviews import catalogue
from reviews.asking import standard_questions


class Command(BaseCommand):
    help = "Load checklist files in the format of docs/checklist-format.md. The questions beside them (NAME.questions.yaml) are loaded with them. Repeating it changes nothing."

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
                wrong += self._load_questions(standard_questions.beside(path))
        if wrong:
            raise CommandError("\n".join(wrong))

    def _load_questions(self, path):
        """Load the questions, if there are any; return what is wrong with them."""
        if path is None:
            return []
        try:
            checklist, change = standard_questions.load(path)
        except catalogue.CatalogueError as error:
            return [f"{path}: {sentence}" for sentence in error.sentences]
        count = checklist.standard_questions.filter(is_retired=False).count()
        self.stdout.write(f"{checklist.slug}, version {checklist.version}: {change}, {count} questions to the vendor.")
        return []
