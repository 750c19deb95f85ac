"""How do the reference's tables get the same rows? Copied from the product's, out of one database into the other."""

from pathlib import Path

import psycopg

SCHEMA = Path(__file__).with_name("schema.sql")
HOLDER = """coalesce(i.owner_id,
    (SELECT a.user_id FROM reviews_assignment a WHERE a.review_id = i.review_id AND a.role = i.role))"""
ROWS = {
    "person": "SELECT id, name, role FROM accounts_user",
    "access": "SELECT DISTINCT user_id, content_object_id FROM vendors_vendoruserobjectpermission",
    "review": """
        SELECT r.id, r.slug, r.title, v.id, v.name, d.name, l.name, r.opened_at, r.due_on, c.go_at, c.escalate_at,
            e.outcome, e.signer_name, e.decided_at
        FROM reviews_review r JOIN vendors_deployment d ON d.id = r.deployment_id
        JOIN vendors_vendor v ON v.id = d.vendor_id JOIN accounts_user l ON l.id = r.lead_id
        JOIN reviews_checklist c ON c.id = r.checklist_id LEFT JOIN reviews_decision e ON e.review_id = r.id""",
    "statement": """
        SELECT s.number, c.name, c.position, s.text, s.ask, s."where", s.good, s.not_enough
        FROM reviews_statement s JOIN reviews_category c ON c.id = s.category_id""",
    "item": f"""
        SELECT i.id, i.review_id, s.number, i.role, {HOLDER}, i.due_on, i.status, i.finding, i.reason, i.asked,
            i.asked_of, i.notes, i.version, i.submission, i.submitted_by_id, i.finding_by_id, i.returned_to_id,
            o.signed_at, o.signer_name, o.valid_until
        FROM reviews_item i JOIN reviews_statement s ON s.id = i.statement_id
        LEFT JOIN LATERAL (SELECT * FROM reviews_signoff o WHERE o.item_id = i.id AND i.status = 'complete'
            ORDER BY o.id DESC LIMIT 1) o ON true""",
    "evidence": """
        SELECT DISTINCT ON (e.id) e.id, e.vendor_id, e.title, e.kind, e.confidentiality, v.number, v.name, v.file,
            v.sha256, v.size, v.issued_on, v.period_end, v.valid_until, u.name, v.uploaded_at
        FROM evidence_evidence e JOIN evidence_version v ON v.evidence_id = e.id
        JOIN accounts_user u ON u.id = v.uploaded_by_id ORDER BY e.id, v.number DESC""",
    "citation": "SELECT id, item_id, evidence_id, locator, quote FROM reviews_citation",
    "signoff": "SELECT id, item_id, signer_name, signed_at, content, digest FROM reviews_signoff",
    "comment": """
        SELECT c.id, c.item_id, u.name, c.text, c.written_at
        FROM reviews_comment c JOIN accounts_user u ON u.id = c.author_id""",
    "event": """
        SELECT id, event_type, occurred_at, actor_name, target_type, target_id, target_label, before, after, reason
        FROM audit_event""",
    "dossier": "SELECT id, review_id, requested_by_id, requested_at, state FROM dossiers_dossier",
}
COUNTED = ("evidence", "signoff", "event", "dossier")


def fill(product: str, reference: str) -> None:
    """Create and fill the tables of the empty database `reference` from `product`; both are addresses."""
    with psycopg.connect(product) as source, psycopg.connect(reference, autocommit=True) as target:
        target.execute(SCHEMA.read_text())
        for table, rows in ROWS.items():
            with (
                source.cursor().copy(f"COPY ({rows}) TO STDOUT") as out,
                target.cursor().copy(f"COPY {table} FROM STDIN") as into,
            ):
                for data in out:
                    into.write(data)
        for table in COUNTED:
            target.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) + 1 FROM {table}))")
        target.execute("VACUUM ANALYZE")
