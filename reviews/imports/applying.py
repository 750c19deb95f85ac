"""How does an accepted preview become changes? All of it or nothing, in one transaction, in a worker.

Locks are taken in the usual order: the review, the import, the items, the evidence they cite, the vendor for what is added. While
a worker applies, it holds the import's row: `lost` knows by that lock whether it lives. Of the review's row only what
others may still point at is locked: somebody who saves an item twice looks at it once more at the end, with the item locked.
"""

import logging
from collections import Counter

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.permissions import Refused
from accounts.permissions import ask as insist
from audit import bulk, log
from reviews import errands, sheet_rows, workflow
from reviews.choices import ImportKind, ImportState, RowOutcome, Status
from reviews.imports import claims, effects, journal, links, permitted, reading
from reviews.models import Citation, Import, Review
from reviews.permissions import can_import
from reviews.sheet_columns import plain

logger = logging.getLogger(__name__)

WRITTEN = ("role", "owner", "due_on", *permitted.TEXTS, "version", "finding_by")
NAMED = 10  # rows named in a sentence
UNEXPECTED = "Something unexpected went wrong, and nothing was changed; the worker's log says what. Try again."
APPLICABLE = {RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.CONFLICTING}


@transaction.atomic
def ask(imported, *, by, version):
    """Hand the preview as shown (`version`) to a worker. For whoever brought the sheet: what it claims is theirs (rule 5).

    Raises Refused with a sentence when it is not ready, was changed, holds nothing to apply, or another one of the review is
    being applied; PermissionDenied when the person may not.
    """
    review = Review.objects.select_for_update(no_key=True).get(pk=imported.review_id)
    imported = Import.objects.without_content().select_for_update().get(pk=imported.pk)
    insist(can_import(by, review))
    if imported.created_by_id != by.pk:
        raise Refused(f"Only {imported.created_by.name}, who brought the sheet, applies it.")
    if imported.kind != ImportKind.SHEET or imported.state != ImportState.READY:
        raise Refused(f"This import is {imported.get_state_display().lower()}, so there is nothing to apply.")
    if imported.version != version:
        raise Refused("What is taken of this sheet was changed while you looked at it. Look at it again.")
    if review.imports.filter(state=ImportState.APPLYING).exists():
        raise Refused("Another import of this review is being applied. Try again when it is done.")
    if not applicable(imported).exists():
        raise Refused("Nothing of this sheet is to be taken.")
    imported.state, imported.problem, imported.applied_by = ImportState.APPLYING, "", by
    imported.attempt, imported.worked_at, imported.done = 0, timezone.now(), 0
    imported.save(update_fields=["state", "problem", "applied_by", "attempt", "worked_at", "done"])
    journal.record("import.accepted", imported, by=by)
    send_later(imported)
    return imported


def applicable(imported):
    """The rows of which something is taken."""
    return imported.rows.filter(taken=True, problem="", item__isnull=False, outcome__in=APPLICABLE)


def send_later(imported):
    errands.tell_later("apply_import", imported)


def apply(import_id):
    """Apply an accepted import. Does nothing when it is not waiting for that any more, so that a message may come twice.

    Leaves it applied, or to be planned anew with a sentence and nothing changed.
    """
    waiting = Import.objects.filter(pk=import_id, state=ImportState.APPLYING)
    if not waiting.update(attempt=F("attempt") + 1, worked_at=timezone.now()):
        return
    try:
        _apply(import_id)
    except (Refused, PermissionDenied) as reason:
        give_back(import_id, str(reason))
    except OperationalError:
        raise
    except Exception:
        logger.exception("import %s was not applied", import_id)
        give_back(import_id, UNEXPECTED)


@transaction.atomic
def give_back(import_id, why):
    """Have an accepted import planned anew and put before the person, with the sentence why nothing was applied."""
    imported = Import.objects.select_for_update().get(pk=import_id)
    if imported.state != ImportState.APPLYING:
        return
    imported.state, imported.problem, imported.attempt = ImportState.WAITING, why, 0
    imported.version, imported.worked_at = imported.version + 1, timezone.now()
    imported.save(update_fields=["state", "problem", "attempt", "version", "worked_at"])
    journal.record("import.not_applied", imported, by=imported.applied_by, reason=why)
    reading.send_later(imported)


@transaction.atomic
def _apply(import_id):
    review_id = Import.objects.values_list("review_id", flat=True).get(pk=import_id)
    Review.objects.select_for_update(no_key=True).get(pk=review_id)
    imported = Import.objects.without_content().select_for_update().get(pk=import_id)
    if imported.state != ImportState.APPLYING:
        return  # Another worker was faster.
    by = imported.applied_by
    imported.review = review = effects.with_all(Review.objects).get(pk=review_id)
    insist(can_import(by, review))
    rows = applicable(imported)
    ids = list(rows.values_list("item_id", flat=True))
    if len(set(ids)) != len(ids):
        raise Refused("Two rows speak of the same statement. Take one of them.")
    workflow.lock_all(ids)
    counts, brought = Counter(), Brought(review.vendor, by)
    positions = list(rows.values_list("position", flat=True))
    for first in range(0, len(positions), effects.AT_ONCE):
        these = list(rows.filter(position__in=positions[first : first + effects.AT_ONCE]))
        counts.update(_Batch(imported, review, these, by, brought).apply())
    _finish(imported, by, counts)


def _finish(imported, by, counts):
    imported.state, imported.applied_at, imported.done = ImportState.APPLIED, timezone.now(), imported.total
    imported.content = imported.tables = None
    imported.save(update_fields=["state", "applied_at", "done", "content", "tables"])
    hashed = f"sha256:{imported.sha256}" if imported.sha256 else ""
    journal.record("import.applied", imported, by=by, after=dict(counts), content_hash=hashed)


class Brought:
    """What the addresses of one import have become so far: most stand in more than one row."""

    def __init__(self, vendor, by):
        self.vendor, self.by = vendor, by
        self.evidence, self.new = {}, set()

    def bring(self, titles):
        """Have these addresses as evidence: `{address: title}`. Raises Refused as `links.brought` does."""
        unknown = {address: title for address, title in titles.items() if address not in self.evidence}
        if unknown:
            found, new = links.brought(self.vendor, unknown, by=self.by)
            self.evidence |= found
            self.new |= {each.pk for each in new}


class _Batch:
    """Some rows of an import, applied together."""

    def __init__(self, imported, review, rows, by, brought):
        self.imported, self.by, self.brought = imported, by, brought
        self.items = effects.by_id(effects.items(review, [row.item_id for row in rows]).with_ground(), review)
        self.rows = [row for row in rows if row.item_id in self.items]
        if len(self.rows) != len(rows):
            raise Refused("A row speaks of a statement of another review. Choose the columns and rows again.")
        self.values = {row: {cell["column"]: cell["value"] for cell in claims.taken(row)} for row in self.rows}

    def apply(self):
        """Write everything of these rows; return what to count. Raises Refused when anything stands in the way."""
        self._refuse_changed()
        self._refuse_forbidden()
        before = {row: effects.state_of(self._item(row)) for row in self.rows}
        cited = self._cite()
        texts = {row: self._set(row) for row in self.rows}
        held = self._write(texts, cited)
        for row in self.rows:
            item, new = self._item(row), cited.get(row.item_id, [])
            after = effects.state_of(item) | {name: getattr(item, name) for name in texts[row]}
            if not new and before[row] == after:
                continue
            row.before = before[row] | texts[row]
            row.after = after | {
                "cited": [citation.pk for citation in new],
                "citations": sorted(citation.pk for citation in item.citations.all()),
                "brought": [citation.evidence_id for citation in new if citation.evidence_id in self.brought.new],
                "held": held.get(row.item_id, ""),
            }
        return self._record(cited)

    def _item(self, row):
        return self.items[row.item_id]

    def _refuse_changed(self):
        """Every cell that is taken, against what stood beside it in the preview."""
        texts = sheet_rows.taken(self.items.values(), user=self.by)
        moved = [
            row
            for row in self.rows
            if any(_differ(texts[row.item_id][cell["column"]], cell["old"]) for cell in claims.taken(row))
        ]
        if moved:
            raise Refused(
                f"Nothing was applied: somebody changed {_named(moved)} after the preview was made. Look at it again."
            )

    def _refuse_forbidden(self):
        named = {values["owner"] for values in self.values.values() if values.get("owner")}
        who = get_user_model().objects.in_bulk(named)
        for row, values in self.values.items():
            for column, value in values.items():
                if why := permitted.problem(self._item(row), column, value, by=self.by, people=who):
                    raise Refused(f"Nothing was applied. {row.place}: {why}")

    def _cite(self):
        """Cite what the links lead to. Returns `{item's id: [its new citations]}`."""
        wanted = {
            row: {link["url"]: link["title"] for link in values.get("links", ())} for row, values in self.values.items()
        }
        self.brought.bring({url: title for found in wanted.values() for url, title in found.items()})
        evidence = self.brought.evidence
        cited = {}
        for row, found in wanted.items():
            item = self._item(row)
            known = {citation.evidence_id for citation in item.citations.all()}
            new = {evidence[address].pk: evidence[address] for address in found if evidence[address].pk not in known}
            if new:
                cited[item.pk] = [Citation(item=item, evidence=each, cited_by=self.by) for each in new.values()]
        Citation.objects.bulk_create([each for found in cited.values() for each in found], batch_size=effects.AT_ONCE)
        for pk, found in cited.items():
            # Into what was read of the item: reading thousands of them anew costs as much as all the rest of it.
            self.items[pk].citations.all()._result_cache.extend(found)
        return cited

    def _set(self, row):
        """Set the item's fields to what the row says; return `{text's name: what stood there}` of those that change."""
        item, values = self._item(row), self.values[row]
        said = {name: values[name] for name in permitted.TEXTS if name in values}
        old = {name: getattr(item, name) for name, value in said.items() if getattr(item, name) != value}
        for name in old:
            setattr(item, name, said[name])
        if old:
            item.version += 1
            item.finding_by = self.by
        item.role = values.get("stakeholder", item.role)
        item.owner_id = values.get("owner", item.owner_id)
        if "due_on" in values:
            item.due_on = type(item.due_on).fromisoformat(values["due_on"])
        return old

    def _write(self, texts, cited):
        """Write the items: those handed in, those started, the others. Returns `{item's id: why it was not handed in}`."""
        claimed = [self._item(row) for row, values in self.values.items() if claims.is_claim(values)]
        held = workflow.apply_all(workflow.SUBMIT, claimed, by=self.by, changed=WRITTEN)
        done = {item.pk for item in claimed} - held.keys()
        open_ones = [row for row in self.rows if row.item_id not in done]
        started = {
            row.item_id
            for row in open_ones
            if self._item(row).status == Status.NOT_STARTED
            and (texts[row] or row.item_id in cited or "status" in self.values[row])
        }
        workflow.apply_all(workflow.START, [self.items[pk] for pk in started], by=self.by, changed=WRITTEN)
        others = [self._item(row) for row in open_ones if row.item_id not in started]
        bulk.update(others, WRITTEN)
        return held

    def _record(self, cited):
        """Write down in each row what it changed, and one event for each item; return what to count."""
        changed = [row for row in self.rows if row.after]
        bulk.update(changed, ["before", "after"])
        names = effects.owners(changed)
        log.record_all(
            [
                effects.event(
                    "item.imported",
                    self._item(row),
                    row.before,
                    row.after,
                    by=self.by,
                    names=names,
                    cited=[citation.evidence.title for citation in cited.get(row.item_id, ())],
                    reason=f"From {self.imported.name}, {row.place}.",
                )
                for row in changed
            ]
        )
        return Counter(
            changed=len(changed),
            unchanged=len(self.rows) - len(changed),
            submitted=sum(row.after["submission"] > row.before["submission"] for row in changed),
            cited=sum(len(row.after["cited"]) for row in changed),
        )


def _differ(text, other):
    return text != other and plain(text) != plain(other)


def _named(rows):
    places = [row.place for row in rows[:NAMED]]
    more = len(rows) - len(places)
    return f"{', '.join(places)} and {more} more rows" if more else ", ".join(places)
