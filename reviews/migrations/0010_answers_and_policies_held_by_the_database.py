"""What was answered, judged, closed, sent or signed stays as it was, and nobody signs their own policy (rules 5 and 7)."""

from importlib import import_module

from django.db import migrations

from audit.append_only import append_only

# A module whose name begins with a digit.
guard = import_module("reviews.migrations.0002_held_by_the_database").guard

IN_WORK = """
    SELECT 1 FROM reviews_policy p
    WHERE p.id = NEW.policy_id AND p.state IN ('awaiting', 'in_force') AND p.submission = NEW.submission
"""
HAD_A_HAND = """
    SELECT 1 FROM reviews_policy p WHERE p.id = NEW.policy_id AND (p.submitted_by_id = NEW.signer_id OR EXISTS (
    SELECT 1 FROM reviews_policy_writers w WHERE w.policy_id = p.id AND w.user_id = NEW.signer_id))
"""
SIGNED_ROLES = """
    SELECT count(*) FROM reviews_policysignature s
    WHERE s.policy_id = NEW.id AND s.act = 'signed' AND s.submission = NEW.submission
    AND NOT EXISTS (SELECT 1 FROM reviews_policysignature w WHERE w.policy_id = s.policy_id
    AND w.act = 'withdrawn' AND w.submission = s.submission AND w.role = s.role)
"""
CLOSED = "SELECT 1 FROM reviews_sync s WHERE s.id = NEW.sync_id AND s.closed_at IS NOT NULL"
SYNC_IS_CLOSED = "a closed sync stays as it was"


class Migration(migrations.Migration):
    dependencies = [("reviews", "0009_meetings_and_questions")]

    operations = [
        append_only("reviews_answer"),
        append_only("reviews_attachment"),
        append_only("reviews_judgement"),
        append_only("reviews_policysignature"),
        guard(
            "reviews_policysignature_guard",
            "reviews_policysignature",
            "INSERT",
            (f"NEW.act = 'signed' AND NOT EXISTS ({IN_WORK})", "a signature answers a policy that waits for it"),
            (f"NEW.act = 'signed' AND EXISTS ({HAD_A_HAND})", "four eyes: nobody signs a policy they wrote or submitted"),
        ),
        guard(
            "reviews_policy_in_force",
            "reviews_policy",
            "UPDATE",
            (
                f"NEW.state = 'in_force' AND OLD.state <> 'in_force' AND ({SIGNED_ROLES}) < 3",
                "a policy is in force only with its three signatures",
            ),
            (
                "OLD.state IN ('in_force', 'superseded') AND (NEW.content <> OLD.content OR NEW.digest <> OLD.digest)",
                "a policy that was signed stays as it was",
            ),
        ),
        guard(
            "reviews_escalation_sent",
            "reviews_escalation",
            "UPDATE",
            (
                "OLD.digest <> '' AND (NEW.content <> OLD.content OR NEW.digest <> OLD.digest)",
                "a letter that was sent stays as it was",
            ),
        ),
        guard("reviews_sync_closed", "reviews_sync", "UPDATE", ("OLD.closed_at IS NOT NULL", SYNC_IS_CLOSED)),
        guard("reviews_line_of_closed", "reviews_line", "INSERT", (f"EXISTS ({CLOSED})", SYNC_IS_CLOSED)),
        guard("reviews_line_of_closed_changed", "reviews_line", "UPDATE", (f"EXISTS ({CLOSED})", SYNC_IS_CLOSED)),
    ]
