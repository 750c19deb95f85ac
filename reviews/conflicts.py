"""What can be done with sources that contradict each other? Write down who says what, settle it, open it again.

The product proposes which source prevails: contract over DPA over the vendor's pages over articles, then the newer. While a
conflict is open nobody signs the item. How it was settled is a part of what is signed, so it changes only while the item
may be changed.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence.models import Evidence
from evidence.validity import EARLIEST, in_words
from reviews import workflow
from reviews.choices import SourceRank
from reviews.models import Conflict, ConflictSide
from reviews.permissions import can_edit, can_work_on
from reviews.stale import Stale

LEAST = 2  # one source alone contradicts nobody


@dataclass(frozen=True)
class Side:
    """Who says what: `rank` is a SourceRank, `where` the page or section, `dated` the day of the source."""

    rank: str
    source: str
    says: str
    dated: date
    where: str = ""
    evidence: Evidence | None = None


@transaction.atomic
def open_conflict(item, *, by, title, sides):
    """Write down that sources disagree about the item, in whatever status it is. Raises Refused for fewer than two sides."""
    item = workflow.lock_alone(item)
    ask(can_work_on(by, item))
    _must_hold(item, title, sides)
    conflict = Conflict.objects.create(item=item, title=title.strip(), opened_by=by)
    _write_sides(conflict, sides)
    workflow.note(item, "item.conflict_opened", by=by, after=_said(conflict))
    return conflict


@transaction.atomic
def change(conflict, *, by, version, title, sides):
    """Write title and sides anew, as typed on `version`, while the conflict is open.

    Raises Stale when somebody saved meanwhile, Refused for what cannot be. Unchanged text changes nothing.
    """
    conflict = _lock(conflict)
    ask(can_work_on(by, conflict.item))
    if conflict.version != version:
        raise Stale(conflict)
    _must_be_open(conflict)
    _must_hold(conflict.item, title, sides)
    before = _said(conflict)
    if title.strip() == conflict.title and [_side(each) for each in sides] == [
        _side(row) for row in conflict.sides.all()
    ]:
        return conflict
    conflict.sides.all().delete()
    conflict.title = title.strip()
    conflict.version += 1
    conflict.save(update_fields=["title", "version"])
    _write_sides(conflict, sides)
    conflict = _read(conflict.pk)
    workflow.note(conflict.item, "item.conflict_changed", by=by, before=before, after=_said(conflict))
    return conflict


@transaction.atomic
def resolve(conflict, *, by, prevails, resolution, version=None):
    """Say which side (its id) prevails, and why. No signature: whoever signs the item signs this with it.

    Raises Refused when it is settled already, changed since `version` was shown, or when no reason is given.
    """
    conflict = _lock(conflict)
    ask(can_edit(by, conflict.item))
    _must_be_open(conflict)
    if version is not None and conflict.version != version:
        raise Refused("Not settled: someone changed what the sources say while you were reading. Look again.")
    side = next((side for side in conflict.sides.all() if side.pk == prevails), None)
    if side is None:
        raise Refused("Choose which of the sources prevails.")
    if not resolution.strip():
        raise Refused("Say why this source prevails.")
    conflict.prevails, conflict.resolution = side, resolution.strip()
    conflict.resolved_at, conflict.resolved_by = timezone.now(), by
    conflict.version += 1
    conflict.save(update_fields=["prevails", "resolution", "resolved_at", "resolved_by", "version"])
    proposed = conflict.ranked[0]
    against = {"ranked_first": str(proposed)} if proposed != side else {}
    after = {"about": conflict.title, "prevails": str(side)} | against
    workflow.note(conflict.item, "item.conflict_resolved", by=by, after=after, reason=conflict.resolution)
    return conflict


@transaction.atomic
def reopen(conflict, *, by, reason):
    """Take the settlement back, while the item may be changed. Raises Refused when it is open or nothing is said."""
    conflict = _lock(conflict)
    ask(can_edit(by, conflict.item))
    if conflict.is_open:
        raise Refused("This conflict is open already.")
    if not reason.strip():
        raise Refused("Say why it is not settled after all.")
    before = {"about": conflict.title, "prevails": str(conflict.prevails), "resolution": conflict.resolution}
    conflict.prevails = conflict.resolved_at = conflict.resolved_by = None
    conflict.resolution = ""
    conflict.version += 1
    conflict.save(update_fields=["prevails", "resolution", "resolved_at", "resolved_by", "version"])
    workflow.note(
        conflict.item, "item.conflict_reopened", by=by, before=before, after={"about": conflict.title}, reason=reason
    )
    return conflict


def copy(conflict, *, to):
    """The same conflict on the item of a re-assessment: its sources disagree there, too, or were settled once."""
    made = Conflict.objects.create(
        item=to,
        title=conflict.title,
        opened_by_id=conflict.opened_by_id,
        opened_at=conflict.opened_at,
        resolution=conflict.resolution,
        resolved_at=conflict.resolved_at,
        resolved_by_id=conflict.resolved_by_id,
    )
    rows = sorted(conflict.sides.all(), key=lambda side: side.pk)
    written = dict(zip((row.pk for row in rows), _write_sides(made, rows), strict=True))
    if conflict.prevails_id:
        made.prevails = written[conflict.prevails_id]
        made.save(update_fields=["prevails"])
    return made


def _lock(conflict):
    """The conflict as it is stored, its item locked first: settling one and submitting the other exclude each other."""
    workflow.lock_alone(conflict.item)
    Conflict.objects.select_for_update(of=("self",)).get(pk=conflict.pk)
    return _read(conflict.pk)


def _read(pk):
    return Conflict.objects.with_sides().select_related(*WITH_ITEM).get(pk=pk)


WITH_ITEM = ("item__statement", "item__review__deployment__vendor")


def _must_be_open(conflict):
    if not conflict.is_open:
        raise Refused("This conflict is settled. Open it again to change it.")


def _must_hold(item, title, sides):
    if not title.strip():
        raise Refused("Say in a few words what the sources disagree about.")
    if len(sides) < LEAST:
        raise Refused("A conflict needs at least two sources that say different things.")
    for side in sides:
        _must_hold_side(item, side)
    if len({" ".join(side.says.split()).casefold() for side in sides}) == 1:
        raise Refused("These sources all say the same: write down what each of them says.")


def _must_hold_side(item, side):
    if side.rank not in SourceRank.values:
        raise Refused("Say for each source what kind it is.")
    if not side.source.strip() or not side.says.strip():
        raise Refused("Say for each source who says it, and what.")
    if not EARLIEST <= side.dated <= timezone.localdate():
        raise Refused(f"{side.source}: {in_words(side.dated)} cannot be the day it is dated.")
    if side.evidence and side.evidence.vendor_id != item.review.deployment.vendor_id:
        raise Refused("This evidence belongs to another vendor.")


def _write_sides(conflict, sides):
    return [ConflictSide.objects.create(conflict=conflict, **_side(side)) for side in sides]


def _side(side):
    """What is stored of a side, written or typed."""
    return {
        "rank": side.rank,
        "source": side.source.strip(),
        "says": side.says.strip(),
        "where": side.where.strip(),
        "dated": side.dated,
        "evidence": side.evidence,
    }


def _said(conflict):
    return {"about": conflict.title, "sides": [str(side) for side in conflict.sides.all()]}
