"""How are thousands of rows of one table written? As one value of JSON, which the database turns into rows.

Django gives PostgreSQL an array for each column and spells out each value of it in Python; `bulk_update` makes a branch for each
value. Either costs more than everything an import asks about its rows.
"""

import json
from datetime import date

from django.db import connection
from django.db.models import JSONField

AT_ONCE = 500  # rows in one statement: what bounds the memory
SAME = {str, int, bool, type(None)}  # types of which JSON says what every field stores


def insert(rows):
    """Insert rows of one model, in their order. Unlike `bulk_create` it does not tell them their ids."""
    if connection.vendor != "postgresql":
        for some in _batches(rows):
            type(some[0])._base_manager.bulk_create(some)
        return
    for some in _batches(rows):
        meta = some[0]._meta
        fields = [field for field in meta.concrete_fields if not field.primary_key]
        table, columns = _quoted(meta.db_table), ", ".join(map(_column, fields))
        found = f"json_populate_recordset(NULL::{table}, %s::json)"
        _execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {found}", some, fields)  # noqa: S608 - our names


def update(rows, names):
    """Write these fields of stored rows of one model; all fields of a row in one statement."""
    for some in _batches(rows):
        meta = some[0]._meta
        fields = [meta.get_field(name) for name in names]
        table = _quoted(meta.db_table)
        if connection.vendor == "postgresql":
            found, said = f"json_populate_recordset(NULL::{table}, %s::json)", "said.{}".format
        else:
            found, said = "json_each(%s)", "json_extract(said.value, '$.{}')".format
        values = ", ".join(f"{_column(field)} = {said(field.column)}" for field in fields)
        where = f"{table}.{_column(meta.pk)} = {said(meta.pk.column)}"
        _execute(f"UPDATE {table} SET {values} FROM {found} AS said WHERE {where}", some, [meta.pk, *fields])  # noqa: S608 - our names


def _batches(rows):
    rows = list(rows)
    return (rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE))


def _execute(statement, rows, fields):
    said = [{} for _ in rows]
    for field in fields:
        for row, values in zip(rows, said, strict=True):
            values[field.column] = _plain(field, getattr(row, field.attname))
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(said)])


def _plain(field, value):
    """What the field stores of the value, as JSON says it. PostgreSQL's own JSON is handed over wrapped."""
    if type(value) in SAME and not isinstance(
        field, JSONField
    ):  # nearly always, and asking the field takes longest of all
        return value
    stored = field.get_db_prep_save(value, connection)
    return stored.isoformat() if isinstance(stored, date) else getattr(stored, "obj", stored)


def _column(field):
    return _quoted(field.column)


def _quoted(name):
    return connection.ops.quote_name(name)
