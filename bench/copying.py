"""How do many rows reach PostgreSQL quickly, past no constraint and no trigger?"""

from collections import defaultdict

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max


class Book:
    """Rows that wait to be copied. Each has its id from the start, so that others can point at it."""

    def __init__(self):
        self.rows = defaultdict(list)
        self._last = {}

    def add(self, model, **values):
        if model not in self._last:
            self._last[model] = model.objects.aggregate(last=Max("pk"))["last"] or 0
        self._last[model] += 1
        row = model(pk=self._last[model], **values)
        self.rows[model].append(row)
        return row

    def write(self, *models, order=None):
        """Copy and forget the rows of these models; by `order`, a key, the ids follow it."""
        for model in models:
            rows = self.rows.pop(model, [])
            if order:
                ids = sorted(row.pk for row in rows)
                rows.sort(key=order)
                for row, pk in zip(rows, ids, strict=True):
                    row.pk = pk
            copy(model, rows)

    def release(self):
        """Let the database count on from the ids given here."""
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self._last)):
                cursor.execute(statement)


def copy(model, rows):
    """COPY the rows as they are; row triggers and constraints judge each of them."""
    fields = model._meta.concrete_fields
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as out:
        for row in rows:
            out.write_row([field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])
