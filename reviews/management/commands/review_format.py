"""Which JSON Schema describes the file of a review? Written from the format; a test fails when the file is stale."""

import json

from django.conf import settings
from django.core.management.base import BaseCommand

from reviews.twin import format as parts

PATH = settings.BASE_DIR / "docs" / "review-format.schema.json"


def text():
    return json.dumps(parts.schema(), indent=1, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    help = "Write docs/review-format.schema.json, the JSON Schema of a review's file."

    def handle(self, **options):
        PATH.write_text(text(), encoding="utf-8")
        self.stdout.write(f"{PATH.relative_to(settings.BASE_DIR)} is written.")
