"""Which files of the front-end packages do pages and dossiers use?

``python -m config.frontend`` copies them from node_modules into ``var/build``
and composes the icons named in ``static/icons.txt`` into one sprite. Both are
third-party work, so neither is committed. Standard library only: set-up runs
this before anything else is known to work.
"""

import re
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
NODE_MODULES = BASE_DIR / "node_modules"
BUILD = BASE_DIR / "var" / "build"
ICON_NAMES = BASE_DIR / "static" / "icons.txt"

INTER = ("Regular", "Italic", "Medium", "SemiBold", "Bold")
FILES = {
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
    "vendor/idiomorph-ext.min.js": "idiomorph/dist/idiomorph-ext.min.js",
    # Variable fonts for the browser, full single ones for the PDF.
    "vendor/InterVariable.woff2": "inter-ui/variable/InterVariable.woff2",
    "vendor/InterVariable-Italic.woff2": "inter-ui/variable/InterVariable-Italic.woff2",
    **{f"vendor/Inter-{style}.woff2": f"inter-ui/web/Inter-{style}.woff2" for style in INTER},
}
SOURCE_MAP = re.compile(rb"\s*(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
# Tabler's invisible square that fixes an icon's size; a symbol has its viewBox for that.
INVISIBLE_PATH = re.compile(r'\s*<path stroke="none"[^>]*/>')
SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


def build() -> None:
    """Write every file and the sprite. Exits with a sentence when a package or an icon is missing."""
    for target, source in FILES.items():
        content = _read(NODE_MODULES / source)
        if target.endswith((".css", ".js")):
            # The maps are not served, and the manifest refuses names it does not know.
            content = SOURCE_MAP.sub(b"\n", content)
        _write(BUILD / target, content)
    _write(BUILD / "icons.svg", sprite(icon_names(ICON_NAMES.read_text())).encode())


def icon_names(listing: str) -> list[str]:
    """Return the names in ``listing``: one a line, ``#`` starts a comment."""
    lines = (line.partition("#")[0].strip() for line in listing.splitlines())
    return sorted({line for line in lines if line})


def sprite(names: list[str]) -> str:
    """Return one SVG with a ``<symbol>`` for each of Tabler's outline icons in ``names``."""
    symbols = "".join(f'<symbol id="{name}" viewBox="0 0 24 24">{_drawing(name)}</symbol>\n' for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'


def _drawing(name: str) -> str:
    svg = _read(NODE_MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").decode()
    body = SVG_BODY.search(svg)
    assert body, name
    return " ".join(INVISIBLE_PATH.sub("", body[1]).split())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        sys.exit(f"{path.relative_to(BASE_DIR)} is missing: run `npm ci`, or correct its name in static/icons.txt.")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


if __name__ == "__main__":
    build()
