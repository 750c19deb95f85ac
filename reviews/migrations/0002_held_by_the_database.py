"""Rules 5, 7 and 13 held by the database, whichever way a change comes."""

from django.db import migrations

from audit.append_only import Triggers, append_only

SAME_PERSON = "four eyes: nobody signs what they submitted or found, or evidence they uploaded"
NOT_WAITING = "a sign-off answers a submission that waits for one"
NOT_SIGNED = "an item is complete only by a sign-off of its submission"
NOT_NEW = "an item starts as not started"

UPLOADED_BY_SIGNER = """
    SELECT 1 FROM reviews_citation c
    JOIN evidence_version v ON v.evidence_id = c.evidence_id
    JOIN reviews_item i ON i.id = c.item_id
    WHERE {items} AND v.uploaded_by_id = NEW.signer_id
    AND NOT EXISTS (SELECT 1 FROM evidence_version n WHERE n.evidence_id = v.evidence_id AND n.number > v.number)
"""
DID_THE_WORK = """
    SELECT 1 FROM reviews_item i WHERE {items}
    AND (i.submitted_by_id = NEW.signer_id OR i.finding_by_id = NEW.signer_id)
"""
ONE = "i.id = NEW.item_id"
WHOLE_REVIEW = "i.review_id = NEW.review_id AND i.status = 'complete'"
WAITS = "SELECT 1 FROM reviews_item i WHERE i.id = NEW.item_id AND i.status = 'awaiting' AND i.submission = NEW.submission"
SIGNED = """
    SELECT 1 FROM reviews_signoff s
    WHERE s.item_id = NEW.id AND s.act = 'signed' AND s.submission = NEW.submission
    AND NOT EXISTS (SELECT 1 FROM reviews_signoff w WHERE w.item_id = s.item_id AND w.act = 'withdrawn' AND w.submission = s.submission)
"""


def same_person(items):
    return f"(EXISTS ({DID_THE_WORK.format(items=items)}) OR EXISTS ({UPLOADED_BY_SIGNER.format(items=items)}))"


def guard(name, table, when, *checks):
    """Refuse a row of `table` when a condition of `checks` (condition, message) is true."""
    raises = "".join(
        f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        for condition, message in checks
    )
    return Triggers(
        postgresql=[
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raises} RETURN NEW; END $$",
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ],
        sqlite=[
            f"CREATE TRIGGER {name}_{number} BEFORE {when} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for number, (condition, message) in enumerate(checks)
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial"), ("evidence", "0001_initial")]

    operations = [
        append_only("reviews_signoff"),
        append_only("reviews_decision"),
        guard(
            "reviews_signoff_guard",
            "reviews_signoff",
            "INSERT",
            (f"NEW.act = 'signed' AND NOT EXISTS ({WAITS})", NOT_WAITING),
            (f"NEW.act = 'signed' AND {same_person(ONE)}", SAME_PERSON),
        ),
        guard("reviews_decision_guard", "reviews_decision", "INSERT", (same_person(WHOLE_REVIEW), SAME_PERSON)),
        guard("reviews_item_starts", "reviews_item", "INSERT", ("NEW.status <> 'not_started'", NOT_NEW)),
        guard(
            "reviews_item_completes",
            "reviews_item",
            "UPDATE",
            (f"NEW.status = 'complete' AND OLD.status <> 'complete' AND NOT EXISTS ({SIGNED})", NOT_SIGNED),
        ),
    ]
