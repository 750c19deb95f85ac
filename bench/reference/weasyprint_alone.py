"""What does WeasyPrint cost by itself? Lays out `dossier.html` of a folder as the product's child does, and no more."""

import json
import sys
from pathlib import Path

from weasyprint import HTML
from weasyprint.urls import URLFetcher, URLFetcherResponse

TYPES = {".css": "text/css", ".woff2": "font/woff2"}


class Assets(URLFetcher):
    def __init__(self, paths):
        super().__init__()
        self.paths = paths

    def fetch(self, url, headers=None):
        path = Path(self.paths[url.removeprefix("asset:")])
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": TYPES[path.suffix]})


def main(folder):
    fetcher = Assets(json.loads((folder / "assets.json").read_text()))
    html = HTML(string=(folder / "dossier.html").read_text(encoding="utf-8"), url_fetcher=fetcher)
    html.write_pdf(folder / "dossier.pdf", pdf_variant="pdf/a-3a")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
