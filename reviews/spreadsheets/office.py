"""Where are the files of office programs written? In a process of its own, with which memory and seconds end.

What writes them is large, and for the rows of a long register takes seconds and a hundred megabytes.
"""

import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from accounts.permissions import Refused

CHILD = [sys.executable, "-I", "-X", "utf8", str(Path(__file__).with_name("child"))]
WITHIN = 55  # seconds, below the web server's own patience; the most rows of one file take a fifth of it


def written(kind, **job):
    """The bytes that the module `kind` of the child makes of the job: plain values alone. Raises Refused after WITHIN.

    The child is told none of our settings. What it leaves when it is ended goes with its folder.
    """
    said = pickle.dumps((kind, SimpleNamespace(**job)))
    with tempfile.TemporaryDirectory(prefix="countersign-office-") as folder:
        try:
            return subprocess.run(
                CHILD, input=said, stdout=subprocess.PIPE, env={"TMPDIR": folder}, timeout=WITHIN, check=True
            ).stdout
        except subprocess.TimeoutExpired:
            raise Refused("Writing the file took too long. Try again in a while, or filter and take several.") from None
