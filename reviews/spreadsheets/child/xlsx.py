"""How does a table become a workbook of Excel that is pleasant to read and to work in?"""

import io
import math
import re
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

ABOUT, LISTS = "About", "Lists"
LONGEST_LINK = 2_000  # characters; Excel calls a workbook with a longer one damaged
LINE, HIGHEST = 15, 409  # points
PAGE = 230  # characters that fit side by side on a printed page and can still be read
WRAPPED = Alignment(vertical="top", wrap_text=True)
HEAD = PatternFill("solid", fgColor="DDEDEA")
# Excel reads _x0041_ in a text as the letter A.
_CODE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def written(table):
    """The bytes of the workbook: the rows first, as a program that takes one sheet takes the first; then the cover."""
    book = Workbook(write_only=True)
    book.properties.creator = "Countersign"
    book.properties.title = table.about[0][1]
    _rows(book.create_sheet(table.sheet), table)
    _cover(book.create_sheet(ABOUT), table)
    _lists(book, table)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _rows(sheet, table):
    for place, column in enumerate(table.columns, start=1):
        dimension = sheet.column_dimensions[get_column_letter(place)]
        dimension.width, dimension.hidden = column.width, column.hidden
    sheet.freeze_panes = "B2"
    _printed(sheet, [column.width for column in table.columns if not column.hidden])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table.rows) + 1}"
    sheet.append([_heading(sheet, column.heading, table) for column in table.columns])
    left = table.most_links
    for number, row in enumerate(table.rows):
        cells = [_cell(sheet, value, table) for value in row]
        for place in range(len(row)):
            address = table.links.get((number, place), "")
            if address and left and len(address) <= LONGEST_LINK:
                cells[place].hyperlink = address
                cells[place].font = Font(name="Calibri", color="0F766E", underline="single")
                left -= 1
        sheet.row_dimensions[number + 2] = _Fitted(sheet, index=number + 2, ht=_height(table.columns, row))
        sheet.append(cells)


def _printed(sheet, widths):
    """On as many pages side by side as can be read, each with the headings and the first column."""
    sheet.page_setup.paperSize, sheet.page_setup.orientation = Worksheet.PAPERSIZE_A4, "landscape"
    first = widths[0]
    sheet.page_setup.fitToWidth = max(1, math.ceil((sum(widths) - first) / max(PAGE - first, 1)))
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:A"
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P of &N"
    sheet.print_options.gridLines = True


class _Fitted(RowDimension):
    """A row with a height that is not fixed: programs that measure rows on opening show theirs, the others ours."""

    @property
    def customHeight(self):  # noqa: N802
        return False


def _height(columns, row):
    """In points: of as many lines as the row's longest cell takes in its column."""
    texts = (
        (column.width, value)
        for column, value in zip(columns, row, strict=True)
        if isinstance(value, str) and not column.hidden
    )
    lines = (sum(-(-len(line) // width) or 1 for line in value.split("\n")) for width, value in texts)
    return min(LINE * max(lines, default=1), HIGHEST)


def _heading(sheet, words, table):
    cell = _cell(sheet, words, table)
    cell.font, cell.fill = Font(name="Calibri", bold=True), HEAD
    return cell


def _cell(sheet, value, table):
    cell = WriteOnlyCell(sheet)
    cell.alignment = WRAPPED
    if isinstance(value, str):
        if value:
            cell.value = _CODE.sub("_x005F_", value)
            # A text whatever it looks like; and by the quote before it still one when somebody edits the cell.
            cell.data_type = "s"
            cell.quotePrefix = value in table.risky
        return cell
    cell.value = value
    if isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _cover(sheet, table):
    for letter, column in zip("AB", table.cover, strict=True):
        sheet.column_dimensions[letter].width = column.width
    sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = Worksheet.PAPERSIZE_A4, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for number, (label, words) in enumerate(table.about, start=1):
        sheet.row_dimensions[number] = _Fitted(sheet, index=number, ht=_height(table.cover, (label, words)))
        sheet.append([_heading(sheet, label, table), _cell(sheet, words, table)])


def _lists(book, table):
    """What may stand in a column, on a hidden sheet: within the rule itself a list has room for 255 characters."""
    columns = [(place, column) for place, column in enumerate(table.columns, start=1) if column.choices]
    if not columns or not table.rows:
        return
    lists, rows = book.create_sheet(LISTS), book[table.sheet]
    lists.sheet_state = "hidden"
    for number in range(max(len(column.choices) for _, column in columns)):
        lists.append(
            [
                _cell(lists, column.choices[number] if number < len(column.choices) else "", table)
                for _, column in columns
            ]
        )
    for list_place, (place, column) in enumerate(columns, start=1):
        letter, last = get_column_letter(list_place), len(column.choices)
        rule = DataValidation(
            "list", formula1=f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${last}", allow_blank=True
        )
        rule.errorTitle, rule.error = column.heading, "Please choose one of the list."
        rule.errorStyle, rule.showErrorMessage = "warning", True
        letter = get_column_letter(place)
        rule.add(f"{letter}2:{letter}{len(table.rows) + 1}")
        rows.data_validations.append(rule)
