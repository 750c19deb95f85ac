"""Rules 5 and 13 held by the database for what a re-assessment rests on, too: nobody decides over their own work."""

from importlib import import_module

from django.db import migrations

from audit.append_only import Triggers

earlier = import_module("reviews.migrations.0002_held_by_the_database")

IN_FORCE = """
    i.status = 'complete' AND i.id IN (
        SELECT id FROM reviews_item WHERE review_id = NEW.review_id
        UNION SELECT item_id FROM reviews_reassessment_rests_on WHERE reassessment_id = NEW.review_id
    )
"""
CHECK = earlier.same_person(IN_FORCE)
RAISE = f"RAISE EXCEPTION '{earlier.SAME_PERSON}' USING ERRCODE = 'integrity_constraint_violation'"


class Migration(migrations.Migration):
    dependencies = [("reviews", "0007_why_again")]

    operations = [
        Triggers(
            postgresql=[
                "CREATE OR REPLACE FUNCTION reviews_decision_guard() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN IF {CHECK} THEN {RAISE}; END IF; RETURN NEW; END $$",
            ],
            sqlite=[
                "DROP TRIGGER reviews_decision_guard_0",
                "CREATE TRIGGER reviews_decision_guard_0 BEFORE INSERT ON reviews_decision "
                f"WHEN {CHECK} BEGIN SELECT RAISE(ABORT, '{earlier.SAME_PERSON}'); END",
            ],
        )
    ]
