"""What stands in one file? The child process of `reviews.sheets`: a folder that Python runs as a program of its own.

It imports neither Django nor anything of ours outside this folder. Argument: the folder of the job, in which lie
`job.json` (see `reviews.sheets._job`) and `book`, and into which goes `result.json`: the sheets, or why not.
"""

import ctypes
import json
import resource
import signal
import sys
from importlib import import_module
from pathlib import Path

from tables import Refusal, Tables

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main(folder):
    job = json.loads((folder / "job.json").read_text())
    _limit(job)
    (folder / "result.json").write_text(json.dumps(_result(folder / "book", job)))


def _result(path, job):
    tables = Tables(job)
    try:
        # Only now: what is imported here already runs under the limits.
        import_module(job["reader"]).read(path, tables)
        return tables.result()
    except Refusal as refusal:
        place = tables.place() if "row" in refusal.details else {}
        return {"refused": refusal.code, **place, **refusal.details}
    except MemoryError:
        return {"refused": "memory"}
    except Exception:
        # Whatever a parser raises over a broken file: it cannot be read.
        return {"refused": "damaged", **tables.place()}


def _limit(job):
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for kind, value in (
        (resource.RLIMIT_AS, job["memory_bytes"]),
        (resource.RLIMIT_CPU, job["processor_seconds"]),
        (resource.RLIMIT_FSIZE, job["result_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
