"""What do the tables of a DOCX hold? Each is a sheet of texts."""

import zipfile

import archive
from docx import Document


def read(path, tables):
    with zipfile.ZipFile(path) as packed:
        archive.check(packed, tables)
    with path.open("rb") as file:
        for number, found in enumerate(Document(file).tables, start=1):
            table = tables.sheet(f"table {number}")
            for at, row in enumerate(found.rows, start=1):
                table.row(at, [cell.text for cell in row.cells])
