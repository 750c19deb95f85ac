"""How does HTML become a PDF, with nothing but our own assets in reach?

The child process of `dossiers.render`, started as a script of its own: it imports WeasyPrint and neither Django nor
anything of ours, and no secret is in its environment. Arguments: the folder of the job. In it lie

    job.json        {assets: {name: path}, seconds, cpu_seconds, memory_bytes, file_bytes, taken_at, expected_pages}
    dossier.html    the page, with addresses of the form `asset:name` and no others
    manifest.json   attached to the PDF as it is, if it is there

and into it go `dossier.pdf`, `progress` ("percent step in words", for the page) and `result.json`.
"""

import ctypes
import json
import logging
import re
import resource
import signal
import sys
from datetime import datetime
from pathlib import Path

OUT_OF_MEMORY, REFUSED_ADDRESS = 71, 72
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
MOST_NUMBERS = 20

CONTENT_TYPES = {".css": "text/css", ".woff2": "font/woff2"}


def main(folder):
    job = json.loads((folder / "job.json").read_text())
    _limit(job)
    # Only now: what is imported here already runs under the limits.
    from weasyprint.urls import FatalURLFetchingError

    progress = Progress(folder / "progress", job["expected_pages"])
    try:
        pages, unprintable = _write(folder, job, progress)
    except MemoryError:
        return OUT_OF_MEMORY
    except FatalURLFetchingError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return REFUSED_ADDRESS
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result = {
        "pages": pages,
        "unprintable": unprintable,
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "memory_mb": usage.ru_maxrss // 1024,
    }
    (folder / "result.json").write_text(json.dumps(result))
    return 0


def _limit(job):
    """Hold this process to its memory, processor seconds and file size, and let it end with its parent.

    Where the kernel cannot tell of the parent's end, the alarm ends it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for kind, value in (
        (resource.RLIMIT_AS, job["memory_bytes"]),
        (resource.RLIMIT_CPU, job["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, job["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    signal.alarm(job["seconds"] + 5)


def _write(folder, job, progress):
    """Write the PDF; return its number of pages and the characters no font here can draw.

    Such a character would be an empty box. When there is one, everything is laid out again with each of them
    written as its number, so that the reader sees that something stands there, and what.
    """
    html = (folder / "dossier.html").read_text(encoding="utf-8")
    missing = MissingGlyphs()
    logging.getLogger("weasyprint").addHandler(missing)
    pages = _render(html, folder, job, progress)
    unprintable = sorted(missing.found)
    if unprintable:
        pages = _render(_numbered(html, unprintable), folder, job, progress)
    return pages, [f"U+{ord(character):04X}" for character in unprintable]


def _numbered(html, unprintable):
    """Write these characters as numbers; of a long run only the first few, or a page of them would become ten."""
    one = f"[{re.escape(''.join(unprintable))}]"
    return re.sub(rf"{one}(?:{one}|[\u200c\u200d\ufe0e\ufe0f])*", _numbers, html)


def _numbers(run):
    shown = "".join(f"‹U+{ord(character):04X}›" for character in run[0][:MOST_NUMBERS])
    left = len(run[0]) - MOST_NUMBERS
    return f"{shown} (and {left} more that no font here can draw)" if left > 0 else shown


def _render(html, folder, job, progress):
    from weasyprint import HTML

    fetcher = _own_assets(job["assets"])
    logger = logging.getLogger("weasyprint.progress")
    logger.setLevel(logging.INFO)
    logger.addHandler(progress)
    document = HTML(string=html, url_fetcher=fetcher).render(pdf_variant="pdf/a-3a")
    manifest = folder / "manifest.json"
    document.metadata.attachments = [_attached(manifest, job["taken_at"])] if manifest.exists() else []
    document.write_pdf(folder / "dossier.pdf", pdf_variant="pdf/a-3a")
    logger.removeHandler(progress)
    return len(document.pages)


def _attached(manifest, taken_at):
    from weasyprint import Attachment

    at = datetime.fromisoformat(taken_at)
    return Attachment(
        string=manifest.read_bytes(),
        name="manifest.json",
        description="Every state, signature and evidence hash of this dossier, for machines",
        relationship="Supplement",
        created=at,
        modified=at,
    )


def _own_assets(table):
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnAssets(URLFetcher):
        """Serves the files of the table under `asset:name`. Any other address stops the rendering."""

        def __init__(self):
            super().__init__(allowed_protocols=frozenset(), allow_redirects=False, fail_on_errors=True)

        def fetch(self, url, headers=None):
            scheme, _, name = url.partition(":")
            if scheme != "asset" or name not in table:
                raise ValueError("not one of our own assets")
            path = Path(table[name])
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": CONTENT_TYPES[path.suffix]})

    return OwnAssets()


class MissingGlyphs(logging.Handler):
    """Collects the characters WeasyPrint warns about because no font can draw them."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.found = set()

    def emit(self, record):
        match = re.search(r"\(U\+([0-9A-F]{4,6})\)", record.getMessage())
        if match and int(match[1], 16) > 0x7F:  # markup is ASCII and is never rewritten
            self.found.add(chr(int(match[1], 16)))


class Progress(logging.Handler):
    """Writes what WeasyPrint says it does as percent and words, never going backwards."""

    def __init__(self, path, expected_pages):
        super().__init__(logging.INFO)
        self.path, self.expected, self.percent = path, max(expected_pages, 1), 0

    def emit(self, record):
        message = record.getMessage()
        if match := re.search(r"Creating layout - Page (\d+)", message):
            page = int(match[1])
            self._tell(20 + round(55 * min(page / self.expected, 1)), f"Laying out page {page}")
        elif "Creating PDF" in message:
            self._tell(80, "Writing the PDF")
        elif "PDF metadata" in message:
            self._tell(92, "Writing the PDF")

    def _tell(self, percent, step):
        self.percent = max(self.percent, percent)
        new = self.path.with_suffix(".new")
        new.write_text(f"{self.percent} {step}")
        new.replace(self.path)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
