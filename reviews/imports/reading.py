"""What stands in a file that was brought, and which of its columns hold what? The worker's part, safe to run twice.

No transaction is open while a file is read. Each attempt writes only as long as no other has begun.
"""

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from audit import bulk
from reviews import errands, sheets
from reviews.choices import ImportKind, ImportState, MatchedBy, RowOutcome
from reviews.imports import headings, journal
from reviews.imports.plan import Plan
from reviews.models import Import, RememberedHeading, Statement
from reviews.sheets import Workbook

PASTED = "Pasted table"  # the name of what came without a file
NOTHING_THERE = "Nothing stands in its visible sheets."


def send_later(source):
    """Ask a worker to read it, or to plan it again, once the transaction is committed."""
    errands.tell_later("read_import", source)


def read(import_id):
    """Read the file, guess its columns unless they were chosen, and plan its rows: ready when all of it is sure.

    Does nothing unless the import waits to be read.
    """
    source = _begin(import_id)
    if source is None:
        return
    try:
        book = _book(source)
        if not source.columns and not _guess(source, book):
            return
        plan(source, book)
    except sheets.Unreadable as unreadable:
        _end(source, ImportState.REFUSED, problem=str(unreadable))


@transaction.atomic
def _begin(import_id):
    source = Import.objects.select_for_update(of=("self",)).filter(pk=import_id).first()
    if source is None or (source.kind, source.state) != (ImportKind.SHEET, ImportState.WAITING):
        return None
    source.state, source.attempt, source.worked_at = ImportState.READING, source.attempt + 1, timezone.now()
    source.done = 0
    source.save(update_fields=["state", "attempt", "worked_at", "done"])
    return Import.objects.select_related("review__deployment__vendor", "created_by").get(pk=source.pk)


def _mine(source):
    """The import as long as this attempt is the one that works on it."""
    return Import.objects.filter(pk=source.pk, attempt=source.attempt, state=ImportState.READING)


def _book(source):
    if source.tables is not None:
        return Workbook.from_json(source.tables)
    content = bytes(source.content)
    if source.name == PASTED:
        book = sheets.pasted(content.decode("utf-8", "replace"), name=PASTED)
    else:
        book = sheets.read(ContentFile(content, source.name), source.name, accepted=sheets.SPREADSHEETS)
    source.tables = book.as_json()
    source.total = max((len(sheet.rows) for sheet in book.sheets), default=0)
    _mine(source).update(tables=source.tables, total=source.total, worked_at=timezone.now())
    return book


def _guess(source, book):
    """Write down which sheet, row and columns are meant. Returns whether that is sure; if not, a person decides."""
    statements = Statement.objects.filter(items__review=source.review_id).values_list("text", flat=True)
    found = headings.propose(book, remembered=remembered(), statements=statements)
    if found is None:
        raise sheets.Unreadable(f"“{source.name}”: {NOTHING_THERE}")
    source.sheet, source.heading_row = found.sheet, found.heading_row
    source.columns = {str(column): name for column, name in found.columns.items()}
    _mine(source).update(sheet=source.sheet, heading_row=source.heading_row, columns=source.columns)
    if not found.sure:
        _end(source, ImportState.COLUMNS)
    return found.sure


def remembered():
    """`{heading: what it was said to mean}`."""
    return dict(RememberedHeading.objects.values_list("heading", "column"))


def plan(source, book):
    """Write what each row would do in place of what was planned before; what a person chose stays chosen."""
    chosen = dict(source.rows.filter(matched_by=MatchedBy.PERSON).values_list("position", "item"))
    found = Plan(source, book, chosen)
    total = len(found.lines)
    _mine(source).update(total=total, done=0)

    def progress(done):
        _mine(source).update(done=done, worked_at=timezone.now())

    rows = list(found.rows(progress))
    with transaction.atomic():
        if not _mine(source).select_for_update(of=("self",)).exists():
            return
        source.rows.all().delete()
        bulk.insert(rows)
        source.people = found.directory.named
        _mine(source).update(people=source.people, done=total, total=total)
        counts = {outcome.value: sum(row.outcome == outcome for row in rows) for outcome in RowOutcome}
        _end(source, ImportState.READY, after={"rows": total} | counts)


@transaction.atomic
def _end(source, state, *, problem=None, after=None):
    """Leave it in this state. Without another problem the one stays for which it is planned anew."""
    problem = source.problem if problem is None else problem
    if not _mine(source).update(state=state, problem=problem, worked_at=timezone.now()):
        return
    journal.record(
        "import.read" if state != ImportState.REFUSED else "import.not_read",
        source,
        by=source.created_by,
        content_hash=f"sha256:{source.sha256}",
        after={"state": str(state)} | (after or {}),
        reason=problem,
    )
