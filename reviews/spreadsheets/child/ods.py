"""How does a table become an OpenDocument spreadsheet that reads like its workbook?"""

import io
from datetime import date, datetime

from odf import config, dc, number, style, table, teletype, text
from odf.opendocument import OpenDocumentSpreadsheet
from openpyxl.utils import get_column_letter

ABOUT = "About"
MILLIMETRES = 2  # for a character
TEXT, HEAD, DAY, MOMENT = "words", "head", "day", "moment"


def written(rows):
    """The bytes of the file: the rows first, as a program that takes one sheet takes the first; then the cover."""
    book = OpenDocumentSpreadsheet()
    book.meta.addElement(dc.Creator(text="Countersign"))
    book.meta.addElement(dc.Title(text=rows.about[0][1]))
    _cell_styles(book)
    validations = _validations(book, rows)
    book.spreadsheet.addElement(_rows(book, rows, validations))
    book.spreadsheet.addElement(_cover(book, rows))
    _filter_buttons(book, rows)
    _freeze(book, rows.sheet)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _rows(book, rows, validations):
    sheet = table.Table(name=rows.sheet)
    for column in rows.columns:
        visibility = "collapse" if column.hidden else "visible"
        name = _column_style(book, column.width)
        sheet.addElement(table.TableColumn(stylename=name, visibility=visibility, defaultcellstylename=TEXT))
    sheet.addElement(_row(_cell(column.heading, HEAD) for column in rows.columns))
    for place, row in enumerate(rows.rows):
        cells = []
        for index, value in enumerate(row):
            rule = {"contentvalidationname": validations[index]} if index in validations else {}
            cells.append(_cell(value, address=rows.links.get((place, index), ""), **rule))
        sheet.addElement(_row(cells))
    return sheet


def _row(cells):
    row = table.TableRow()
    for cell in cells:
        row.addElement(cell)
    return row


def _cell(value, look=TEXT, address="", **attributes):
    if isinstance(value, datetime):
        given = {"valuetype": "date", "datevalue": value.isoformat(), "stylename": MOMENT}
    elif isinstance(value, date):
        given = {"valuetype": "date", "datevalue": value.isoformat(), "stylename": DAY}
    elif isinstance(value, str):
        given = ({"valuetype": "string"} if value else {}) | {"stylename": look}
    else:
        given = {"valuetype": "float", "value": str(value), "stylename": look}
    cell = table.TableCell(**given, **attributes)
    if value != "":
        _paragraphs(cell, value.isoformat(sep=" ") if isinstance(value, datetime) else str(value), address)
    return cell


def _paragraphs(cell, words, address):
    for line in words.split("\n"):
        paragraph = text.P()
        link = text.A(href=address, type="simple") if address else None
        teletype.addTextToElement(link or paragraph, line)
        if link:
            paragraph.addElement(link)
        cell.addElement(paragraph)


def _cover(book, rows):
    sheet = table.Table(name=ABOUT)
    for column in rows.cover:
        sheet.addElement(table.TableColumn(stylename=_column_style(book, column.width), defaultcellstylename=TEXT))
    for label, words in rows.about:
        sheet.addElement(_row([_cell(label, HEAD), _cell(words)]))
    return sheet


def _cell_styles(book):
    day, moment = number.DateStyle(name="iso-day"), number.DateStyle(name="iso-moment")
    for each in (day, moment):
        for part in (number.Year(style="long"), "-", number.Month(style="long"), "-", number.Day(style="long")):
            each.addElement(number.Text(text=part) if isinstance(part, str) else part)
    for part in (" ", number.Hours(style="long"), ":", number.Minutes(style="long"), ":", number.Seconds(style="long")):
        moment.addElement(number.Text(text=part) if isinstance(part, str) else part)
    for each in (day, moment):
        book.automaticstyles.addElement(each)
    for name, shown in (
        (TEXT, {}),
        (HEAD, {}),
        (DAY, {"datastylename": "iso-day"}),
        (MOMENT, {"datastylename": "iso-moment"}),
    ):
        look = style.Style(name=name, family="table-cell", parentstylename="Default", **shown)
        background = {"backgroundcolor": "#ddedea"} if name == HEAD else {}
        look.addElement(style.TableCellProperties(wrapoption="wrap", verticalalign="top", **background))
        if name == HEAD:
            look.addElement(style.TextProperties(fontweight="bold"))
        book.automaticstyles.addElement(look)


def _column_style(book, width):
    name = f"width-{width}"
    if not any(each.getAttribute("name") == name for each in book.automaticstyles.childNodes):
        look = style.Style(name=name, family="table-column")
        look.addElement(style.TableColumnProperties(columnwidth=f"{width * MILLIMETRES}mm"))
        book.automaticstyles.addElement(look)
    return name


def _validations(book, rows):
    """`{place of the column: name of its rule}` of the columns in which one chooses from a list."""
    found = {place: f"choices-{place}" for place, column in enumerate(rows.columns) if column.choices}
    if found:
        rules = table.ContentValidations()
        for place, name in found.items():
            choices = ";".join('"{}"'.format(each.replace('"', '""')) for each in rows.columns[place].choices)
            first = f"{rows.sheet}.{get_column_letter(place + 1)}2"
            condition = f"of:cell-content-is-in-list({choices})"
            rule = table.ContentValidation(
                name=name, condition=condition, basecelladdress=first, displaylist="unsorted"
            )
            rule.addElement(table.ErrorMessage(messagetype="warning", display="true"))
            rules.addElement(rule)
        book.spreadsheet.addElement(rules)
    return found


def _filter_buttons(book, rows):
    ranges = table.DatabaseRanges()
    last = f"{get_column_letter(len(rows.columns))}{len(rows.rows) + 1}"
    address = f"{rows.sheet}.A1:{rows.sheet}.{last}"
    ranges.addElement(table.DatabaseRange(name="rows", targetrangeaddress=address, displayfilterbuttons="true"))
    book.spreadsheet.addElement(ranges)


def _freeze(book, sheet):
    """The headings and the first column stay where they are."""
    view = config.ConfigItemMapEntry(name=sheet)
    for name, value in (("HorizontalSplitMode", 2), ("VerticalSplitMode", 2), ("HorizontalSplitPosition", 1),
                        ("VerticalSplitPosition", 1), ("PositionRight", 1), ("PositionBottom", 1)):  # fmt: skip
        kind = "short" if name.endswith("Mode") else "int"
        view.addElement(config.ConfigItem(name=name, type=kind, text=str(value)))
    tables, entry = config.ConfigItemMapNamed(name="Tables"), config.ConfigItemMapEntry()
    tables.addElement(view)
    entry.addElement(config.ConfigItem(name="ActiveTable", type="string", text=sheet))
    entry.addElement(tables)
    views, settings = config.ConfigItemMapIndexed(name="Views"), config.ConfigItemSet(name="ooo:view-settings")
    views.addElement(entry)
    settings.addElement(views)
    book.settings.addElement(settings)
