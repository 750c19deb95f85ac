"""Does docs/workflow.md show the item's states as the workflow has them? Prints, checks or mends the diagram."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from reviews import workflow

PAGE = settings.BASE_DIR / "docs" / "workflow.md"


class Command(BaseCommand):
    help = "Print the workflow as mermaid; with --check fail when docs/workflow.md is stale, with --write mend it."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true")
        parser.add_argument("--write", action="store_true")

    def handle(self, *, check, write, **options):
        diagram = workflow.mermaid()
        if check and diagram not in PAGE.read_text():
            raise CommandError("docs/workflow.md is stale. Run: manage.py workflow_diagram --write")
        if write:
            before, _, rest = PAGE.read_text().partition("```mermaid\n")
            PAGE.write_text(f"{before}```mermaid\n{diagram}\n```{rest.partition('```')[2]}")
        if not check:
            self.stdout.write(diagram)
