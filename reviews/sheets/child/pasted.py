"""What does a pasted table hold?"""

import delimited


def read(path, tables):
    delimited.tell(path.read_text(), tables.sheet("Pasted table"), tables)
