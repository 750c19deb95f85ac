"""What would a sheet do to the review, row by row?

Rows that are not there mean nothing: part of a review may be brought. A row is refused with its place and a sentence,
never left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress

from django.db.models import prefetch_related_objects

from reviews import sheet_rows
from reviews.choices import MatchedBy, RowOutcome, Status
from reviews.imports import changes, lines, links, matching, people, values
from reviews.imports.lines import Layout, Line
from reviews.models import Import, ImportRow
from reviews.querysets import people as assigned
from reviews.sheet_columns import marks, plain
from reviews.sheets import Workbook

AT_ONCE = 500  # rows between two signs of life


class Plan:
    """The rows of an import as they would be applied, not yet stored, and whom its names mean.

    `chosen` is {position of a row: id of the item a person chose for it}.
    """

    def __init__(self, source: Import, book: Workbook, chosen: dict[int, int]):
        self.source, self.review = source, source.review
        columns = {int(column): name for column, name in source.columns.items()}
        self.layout = Layout(book.sheets[source.sheet or 0], source.heading_row, columns)
        self.items = self._items()
        known = [_known(item) for item in self.items.values()]
        self.statements = matching.Statements(known, self.review.slug)
        self.lines = lines.of(self.layout, self.statements.category)
        self.matches = self._matches(chosen)
        self.directory = people.directory(self.review, source.people)

    def _items(self):
        prefetch_related_objects([self.review], assigned("assignments"))
        items = list(self.review.items.select_related("statement__category", "owner").without_guidance().with_ground())
        for item in items:
            item.review = self.review  # one object with its assignments and its vendor, for all
        return {item.pk: item for item in items}

    def _matches(self, chosen):
        by_number = {line.number: index for index, line in enumerate(self.lines)}
        chosen = {
            by_number[number]: item for number, item in chosen.items() if number in by_number and item in self.items
        }
        return matching.match([line.asked for line in self.lines], self.statements, chosen)

    def _wrong_links(self):
        addresses = set()
        for line in self.lines:
            with suppress(values.Unclear):  # said of its cell
                addresses |= {each.url for each in line.linked[0]}
        return links.problems(self.review.vendor, sorted(addresses))

    def rows(self, progress: Callable[[int], None] = lambda done: None) -> Iterator[ImportRow]:
        """Each row in the order of the sheet; `progress(rows done)` is called now and then."""
        here = sheet_rows.taken(self.items.values(), user=self.source.created_by)
        order = values.order_of(self.layout.column("due_on"))
        context = changes.Context(self.review, self.source.created_by, self.directory, order, self._wrong_links())
        repeated = _repeated(self.lines, self.matches)
        for done, (line, match) in enumerate(zip(self.lines, self.matches, strict=True), start=1):
            row = ImportRow(
                source=self.source,
                position=line.number,
                place=line.place()[:150],
                words=line.words(),
                item=self.items.get(match.item),
                matched_by=match.by,
                confidence=match.confidence,
            )
            if match.item is None:
                formula = line.formula_in("id", "number", "item", "position")
                _refuse(row, values.FORMULA if formula else match.problem, line.place(formula or match.place_of))
            elif line.number in repeated:
                _say_of_repeated(row, *repeated[line.number])
            else:
                base = marks(line.text("version")) if match.by == MatchedBy.ID else {}
                row.cells = changes.of(line, row.item, here[row.item.pk], base, context)
                _judge(row, match)
            yield row
            if not done % AT_ONCE:
                progress(done)


def missing(source: Import):
    """The items of the review of which no row of the sheet speaks: nothing happens to them."""
    spoken_of = source.rows.filter(item__isnull=False).values("item")
    return source.review.items.exclude(pk__in=spoken_of)


def candidates(row: ImportRow, items) -> list:
    """`[(item, per cent)]`: which of the items (with their statements) the row's words may speak of, best first."""
    by_pk = {item.pk: item for item in items}
    statements = matching.Statements([_known(item) for item in by_pk.values()])
    return [(by_pk[known.pk], score) for known, score in statements.alike(row.words)]


def _known(item):
    statement = item.statement
    return matching.Known(item.pk, statement.number, statement.category.name, statement.position, statement.text)


def _repeated(found: list[Line], matches) -> dict[int, tuple[Line, bool]]:
    """`{number of a row: (another row of the same item, whether it says the same)}`; the first of equals is not among them."""
    by_item = defaultdict(list)
    for line, match in zip(found, matches, strict=True):
        if match.item is not None:
            by_item[match.item].append(line)
    repeated = {}
    for same in by_item.values():
        if len(same) > 1:
            alike = all(_comparable(line) == _comparable(same[0]) for line in same[1:])
            for line in same[alike:]:
                repeated[line.number] = (same[0] if line is not same[0] else same[1], alike)
    return repeated


def _comparable(line):
    return [plain(values.cells.text(cell)) for cell in line.row if cell not in (None, "")]


def _refuse(row, problem, place):
    row.outcome, row.taken = RowOutcome.REFUSED, False
    row.problem = f"{place}: {problem}"


def _say_of_repeated(row, other, is_alike):
    if is_alike:
        row.outcome, row.taken = RowOutcome.UNCHANGED, False
        row.problem = f"Says the same as {other.place()}, and counts once."
    else:
        _refuse(
            row, f"Statement {row.item.number} stands in {other.place()} too, and the two differ. Keep one.", row.place
        )


def _judge(row, match):
    """Say of a row with its cells what it is, and whether it is taken unless somebody says otherwise."""
    possible = [cell for cell in row.cells if not cell["problem"]]
    row.taken = bool(possible) and match.confidence >= matching.UNSURE
    if row.cells and match.remark:
        row.cells[0]["remark"] = f"{match.remark} {row.cells[0]['remark']}".strip()
    if not row.cells:
        row.outcome = RowOutcome.UNCHANGED
    elif not possible:
        row.outcome = RowOutcome.REFUSED
        row.problem = " ".join(f"{cell['place']}: {cell['problem']}" for cell in row.cells)
    elif any(cell["conflict"] for cell in possible):
        row.outcome = RowOutcome.CONFLICTING
    else:
        row.outcome = RowOutcome.NEW if _is_blank(row.item) else RowOutcome.CHANGED


def _is_blank(item):
    """Whether nothing was recorded of it yet."""
    said = item.finding or item.reason or item.asked or item.notes
    return item.status == Status.NOT_STARTED and not said and not item.citations.all()
