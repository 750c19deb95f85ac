"""What does a machine read in a dossier? `manifest.json`, attached to the PDF, with every state, signature and hash."""

import json

from dossiers.wording import iso
from reviews import names

NAME = "manifest.json"
FORMAT = "countersign-dossier 1"
WITHHELD = "Withheld: it quotes a document under NDA. Its digest stands."

# Printed in the dossier for the reader to run, and run by the tests.
CHECK = """\
import hashlib, json
manifest = json.load(open("manifest.json", encoding="utf-8"))
signed = [row for item in manifest["items"] for row in item["signoffs"]]
for row in signed + manifest["decisions"] + manifest["escalations"]:
    if row["content"] is not None:
        digest = hashlib.sha256(row["content"].encode()).hexdigest()
        print("right" if digest == row["digest"] else "WRONG", row["digest"])
"""


def made(pages, gate, signoffs, decided, letters, evidence, restricted):
    """The manifest as a dict. Signed contents that quote one of the `restricted` documents are withheld."""
    by_item, reviews = {}, {item.pk: item.review for item in gate.items}
    for row in signoffs:
        review = reviews[row.item_id]
        called = names.of(review, row.digest)
        hidden = {called.evidence(pk) for pk in restricted} - {None}
        by_item.setdefault(row.item_id, []).append(
            _signoff(row, hidden) | {"moved_from": names.moved_from(review, row.signed_at)}
        )
    return {
        "format": FORMAT,
        "taken_at": pages["taken_at"],
        "audit_entry": pages["audit_entry"],
        "organisation": pages["organisation"],
        "vendor": pages["vendor"],
        "deployment": pages["deployment"],
        "review": {"title": pages["review"], "slug": pages["slug"], "kind": pages["kind"]},
        "checklist": {"title": pages["checklist"], "sha256": pages["checklist_sha256"]},
        "gate": {key: pages["gate"][key] for key in ("state", "label", "sum", "why", "needed", "escalate_at")},
        "approval": pages["approval"],
        "items": [_item(item, gate, by_item.get(item.pk, []), restricted) for item in gate.items],
        "decisions": [_decision(row) for row in decided],
        "escalations": [_letter(row, printed) for row, printed in zip(letters, pages["letters"], strict=True)],
        "red_flags": pages["red_flags"],
        "evidence": [_evidence(row) for row in evidence],
    }


def as_bytes(manifest):
    return json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _item(item, gate, signoffs, restricted):
    holder = item.holder
    return {
        "number": item.number,
        "statement": item.statement.text,
        "category": item.statement.category.name,
        "review": item.review.slug,
        "state": gate.states[item.pk].value,
        "status": item.status,
        "role": item.role,
        "owner": holder.name if holder else None,
        "due_on": iso(item.due_on),
        "finding": item.finding,
        "reason": item.reason,
        "asked": item.asked,
        "asked_of": item.asked_of,
        "notes": item.notes,
        "citations": [_citation(citation, restricted) for citation in item.citations.all()],
        "conflicts": [_conflict(conflict, restricted) for conflict in item.conflicts.all()],
        "signoffs": signoffs,
    }


def _citation(citation, restricted):
    version = citation.evidence.current
    hidden = citation.evidence_id in restricted
    return {
        "evidence": citation.evidence_id,
        "title": citation.evidence.title,
        "version": version.number,
        "name": version.name,
        "sha256": version.sha256,
        "locator": citation.locator,
        "quote": None if hidden and citation.quote else citation.quote,
    }


def _conflict(conflict, restricted):
    return {
        "about": conflict.title,
        "sides": [
            {
                "rank": side.rank,
                "source": side.source,
                "says": None if side.evidence_id in restricted else side.says,
                "where": None if side.evidence_id in restricted else side.where,
                "dated": iso(side.dated),
                "evidence": side.evidence_id,
                "prevails": side.pk == conflict.prevails_id,
            }
            for side in conflict.ranked
        ],
        "resolution": conflict.resolution,
        "resolved_at": iso(conflict.resolved_at),
    }


def _signoff(row, restricted):
    quoted = _quotes(json.loads(row.content), restricted)
    return {
        "act": row.act,
        "finding": row.finding,
        "signer": row.signer_name,
        "role": row.signer_role,
        "at": iso(row.signed_at),
        "meaning": row.meaning,
        "reason": row.reason,
        "digest": row.digest,
        "content": None if quoted else row.content,
        "note": WITHHELD if quoted else "",
    }


def _quotes(content, restricted):
    sides = [side for conflict in content.get("conflicts", ()) for side in conflict["sides"]]
    cited = [each for each in content["evidence"] if each["quote"]]
    return any(each["evidence"] in restricted for each in (*cited, *sides))


def _decision(row):
    return {
        "number": row.number,
        "outcome": row.outcome,
        "reason": row.reason,
        "signer": row.signer_name,
        "role": row.signer_role,
        "at": iso(row.decided_at),
        "moved_from": names.moved_from(row.review, row.decided_at),
        "digest": row.digest,
        "content": row.content,
        "conditions": [
            {
                "text": condition.text,
                "owner": condition.owner.name,
                "due_on": iso(condition.due_on),
                "met_at": iso(condition.met_at),
                "met_note": condition.met_note,
            }
            for condition in row.conditions.all()
        ],
    }


def _letter(row, printed):
    return {
        "number": row.number,
        "state": row.state,
        "sent_at": iso(row.sent_at),
        "answer_by": iso(row.answer_by),
        "closed_at": iso(row.closed_at),
        "digest": row.digest,
        "content": row.content,
        "items": [
            {name: each[name] for name in ("number", "question", "words", "note", "red_flag")}
            for each in printed["items"]
        ],
    }


def _evidence(row):
    return {
        "id": row.pk,
        "title": row.title,
        "kind": row.kind,
        "confidentiality": row.confidentiality,
        "withdrawn_at": iso(row.withdrawn_at),
        "versions": [
            {
                "number": version.number,
                "name": version.name,
                "sha256": version.sha256,
                "size": version.size,
                "uploaded_at": iso(version.uploaded_at),
                "issued_on": iso(version.issued_on),
                "period": [iso(version.period_start), iso(version.period_end)],
                "valid_until": iso(version.valid_until),
            }
            for version in row.versions.all()
        ],
    }
