"""Whatever may change how an item stands notes the item in `reviews_touched`, in the same transaction (rule 8)."""

from django.db import migrations

from audit.append_only import Triggers

CITED = "SELECT item_id FROM reviews_citation WHERE evidence_id"
OF_REVIEW = "SELECT id FROM reviews_item WHERE review_id"
OF_PERSON = """
    SELECT id FROM reviews_item WHERE owner_id = NEW.id
    UNION SELECT i.id FROM reviews_item i JOIN reviews_assignment a ON a.review_id = i.review_id AND a.role = i.role
    WHERE a.user_id = NEW.id
"""
OF_CHECKLIST = """
    SELECT i.id FROM reviews_item i JOIN reviews_review r ON r.id = i.review_id WHERE r.checklist_id = NEW.id
"""


def touches(table, items, *events, when="true"):
    """After each of the events on a row of `table`, note the items that the query `items` finds."""
    note = f"INSERT INTO reviews_touched (item_id) {items}"
    name = f"{table}_touches_{events[0].split()[0].lower()}"
    return Triggers(
        postgresql=[
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {note}; RETURN NULL; END $$",
            f"CREATE TRIGGER {name} AFTER {' OR '.join(events)} ON {table} "
            f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()",
        ],
        sqlite=[
            f"CREATE TRIGGER {name}_{number} AFTER {event} ON {table} WHEN {when} BEGIN {note}; END"
            for number, event in enumerate(events)
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_standings"), ("evidence", "0001_initial"), ("accounts", "0001_initial")]

    operations = [
        touches("reviews_item", "SELECT NEW.id", "INSERT", "UPDATE"),
        touches("reviews_citation", "SELECT NEW.item_id", "INSERT", "UPDATE"),
        touches("reviews_citation", "SELECT OLD.item_id", "DELETE"),
        touches("reviews_signoff", "SELECT NEW.item_id", "INSERT"),
        touches("reviews_assignment", f"{OF_REVIEW} = NEW.review_id", "INSERT", "UPDATE"),
        touches("reviews_assignment", f"{OF_REVIEW} = OLD.review_id", "DELETE"),
        touches("reviews_review", f"{OF_REVIEW} = NEW.id", "UPDATE OF slug, deployment_id, checklist_id"),
        touches("reviews_statement", "SELECT id FROM reviews_item WHERE statement_id = NEW.id", "UPDATE"),
        touches("reviews_checklist", OF_CHECKLIST, "UPDATE"),
        touches("evidence_version", f"{CITED} = NEW.evidence_id", "INSERT", "UPDATE"),
        touches("evidence_evidence", f"{CITED} = NEW.id", "UPDATE"),
        touches("accounts_user", OF_PERSON, "UPDATE OF is_active", when="OLD.is_active <> NEW.is_active"),
        migrations.RunSQL("INSERT INTO reviews_touched (item_id) SELECT id FROM reviews_item", migrations.RunSQL.noop),
    ]
