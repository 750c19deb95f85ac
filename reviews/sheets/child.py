"""What do the sheets of one workbook hold, or the tables of one document? The child process of `reviews.sheets`, a script
of its own.

It imports openpyxl or python-docx and neither Django nor anything of ours. Argument: the folder of the job, in which lie
`job.json` ({document, processor_seconds, memory_bytes, unpacked, rows, cells}) and `book`, and into which goes `result.json`.
"""

import ctypes
import datetime
import json
import resource
import signal
import sys
import zipfile
from pathlib import Path

DAMAGED, OUT_OF_MEMORY, UNPACKS_TOO_LARGE, TOO_MANY_ROWS, TOO_MANY_CELLS = 70, 71, 72, 73, 74
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


class TooMuch(Exception):
    """A limit is passed; its status."""


def main(folder):
    job = json.loads((folder / "job.json").read_text())
    _limit(job)
    try:
        if _unpacked(folder / "book") > job["unpacked"]:
            return UNPACKS_TOO_LARGE
        # The child's name for the file is no sign of its kind: it is opened as what its content was found to be.
        with (folder / "book").open("rb") as file:
            result = _collected(_tables(file) if job["document"] else _sheets(file), job)
        (folder / "result.json").write_text(json.dumps(result))
    except MemoryError:
        return OUT_OF_MEMORY
    except TooMuch as limit:
        return limit.args[0]
    except Exception:
        # Whatever a parser raises over a broken file: it cannot be read.
        return DAMAGED
    return 0


def _limit(job):
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for kind, value in (
        (resource.RLIMIT_AS, job["memory_bytes"]),
        (resource.RLIMIT_CPU, job["processor_seconds"]),
        (resource.RLIMIT_FSIZE, job["unpacked"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def _unpacked(path):
    """Bytes as the archive declares them; a reader gets no more than that out of it."""
    with zipfile.ZipFile(path) as archive:
        return sum(member.file_size for member in archive.infolist())


def _collected(sheets, job):
    """The sheets with their rows, as far as the limits allow."""
    result, count, cells = [], 0, 0
    for name, rows in sheets:
        found = []
        for row in rows:
            count += 1
            cells += len(row)
            if count > job["rows"]:
                raise TooMuch(TOO_MANY_ROWS)
            if cells > job["cells"]:
                raise TooMuch(TOO_MANY_CELLS)
            found.append(row)
        while found and all(value is None for value in found[-1]):
            found.pop()
        result.append({"name": name, "rows": found})
    return result


def _sheets(file):
    # Only now: what is imported here already runs under the limits.
    from openpyxl import load_workbook

    for sheet in load_workbook(file, read_only=True, keep_links=False).worksheets:
        # What a sheet says of its size may be wrong, or huge.
        sheet.reset_dimensions()
        hidden = "" if sheet.sheet_state == "visible" else " (hidden)"
        yield f"{sheet.title}{hidden}", ([_value(cell) for cell in row] for row in sheet.iter_rows())


def _tables(file):
    from docx import Document

    for number, table in enumerate(Document(file).tables, start=1):
        yield f"table {number}", ([cell.text or None for cell in row.cells] for row in table.rows)


def _value(cell):
    value = cell.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if cell.data_type == "f":
        return {"formula": str(value)[:200]}
    if isinstance(value, datetime.date):
        return {"day": (value.date() if isinstance(value, datetime.datetime) else value).isoformat()}
    # Excel writes a carriage return in a cell as this.
    return str(value).replace("_x000D_\n", "\n").replace("_x000D_", "\n")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
