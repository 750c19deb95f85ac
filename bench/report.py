"""What do the figures say, beside what is to be reached? As Markdown, for the terminal and for docs/benchmark.md."""

import os
import platform
import re
import statistics
from datetime import UTC, datetime
from pathlib import Path

from bench.operations import OPERATIONS
from bench.processes import ROOT

PAGE = ROOT / "docs" / "benchmark.md"
START, END = "<!-- measured: written by make bench -->", "<!-- end of what make bench writes -->"
RENDERING_RATIO, IMPORTING_RATIO, GROWTH = 1.3, 3, 4 / 3
WEB_MB, CHILD_MB, IMPORT_MB, FIRST_PAGE, MIGRATIONS = 130, 250, 350, 2.0, 10.0


def report(figures, migrations, minutes):
    """The whole report; `figures` are those of `bench.measure`, from the smallest number of reviews to the largest."""
    most = figures[-1]
    parts = [
        f"Measured on {datetime.now(UTC):%-d %B %Y} in {minutes:.0f} minutes, on {_machine()}.",
        f"### One client, {most['reviews']:,} reviews",
        _one(most),
        f"### Eight clients at once, {most['reviews']:,} reviews",
        _eight(most),
        "### From few reviews to many",
        _growth(figures),
        "### Processes",
        _processes(figures, migrations),
    ]
    return "\n\n".join(parts) + "\n"


def write(text):
    """Put the report between its two marks; what is written by hand around them stays."""
    page = PAGE.read_text()
    PAGE.write_text(re.sub(f"{START}.*{END}", lambda _: f"{START}\n\n{text}\n{END}", page, flags=re.DOTALL))


def _one(figures):
    rows = [
        [
            "",
            "Countersign",
            "95 %",
            "by hand",
            "95 %",
            "ratio",
            "to reach",
            "queries",
            "at most",
            "CPU",
            "by hand",
            "ratio",
            "page",
        ]
    ]
    for operation in OPERATIONS:
        product, reference = (figures["operations"][operation.key][side] for side in ("product", "reference"))
        one, other = product["one"], reference["one"]
        ratio, queries = one["median"] / other["median"], figures["queries"][operation.key]
        rows.append(
            [
                operation.name,
                _ms(one["median"]),
                _ms(one["p95"]),
                _ms(other["median"]),
                _ms(other["p95"]),
                f"{ratio:.1f}",
                _judged(ratio, operation.ratio),
                str(queries),
                _judged(queries, operation.queries),
                _ms(_cpu(product)),
                _ms(_cpu(reference)),
                f"{_cpu(product) / _cpu(reference):.1f}",
                f"{one['size'] / 1000:.0f} kB" if one["size"] else "",
            ]
        )
    rendering, importing = figures["rendering"], figures["importing"]
    name = f"Render a dossier ({rendering['pages']} pages) against WeasyPrint alone"
    rows.append(_alone(name, rendering, RENDERING_RATIO, len(rows[0])))
    name = "Import a sheet of 5,000 rows against openpyxl and one bulk write"
    rows.append(_alone(name, importing, IMPORTING_RATIO, len(rows[0])))
    return _table(rows)


def _cpu(side):
    """Processor seconds a request, of the web server and the database together."""
    return side["web_cpu"] + side["database_cpu"]


def _alone(name, seconds, limit, width):
    """The row of what a worker does, against what the same costs alone."""
    product, reference = (statistics.median(seconds[side]) for side in ("product", "reference"))
    ratio = product / reference
    most = [_ms(max(seconds[side])) for side in ("product", "reference")]
    row = [name, _ms(product), most[0], _ms(reference), most[1], f"{ratio:.2f}", _judged(ratio, limit)]
    return row + [""] * (width - len(row))


def _eight(figures):
    rows = [["", "Countersign", "95 %", "requests/s", "by hand", "95 %", "requests/s", "ratio", "the clients' own CPU"]]
    for operation in OPERATIONS:
        sides = figures["operations"][operation.key]
        if "eight" not in sides["product"]:
            continue
        product, reference = sides["product"]["eight"], sides["reference"]["eight"]
        rows.append(
            [
                operation.name,
                *(_ms(product["median"]), _ms(product["p95"]), f"{product['per_second']:.0f}"),
                *(_ms(reference["median"]), _ms(reference["p95"]), f"{reference['per_second']:.0f}"),
                f"{product['median'] / reference['median']:.1f}",
                f"{100 * product['client_cpu']:.0f} %, {100 * reference['client_cpu']:.0f} %",
            ]
        )
    return _table(rows)


def _growth(figures):
    sizes = [each["reviews"] for each in figures]
    rows = [["One client, median", *(f"{size:,}" for size in sizes), "growth", "at most", "CPU", "by hand"]]
    for operation in OPERATIONS:
        medians = {
            side: [each["operations"][operation.key][side]["one"]["median"] for each in figures]
            for side in ("product", "reference")
        }
        first = next((place for place, size in enumerate(sizes) if size >= operation.full_from), 0)
        growth, by_hand = (medians[side][-1] / medians[side][first] for side in ("product", "reference"))
        allowed = "" if operation.may_grow else _judged(round(growth, 2), round(GROWTH, 2))
        cpu = [_cpu(each["operations"][operation.key]["product"]) for each in figures]
        growths = [f"× {growth:.2f}", allowed, f"× {cpu[-1] / cpu[first]:.2f}", f"× {by_hand:.2f}"]
        row = [operation.name, *map(_ms, medians["product"]), *growths]
        rows.append(row)
    return _table(rows)


def _processes(figures, migrations):
    most = figures[-1]
    web, child = most["memory"], most["rendering"]
    first = statistics.median(each["cold_start"]["product"] for each in figures)
    first_by_hand = statistics.median(each["cold_start"]["reference"] for each in figures)
    migrated = statistics.median(migrations)
    rows = [
        ["", "Countersign", "to reach", "by hand"],
        [
            "Web process after all of the above, resident",
            _mb(web["product"]["rss"]),
            _judged(web["product"]["rss"], WEB_MB),
            _mb(web["reference"]["rss"]),
        ],
        ["… its share, counting what is shared in parts", _mb(web["product"]["pss"]), "", _mb(web["reference"]["pss"])],
        ["Child that renders a dossier, at its peak", _mb(child["child"]), _judged(child["child"], CHILD_MB), ""],
        ["Worker, resident", _mb(child["worker"]["rss"]), "", ""],
        ["Process that imports 5,000 rows, at its peak", *_memory_of_import(most["importing"])],
        [
            "From the start of the web server to its first page",
            f"{first:.1f} s",
            _judged(first, FIRST_PAGE),
            f"{first_by_hand:.1f} s",
        ],
        ["All migrations on an empty database", f"{migrated:.1f} s", _judged(migrated, MIGRATIONS), ""],
    ]
    return _table(rows)


def _memory_of_import(importing):
    peak = importing["memory"]
    return _mb(peak["product"]), _judged(peak["product"], IMPORT_MB), _mb(peak["reference"])


def _judged(value, limit):
    if limit is None:
        return ""
    return f"{limit:g} {'✓' if value <= limit else '✗'}"


def _ms(seconds):
    milliseconds = seconds * 1000
    return f"{milliseconds:.1f} ms" if milliseconds < 100 else f"{milliseconds:,.0f} ms"


def _mb(megabytes):
    return f"{megabytes:.0f} MB"


def _table(rows):
    """Markdown, padded so that it also reads well in a terminal; the first column is left, the others right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| "
        + " | ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in rows
    ]
    rule = (
        "| "
        + " | ".join("-" * width if not place else "-" * (width - 1) + ":" for place, width in enumerate(widths))
        + " |"
    )
    return "\n".join([lines[0], rule, *lines[1:]])


def _machine():
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1]) / 1_000_000
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    busy = os.getloadavg()[2]
    return (
        f"a virtual machine with {os.cpu_count()} cores and {memory:.0f} GB of memory, {system}, "
        f"Python {platform.python_version()} (load over the last 15 minutes: {busy:.1f})"
    )
