"""What does a table look like as a file of an office program? The child process of `reviews.spreadsheets`.

A folder that Python runs as a program of its own; it imports neither Django nor anything of ours outside this folder.
Standard input holds what is to be written, by `pickle`; standard output gets the file.
"""

import pickle
import sys
from importlib import import_module
from types import SimpleNamespace

COVER = [SimpleNamespace(width=24, hidden=False), SimpleNamespace(width=90, hidden=False)]


def main():
    job = pickle.load(sys.stdin.buffer)  # noqa: S301 - our parent wrote it
    columns = [SimpleNamespace(**column) for column in job.pop("columns")]
    table = SimpleNamespace(**job, columns=columns, cover=COVER)
    sys.stdout.buffer.write(import_module(table.kind).written(table))


if __name__ == "__main__":
    main()
