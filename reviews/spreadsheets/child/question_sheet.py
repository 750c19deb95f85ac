"""How does a vendor get questions as a workbook to fill in?"""

import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

WRAPPED = Alignment(vertical="top", wrap_text=True)


def written(questions):
    """The bytes of an XLSX file. No cell computes anything, whatever its text begins with. The last column is hidden."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Questions"
    sheet.append([name for name, _ in questions.columns])
    for row, values in enumerate(questions.rows, start=2):
        for column, value in enumerate(values, start=1):
            _write(sheet.cell(row, column), value)
        sheet.cell(row, questions.days).number_format = "yyyy-mm-dd"
    for column, (_, width) in enumerate(questions.columns, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        head = sheet.cell(1, column)
        head.font, head.fill, head.alignment = Font(bold=True), PatternFill("solid", fgColor="DDEDEA"), WRAPPED
    sheet.column_dimensions[get_column_letter(len(questions.columns))].hidden = True
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write(cell, value):
    cell.alignment = WRAPPED
    if value == "":
        return
    cell.value = value
    if isinstance(value, str):
        # “=1+1” stays a text here and, by the quote before it, when somebody edits the cell.
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in {"=", "+", "-", "@"}
