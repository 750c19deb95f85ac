"""How much may one file hold that is read? For lists of up to 20,000 rows; measured in decision 30."""

BYTES = 20_000_000
UNPACKED_BYTES = 120_000_000
RESULT_BYTES = 100_000_000
SHEETS = 100
ROWS = 25_000  # in all sheets together, as CELLS are
COLUMNS = 256
CELLS = 700_000
CHARACTERS = 100_000  # in one cell; no spreadsheet program keeps as many
PASTED_CHARACTERS = 2_000_000
PROCESSOR_SECONDS = 20
WALL_SECONDS = 60
MEMORY_BYTES = 700_000_000


def of_a_job() -> dict[str, int]:
    """What the child process is told."""
    return {
        "processor_seconds": PROCESSOR_SECONDS,
        "memory_bytes": MEMORY_BYTES,
        "unpacked": UNPACKED_BYTES,
        "result_bytes": RESULT_BYTES,
        "sheets": SHEETS,
        "rows": ROWS,
        "columns": COLUMNS,
        "cells": CELLS,
        "characters": CHARACTERS,
    }
