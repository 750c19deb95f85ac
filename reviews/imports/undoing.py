"""Can an applied import be taken back, and what becomes of everything it brought?

One click, while nobody has touched what it changed since: then every item is again as it was before.
"""

from django.db import transaction
from django.utils import timezone

from accounts.permissions import YES, Refused, no
from audit import bulk, log
from audit.models import Event
from evidence import library
from evidence.models import Evidence
from reviews import workflow
from reviews.choices import ImportState, Status
from reviews.imports import effects, journal, links, permitted
from reviews.models import Citation, Import, Item, Review
from reviews.permissions import can_import, can_lead

RESTORED = ("role", "owner", "due_on", *permitted.TEXTS, "version", "finding_by")


def can_undo(user, imported):
    """Whoever applied it or leads the review, who may still do all of it by hand, while everything is as it was left."""
    if imported.state != ImportState.APPLIED:
        return no(f"This import is {imported.get_state_display().lower()}, so there is nothing to undo.")
    verdict = can_import(user, imported.review)
    if not verdict:
        return verdict
    leads = can_lead(user, imported.review)
    if not leads and user.pk != imported.applied_by_id:
        return no(f"Only {imported.applied_by.name}, who applied it, or the review lead undoes it.")
    rows = list(_applied(imported).values_list("item_id", "before", "after"))
    if not leads and any(before[name] != after[name] for _, before, after in rows for name in ("owner", "due_on")):
        return no("It moved due days or handed items over: only a review lead does that.")
    return _untouched({item_id: after for item_id, _, after in rows})


def _applied(imported):
    return imported.rows.exclude(after=None).order_by("position")


def _untouched(left):
    """YES while each item is as it was left: `{item's id: after}`."""
    items = {item.pk: item for item in Item.objects.filter(pk__in=left).order_by("pk")}
    cited = {pk: [] for pk in items}
    for item_id, pk in Citation.objects.filter(item__in=items).order_by("pk").values_list("item_id", "pk"):
        cited[item_id].append(pk)
    for pk, after in left.items():
        state = effects.state_of(items[pk])
        if any(state[name] != after[name] for name in state) or cited[pk] != after["citations"]:
            return no(_touched_by(Item.objects.select_related("statement").get(pk=pk)))
    return YES


def _touched_by(item):
    last = Event.objects.about(item).newest_first().first()
    done = "was signed" if item.status == Status.COMPLETE else "was changed"
    who = f" since by {last.actor_name}" if last else " since"
    return f"{item} {done}{who}, so the import cannot be undone any more. Change back by hand what is wrong."


@transaction.atomic
def undo(imported, *, by):
    """Put every item back as it was before the import; all of it or nothing.

    Evidence that came by it is withdrawn, unless somebody else uses it by now. Raises Refused with a sentence.
    """
    review = Review.objects.select_for_update(no_key=True).get(pk=imported.review_id)
    imported = Import.objects.without_content().select_for_update().get(pk=imported.pk)
    imported.review = review = effects.with_all(Review.objects).get(pk=review.pk)
    ids = list(_applied(imported).values_list("item_id", flat=True))
    workflow.lock_all(ids)
    verdict = can_undo(by, imported)
    if not verdict:
        raise Refused(verdict.reason)
    brought = set()
    for first in range(0, len(ids), effects.AT_ONCE):
        rows = list(_applied(imported).filter(item__in=ids[first : first + effects.AT_ONCE]))
        brought |= {pk for row in rows for pk in row.after["brought"]}
        _take_back(imported, rows, by)
    gone = _withdraw(brought, by)
    imported.state, imported.undone_by, imported.undone_at = ImportState.UNDONE, by, timezone.now()
    imported.save(update_fields=["state", "undone_by", "undone_at"])
    after = {"items": len(ids), "evidence_withdrawn": gone, "evidence_kept": len(brought) - gone}
    journal.record("import.undone", imported, by=by, after=after)
    return imported


def _take_back(imported, rows, by):
    titles = _uncite(rows)
    items = effects.by_id(effects.items(imported.review, [row.item_id for row in rows]), imported.review)
    submitted = [items[row.item_id] for row in rows if _was(row, Status.AWAITING)]
    workflow.apply_all(workflow.TAKE_BACK, submitted, by=by)
    for row in rows:
        _restore(items[row.item_id], row.before)
    bulk.update(items.values(), RESTORED)
    unstarted = [row for row in rows if row.before["status"] == Status.NOT_STARTED != row.after["status"]]
    workflow.apply_all(workflow.UNSTART, [items[row.item_id] for row in unstarted], by=by)
    names = effects.owners(rows)
    log.record_all(
        [
            effects.event(
                "item.import_undone",
                items[row.item_id],
                row.after,
                row.before,
                by=by,
                names=names,
                uncited=titles.get(row.item_id, ()),
                reason=f"Undid the import of {imported.name}, {row.place}.",
            )
            for row in rows
        ]
    )


def _was(row, status):
    return row.after["status"] == status != row.before["status"]


def _uncite(rows):
    """Take the citations off that these rows made; return `{item's id: [titles]}`."""
    made = Citation.objects.filter(pk__in=[pk for row in rows for pk in row.after["cited"]])
    titles = {}
    for item_id, title in made.values_list("item_id", "evidence__title"):
        titles.setdefault(item_id, []).append(title)
    made.delete()
    return titles


def _restore(item, before):
    item.role, item.owner_id = before["role"], before["owner"]
    item.due_on = type(item.due_on).fromisoformat(before["due_on"])
    texts = [name for name in permitted.TEXTS if name in before]
    if any(getattr(item, name) != before[name] for name in texts):
        item.version += 1  # a page that is open is stale
    for name in texts:
        setattr(item, name, before[name])
    item.finding_by_id = before["finding_by"]


def _withdraw(brought, by):
    """Withdraw what the import alone brought and nobody uses by now; return how many."""
    used = {pk for relation in _uses() for pk in _pointed_at(relation, brought)}
    newer = Evidence.objects.filter(pk__in=brought, versions__number__gt=1).values_list("pk", flat=True)
    unused = Evidence.objects.in_use().filter(pk__in=brought - used - set(newer))
    gone = list(unused)
    library.withdraw_all(gone, by=by, reason=links.UNDONE)
    return len(gone)


def _uses():
    """Every relation to evidence, hidden ones too, but for its own versions."""
    fields = Evidence._meta.get_fields(include_hidden=True)
    return [each for each in fields if each.auto_created and not each.concrete and each.name != "versions"]


def _pointed_at(relation, ids):
    name = relation.field.name
    return relation.related_model._base_manager.filter(**{f"{name}__in": ids}).values_list(name, flat=True)
