"""Which statements does the reference run? Each page has one or two."""

from django.db import connection

STATE = """CASE WHEN i.status = 'complete' AND i.valid_until < current_date THEN 'lapsed'
    WHEN i.status = 'complete' THEN i.finding WHEN i.owner_id IS NULL THEN 'unowned' ELSE i.status END"""
SATISFIED = f"({STATE}) IN ('confirmed', 'not_applicable')"
VISIBLE = "JOIN access a ON a.vendor_id = r.vendor_id AND a.person_id = %(person)s"

REVIEW = f"SELECT r.* FROM review r {VISIBLE} WHERE r.slug = %(slug)s"
ITEMS = f"""
    SELECT i.id, i.number, s.text, s.category, s.place, i.role, p.name AS owner, {STATE} AS state, i.status, i.due_on,
        i.signed_at, i.valid_until, (SELECT count(*) FROM citation c WHERE c.item_id = i.id) AS cited
    FROM item i JOIN statement s USING (number) LEFT JOIN person p ON p.id = i.owner_id
    WHERE i.review_id = %(review)s ORDER BY i.number"""

# Every review's categories with what is satisfied, and the whole as counts.
REVIEWS = f"""
    SELECT r.*, g.categories, g.satisfied, g.confirmed, g.not_applicable, g.unconfirmed, g.decided, g.total, g.next_due,
        (SELECT count(*) FROM review r {VISIBLE}) AS of
    FROM (SELECT r.* FROM review r {VISIBLE} ORDER BY r.opened_at DESC LIMIT %(size)s OFFSET %(start)s) r
    JOIN LATERAL (
        SELECT json_agg(json_build_object('name', category, 'satisfied', satisfied, 'total', total) ORDER BY place) categories,
            sum(satisfied) satisfied, sum(confirmed) confirmed, sum(not_applicable) not_applicable,
            sum(unconfirmed) unconfirmed, sum(decided) decided, sum(total) total, min(next_due) next_due
        FROM (
            SELECT s.category, s.place, count(*) total, count(*) FILTER (WHERE {SATISFIED}) satisfied,
                count(*) FILTER (WHERE ({STATE}) = 'confirmed') confirmed,
                count(*) FILTER (WHERE ({STATE}) = 'not_applicable') not_applicable,
                count(*) FILTER (WHERE ({STATE}) = 'unconfirmed') unconfirmed,
                count(*) FILTER (WHERE ({STATE}) IN ('confirmed', 'not_applicable', 'unconfirmed')) decided,
                min(i.due_on) FILTER (WHERE i.status <> 'complete') next_due
            FROM item i JOIN statement s USING (number) WHERE i.review_id = r.id GROUP BY s.category, s.place
        ) c
    ) g ON true
    ORDER BY r.opened_at DESC"""

RECOMMENDATIONS = f"""
    SELECT CASE WHEN unconfirmed >= escalate_at THEN 'escalate' WHEN satisfied >= go_at THEN 'go'
        WHEN satisfied + unconfirmed = total THEN 'conditional' ELSE 'in_review' END AS recommendation, count(*) AS number
    FROM (
        SELECT review_id, count(*) AS total, count(*) FILTER (WHERE current AND finding <> 'unconfirmed') AS satisfied,
            count(*) FILTER (WHERE current AND finding = 'unconfirmed') AS unconfirmed
        FROM (
            SELECT review_id, finding,
                status = 'complete' AND (valid_until IS NULL OR valid_until >= current_date) AS current FROM item
        ) i GROUP BY review_id
    ) g JOIN review r ON r.id = g.review_id {VISIBLE} GROUP BY 1"""
WORK = f"""
    SELECT * FROM (
        SELECT w.*, row_number() OVER (PARTITION BY section ORDER BY due_on, review_id, number) AS place,
            count(*) OVER (PARTITION BY section) AS total
        FROM (
            SELECT i.id, i.number, i.due_on, i.review_id, i.status, i.valid_until, i.submitted_by_id, s.text,
                r.vendor, r.deployment, r.title, {STATE} AS state,
                CASE WHEN i.status = 'awaiting' THEN CASE WHEN i.owner_id = %(person)s THEN 'sign' END
                    WHEN i.returned_to_id = %(person)s THEN 'returned'
                    WHEN i.status = 'complete' AND i.owner_id <> %(person)s THEN NULL
                    WHEN i.status = 'complete' AND i.valid_until < current_date THEN 'lapsed'
                    WHEN i.status = 'complete' AND i.valid_until <= current_date + 30 THEN 'expiring'
                    WHEN i.status = 'complete' THEN NULL
                    WHEN i.owner_id IS NULL THEN 'unowned'
                    WHEN i.due_on < current_date THEN 'late'
                    WHEN i.due_on <= current_date + 7 THEN 'soon' END AS section
            FROM review r {VISIBLE} JOIN item i ON i.review_id = r.id JOIN statement s USING (number)
            WHERE (i.status IN ('not_started', 'in_progress', 'awaiting')
                    OR i.status = 'complete' AND i.valid_until <= current_date + 30)
                AND (i.owner_id = %(person)s OR i.returned_to_id = %(person)s OR (%(working)s AND i.status <> 'complete'))
        ) w WHERE section IS NOT NULL
    ) w WHERE place <= %(size)s ORDER BY section, place"""

ITEM = f"""
    SELECT i.*, {STATE} AS state, s.*, p.name AS owner, t.name AS submitted_by, f.name AS finding_by,
        r.slug, r.title, r.vendor, r.deployment,
        (SELECT json_agg(json_build_object('title', e.title, 'version', e.version, 'kind', e.kind, 'name', e.name,
            'sha256', e.sha256, 'valid_until', e.valid_until, 'issued_on', e.issued_on, 'by', e.uploaded_by,
            'at', e.uploaded_at, 'confidentiality', e.confidentiality, 'locator', c.locator, 'quote', c.quote) ORDER BY c.id)
            FROM citation c JOIN evidence e ON e.id = c.evidence_id WHERE c.item_id = i.id) AS citations,
        (SELECT json_agg(c ORDER BY c.id) FROM comment c WHERE c.item_id = i.id) AS comments,
        (SELECT json_agg(e) FROM (SELECT * FROM event e WHERE e.target_type = 'item' AND e.target_id = i.id::text
            ORDER BY e.id DESC LIMIT 30) e) AS events
    FROM item i JOIN statement s USING (number) JOIN review r ON r.id = i.review_id {VISIBLE}
    LEFT JOIN person p ON p.id = i.owner_id LEFT JOIN person t ON t.id = i.submitted_by_id
    LEFT JOIN person f ON f.id = i.finding_by_id
    WHERE i.id = %(item)s"""

SAVE = f"""
    WITH old AS (
        SELECT i.*, p.name AS actor FROM item i JOIN review r ON r.id = i.review_id {VISIBLE}
        JOIN person p ON p.id = a.person_id
        WHERE i.id = %(item)s AND i.version = %(version)s AND i.status IN ('not_started', 'in_progress') FOR UPDATE OF i
    ), new AS (
        UPDATE item SET finding = %(finding)s, reason = %(reason)s, asked = %(asked)s, asked_of = %(asked_of)s,
            notes = %(notes)s, version = item.version + 1, finding_by_id = %(person)s, status = 'in_progress'
        FROM old WHERE item.id = old.id RETURNING item.id
    )
    INSERT INTO event (what, at, actor, target_type, target_id, label, before, after, reason)
    SELECT 'item.recorded', now(), actor, 'item', id::text, number::text,
        jsonb_build_object('finding', finding, 'notes', notes),
        jsonb_build_object('finding', %(finding)s::text, 'notes', %(notes)s::text), ''
    FROM old RETURNING id"""

TO_SIGN = f"""
    SELECT i.id, i.number, i.finding, i.reason, i.asked, i.asked_of, i.notes, i.submission, s.text, r.slug, p.name AS signer,
        (SELECT json_agg(json_build_array(e.id, e.version, e.name, e.sha256, e.kind, e.issued_on, e.period_end,
            e.valid_until, c.locator, c.quote) ORDER BY c.id)
            FROM citation c JOIN evidence e ON e.id = c.evidence_id WHERE c.item_id = i.id) AS citations
    FROM item i JOIN statement s USING (number) JOIN review r ON r.id = i.review_id {VISIBLE}
    JOIN person p ON p.id = i.owner_id
    WHERE i.id = %(item)s AND i.owner_id = %(person)s AND i.status = 'awaiting' AND i.submitted_by_id <> %(person)s
    FOR UPDATE OF i"""
SIGN = """
    WITH signed AS (
        INSERT INTO signoff (item_id, signer, signed_at, content, digest)
        VALUES (%(item)s, %(signer)s, now(), %(content)s, %(digest)s) RETURNING id
    ), changed AS (
        UPDATE item SET status = 'complete', signed_at = now(), signed_by = %(signer)s WHERE id = %(item)s
    )
    INSERT INTO event (what, at, actor, target_type, target_id, label, before, after, reason)
    SELECT 'item.sign', now(), %(signer)s, 'item', %(item)s::text, %(label)s, '{"status": "awaiting"}',
        '{"status": "complete"}', '' FROM signed"""

UPLOAD = """
    WITH added AS (
        INSERT INTO evidence (vendor_id, title, kind, confidentiality, version, name, file, sha256, size, uploaded_by,
            uploaded_at)
        SELECT a.vendor_id, %(name)s, %(kind)s, 'internal', 1, %(name)s, %(file)s, %(sha256)s, %(size)s, p.name, now()
        FROM access a JOIN person p ON p.id = a.person_id
        WHERE a.vendor_id = %(vendor)s AND a.person_id = %(person)s RETURNING id, uploaded_by
    )
    INSERT INTO event (what, at, actor, target_type, target_id, label, before, after, reason)
    SELECT 'evidence.added', now(), uploaded_by, 'evidence', id::text, %(name)s, '{}',
        jsonb_build_object('sha256', %(sha256)s::text), '' FROM added RETURNING id"""

REQUEST = f"""
    WITH asked AS (
        INSERT INTO dossier (review_id, requested_by_id, requested_at, state)
        SELECT r.id, %(person)s, now(), 'queued' FROM review r {VISIBLE} WHERE r.slug = %(slug)s
        AND NOT EXISTS (SELECT 1 FROM dossier d WHERE d.review_id = r.id AND d.state IN ('queued', 'rendering'))
        RETURNING id
    ), noted AS (
        INSERT INTO event (what, at, actor, target_type, target_id, label, before, after, reason)
        SELECT 'dossier.requested', now(), p.name, 'dossier', asked.id::text, 'Dossier', '{{}}', '{{}}', ''
        FROM asked, person p WHERE p.id = %(person)s
    )
    SELECT id FROM asked"""


def rows(statement, **values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def one(statement, **values):
    found = rows(statement, **values)
    return found[0] if found else None


def run(statement, **values):
    """Returns how many rows were written."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount
