"""How does a vendor get questions as a document, each with a place for its answer?"""

import io

from docx import Document


def written(questions):
    """The bytes of a DOCX file."""
    document = Document()
    document.core_properties.author = ""
    document.add_heading(questions.title, level=0)
    document.add_paragraph(questions.opening)
    for title, rows in questions.tables:
        document.add_heading(title, level=2)
        table = document.add_table(rows=0, cols=2, style="Table Grid")
        for name, text in rows:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = name, text
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
