"""Do the figures say plainly what was reached?"""

import pytest

from bench import load, report
from bench.operations import OPERATIONS


def figures(product_seconds):
    def side(seconds):
        one = {"median": seconds, "p95": seconds * 2, "per_second": 1 / seconds, "client_cpu": 0.1, "size": 2000}
        return {"one": one, "eight": one, "web_cpu": seconds / 2, "database_cpu": seconds / 4}

    return {
        "reviews": 1000,
        "operations": {each.key: {"product": side(product_seconds), "reference": side(0.01)} for each in OPERATIONS},
        "queries": {each.key: 11 for each in OPERATIONS},
        "memory": {"product": {"rss": 131.0, "pss": 90.0}, "reference": {"rss": 60.0, "pss": 40.0}},
        "cold_start": {"product": 1.5, "reference": 0.5},
        "rendering": {
            "product": [4.0, 5.0, 6.0],
            "reference": [4.0, 4.0, 4.0],
            "pages": 34,
            "child": 120.0,
            "worker": {"rss": 90.0, "pss": 50.0},
        },
        "importing": {
            "product": [6.0, 7.0, 8.0],
            "reference": [2.0, 2.0, 2.0],
            "memory": {"product": 200.0, "reference": 90.0},
        },
    }


def test_what_is_reached_and_what_is_not_is_marked():
    text = report.report([figures(0.04), figures(0.05)], [3.0, 12.0, 11.0], minutes=3)
    lines = {line.split("|")[1].strip(): line for line in text.splitlines() if line.startswith("|")}
    save = next(line for line in text.splitlines() if line.startswith("| Save one item"))
    assert "| 50.0 ms | 100 ms | 10.0 ms |" in " ".join(save.split())
    assert "5.0 | 4 ✗" in " ".join(save.split())
    assert "11 | 10 ✗" in " ".join(save.split())
    growth = [line for line in text.splitlines() if line.startswith("| Open a review")][-1]
    assert "× 1.25 | 1.33 ✓" in " ".join(growth.split())
    assert "130 ✗" in lines["Web process after all of the above, resident"]
    assert "10 ✗" in lines["All migrations on an empty database"]
    assert "3.50 | 3 ✗" in " ".join(lines["Import a sheet of 5,000 rows against openpyxl and one bulk write"].split())
    assert "350 ✓" in lines["Process that imports 5,000 rows, at its peak"]
    assert "1.3 ✓" in lines["Render a dossier (34 pages) against WeasyPrint alone"]


def test_the_page_keeps_what_was_written_by_hand(tmp_path, monkeypatch):
    page = tmp_path / "benchmark.md"
    page.write_text(f"before\n{report.START}\nold\n{report.END}\nafter\n")
    monkeypatch.setattr(report, "PAGE", page)
    report.write("new \\1")
    assert page.read_text() == f"before\n{report.START}\n\nnew \\1\n{report.END}\nafter\n"


def test_a_wrong_answer_ends_the_measurement():
    def refused():
        raise RuntimeError("422")

    with pytest.raises(RuntimeError, match="422"):
        load.run([refused], 3, 1)


def test_median_and_95th_percentile():
    timing = load.Timing([float(number) for number in range(1, 21)], wall=2.0)
    assert (timing.median, timing.p95) == (10.5, 19.0)
