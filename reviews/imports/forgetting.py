"""How long are a file that was brought and what was read of it kept? Until it is applied, refused or given up, or for 30 days."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviews.choices import ImportKind, ImportState
from reviews.imports import journal
from reviews.models import Import

KEPT_FOR = timedelta(days=30)
WAITS_FOR_A_PERSON = frozenset({ImportState.COLUMNS, ImportState.READY})
OVER = frozenset({ImportState.APPLIED, ImportState.UNDONE, ImportState.REFUSED, ImportState.ABANDONED})
TOO_OLD = f"Nobody applied it within {KEPT_FOR.days} days. Bring it again."


def forget():
    """Give up the sheets nobody took up, and drop the bytes of those that are over. Safe to run twice at once."""
    sheets = Import.objects.filter(kind=ImportKind.SHEET)
    old = sheets.filter(state__in=WAITS_FOR_A_PERSON, created_at__lt=timezone.now() - KEPT_FOR)
    for pk in old.values_list("pk", flat=True):
        _give_up(pk)
    holding = Q(content__isnull=False) | Q(tables__isnull=False)
    sheets.filter(holding, state__in=OVER).update(content=None, tables=None)


@transaction.atomic
def _give_up(pk):
    found = Import.objects.without_content().select_for_update(of=("self",)).filter(state__in=WAITS_FOR_A_PERSON, pk=pk)
    source = found.select_related("review__deployment__vendor").first()
    if source:
        abandon(source, by=None, why=TOO_OLD)


def abandon(source, *, by, why=""):
    """Leave of the locked import no more than that it was there, and write the event in the caller's transaction."""
    source.state, source.problem, source.version = ImportState.ABANDONED, why, source.version + 1
    source.content = source.tables = None
    source.save(update_fields=["state", "problem", "version", "content", "tables"])
    source.rows.all().delete()
    journal.record("import.abandoned", source, by=by, reason=why)
