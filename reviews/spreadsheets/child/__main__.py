"""What does something look like as a file of an office program? The child process of `reviews.spreadsheets.office`.

A folder that Python runs as a program of its own; it imports neither Django nor anything of ours outside this folder.
Standard input holds the name of a module here and what it shall write, by `pickle`; standard output gets the file.
"""

import pickle
import sys
from importlib import import_module

if __name__ == "__main__":
    kind, job = pickle.load(sys.stdin.buffer)  # noqa: S301 - our parent wrote it
    sys.stdout.buffer.write(import_module(kind).written(job))
