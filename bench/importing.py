"""How long does a sheet of 5,000 rows take from its bytes to the changes, and reading it plainly with one bulk write?

``python -m bench.importing make|product|reference FOLDER`` is a process of its own each time, as a worker's is: its
memory is its own. Every row of the sheet says another status, new notes and one of 500 links.
"""

import json
import os
import resource
import subprocess
import sys
import time
from copy import copy
from pathlib import Path

ROWS, LINKS = 5_000, 500
NAME = "statements.xlsx"
# What a sheet may change of an item, by its headings; by hand all of it is written.
WRITTEN = ("Responsible Stakeholder", "Status", "Evidence Link", "Notes", "Owner", "Due", "Finding", "Reason")
WRITTEN += ("What was asked", "Of whom")


def measure(folder, *, repeats):
    """`{product, reference: [seconds], memory: {side: peak megabytes}}`, both in turn."""
    _run("make", folder)
    found = {"product": [], "reference": [], "memory": {}}
    for _ in range(repeats):
        for side in ("product", "reference"):
            figures = _run(side, folder)
            found[side].append(figures["seconds"])
            found["memory"][side] = max(figures["peak"], found["memory"].get(side, 0))
    return found


def _run(what, folder):
    command = [sys.executable, "-m", "bench.importing", what, str(folder)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])


def make(folder):
    """A review of 5,000 statements, and the sheet as somebody brings it back; nobody else works on it."""
    from openpyxl import Workbook

    from reviews import sheet_rows
    from reviews.sheet_columns import COLUMNS

    review = _review()
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Items")
    sheet.append([column.heading for column in COLUMNS])
    items = list(review.items.with_standing())
    for said in sheet_rows.said(items, user=review.lead).values():
        number = int(said["number"])
        said |= {
            "status": "Complete",
            "notes": f"Asked on Monday, answered on Tuesday, filed under {number}.",
            "links": f"https://trust.example.com/page-{number % LINKS}",
        }
        sheet.append([said[column.name] for column in COLUMNS])
    book.save(folder / NAME)
    return {}


def _review():
    from reviews.models import Assignment, Item, Review, Statement

    pattern = Review.objects.select_related("checklist").order_by("pk").first()
    statements = list(pattern.checklist.statements.all())
    checklist = copy(pattern.checklist)
    checklist.pk, checklist.slug, checklist._state.adding = None, f"{checklist.slug}-{ROWS}", True
    checklist.save()
    many = [_statement(statements[number % len(statements)], checklist, number) for number in range(1, ROWS + 1)]
    Statement.objects.bulk_create(many, batch_size=500)
    values = {"title": f"{ROWS} statements", "slug": f"{ROWS}-statements", "due_on": pattern.due_on}
    people = {"lead": pattern.lead, "opened_by": pattern.lead}
    review = Review.objects.create(deployment=pattern.deployment, checklist=checklist, **values, **people)
    for assignment in pattern.assignments.all():
        Assignment.objects.create(review=review, role=assignment.role, user=assignment.user)
    items = [Item(review=review, statement=each, role="ciso", due_on=review.due_on) for each in many]
    Item.objects.bulk_create(items, batch_size=500)
    return review


def _statement(pattern, checklist, number):
    statement = copy(pattern)
    statement.pk, statement._state.adding = None, True
    statement.checklist, statement.number, statement.position, statement.related = checklist, number, ROWS + number, []
    statement.text = f"{pattern.text} ({number})"
    return statement


def product(folder):
    """What a worker does with a sheet that a person brought and accepts: reads, plans and applies it. Undone unmeasured."""
    from django.core.files.base import File

    from config.celery import collect_rarely
    from reviews.choices import ImportState
    from reviews.imports import applying, bring, reading, undoing
    from reviews.models import Import, Review

    review = Review.objects.get(slug=f"{ROWS}-statements")
    lead = review.lead
    collect_rarely()
    with (folder / NAME).open("rb") as file:
        brought = bring.bring(review, by=lead, file=File(file, NAME), name=NAME)
    started = time.perf_counter()
    reading.read(brought.pk)
    brought.refresh_from_db()
    applying.ask(brought, by=lead, version=brought.version)
    applying.apply(brought.pk)
    figures = {"seconds": time.perf_counter() - started, "peak": _peak()}
    applied = Import.objects.get(pk=brought.pk)
    if applied.state != ImportState.APPLIED or review.items.filter(status="awaiting").count() != ROWS:
        raise RuntimeError(f"Not all applied: {applied.state} {applied.problem}")
    undoing.undo(applied, by=lead)
    return figures


def reference(folder):
    """openpyxl as its manual reads a file, and one bulk write: of what the sheet may change, and of an event for each row."""
    import psycopg
    from openpyxl import load_workbook

    with psycopg.connect(os.environ["REFERENCE_DATABASE_URL"]) as database:
        columns = ", ".join(f'"{heading}" text' for heading in WRITTEN)
        database.execute(f"CREATE TEMP TABLE sheet (id text PRIMARY KEY, {columns})")
        database.execute(
            "CREATE TEMP TABLE event (id bigserial PRIMARY KEY, at timestamptz, who text, item text, after jsonb)"
        )
        database.commit()
        started = time.perf_counter()
        sheet = load_workbook(folder / NAME).active
        headings, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        places = [headings.index(name) for name in ("Id", *WRITTEN)]
        items = [[row[place] for place in places] for row in rows]
        events = [
            ("lead@example.com", item[0], json.dumps(dict(zip(WRITTEN, item[1:], strict=True)))) for item in items
        ]
        with database.cursor() as cursor:
            cursor.executemany(f"INSERT INTO sheet VALUES ({', '.join(['%s'] * len(items[0]))})", items)
            cursor.executemany("INSERT INTO event (at, who, item, after) VALUES (now(), %s, %s, %s)", events)
        database.commit()
        return {"seconds": time.perf_counter() - started, "peak": _peak()}


def _peak():
    """The largest resident size so far of this process or of a child it waited for, in megabytes."""
    used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(used) * 1024 / 1_000_000


if __name__ == "__main__":
    import django

    what, folder = sys.argv[1:]
    if what != "reference":
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
    print(json.dumps({"make": make, "product": product, "reference": reference}[what](Path(folder))))
