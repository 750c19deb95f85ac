"""A completion is never changed, and nobody signs their own (rules 5 and 7), whichever way a change comes."""

from importlib import import_module

from django.db import migrations

from audit.append_only import append_only

# A module whose name begins with a digit.
guard = import_module("reviews.migrations.0002_held_by_the_database").guard

OWN = "SELECT 1 FROM reviews_completion c WHERE c.id = NEW.completion_id AND c.by_id = NEW.signer_id"


class Migration(migrations.Migration):
    dependencies = [("reviews", "0005_time")]

    operations = [
        append_only("reviews_completion"),
        append_only("reviews_completionsignoff"),
        guard(
            "reviews_completionsignoff_guard",
            "reviews_completionsignoff",
            "INSERT",
            (f"EXISTS ({OWN})", "four eyes: nobody signs a completion they recorded"),
        ),
    ]
