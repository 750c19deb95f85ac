"""Is everything in a dossier from one moment, and does it cost the same however long the history is?"""

import datetime
import json
import threading

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts import absences
from dossiers import snapshot, wording
from evidence import library
from reviews import decisions, findings, gate, ownership, signoffs
from reviews.choices import Outcome
from tests.cast import item, pdf, sign, submit


def test_it_is_text_and_numbers_that_survive_json(rich_review):
    pages, manifest = snapshot.take(rich_review.pk)
    assert json.loads(json.dumps(pages)) == pages
    assert json.loads(json.dumps(manifest)) == manifest


def test_the_sum_of_the_parts_is_the_gate(rich_review):
    pages, _ = snapshot.take(rich_review.pk)
    assert sum(row["count"] for row in pages["gate"]["counts"]) == pages["gate"]["total"] == 47
    for shares in (pages["by_category"], pages["by_stakeholder"]):
        assert sum(row["total"] for row in shares) == 47
        assert sum(row["satisfied"] for row in shares) == pages["gate"]["satisfied"]
    assert [row["number"] for category in pages["categories"] for row in category["items"]] == list(range(1, 48))


def test_a_deputys_signature_and_decision_are_printed_as_such(review, reviewer, evidence, ciso, legal):
    today = timezone.localdate()
    absence = absences.plan(ciso, legal, today, today, by=ciso)
    submit(item(review, 1), reviewer, evidence)
    sign(item(review, 1), by=legal)
    shown = decisions.shown(gate.assess(review), to=legal)
    decisions.decide(review, by=legal, outcome=Outcome.HOLD, reason="Early.", shown=shown)
    pages, manifest = snapshot.take(review.pk)
    role = f"CISO, by deputy (away {absence.days_in_words})"
    assert role in json.dumps(manifest["items"][0])
    assert json.dumps(pages).count(role) >= 2
    assert json.dumps(manifest).count(role) >= 2


def live_through(review, rounds, reviewer, evidence):
    """A history: signatures taken back, versions replaced, decisions made anew, comments."""
    one = item(review, 1)
    for _ in range(rounds):
        done = submit(item(review, 1), reviewer, None if one.citations.exists() else evidence)
        sign(done)
        signoffs.withdraw(item(review, 1), by=done.holder, reason="Look again.")
        findings.comment(item(review, 1), by=reviewer, text="And again.")
        count = evidence.versions.count()
        library.add_version(evidence, by=reviewer, upload=pdf(f"version {count + 1}"))
        ciso = review.holders["ciso"]
        shown = decisions.shown(gate.assess(review), to=ciso)
        decisions.decide(review, by=ciso, outcome=Outcome.HOLD, reason="Not yet.", shown=shown)


def test_it_costs_the_same_at_one_and_at_thirty_times_the_history(
    review, reviewer, evidence, django_assert_num_queries
):
    counts = []
    for rounds in (1, 29):
        live_through(review, rounds, reviewer, evidence)
        with django_assert_num_queries(QUERIES):
            pages, manifest = snapshot.take(review.pk)
        counts.append(
            (len(manifest["items"][0]["signoffs"]), len(pages["decisions"]), len(pages["evidence"][0]["versions"]))
        )
    assert counts == [(2, 1, 2), (60, 30, 31)]


QUERIES = 29


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_committed_meanwhile_is_not_in_it(review, reviewer, lead, evidence):
    """Another connection changes due day, notes and evidence between two queries of the snapshot."""
    submit(item(review, 1), reviewer, evidence)
    done = []

    def change():
        ownership.set_due([item(review, 47)], due_on=datetime.date(2030, 1, 1), by=lead)
        findings.record(item(review, 2), by=reviewer, version=item(review, 2).version, notes="Too late.")
        library.add_version(evidence, by=reviewer, upload=pdf("newer"))
        connections.close_all()

    def in_between(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if not done and "reviews_review" in sql:
            done.append(True)
            other = threading.Thread(target=change)
            other.start()
            other.join()
        return answer

    with connection.execute_wrapper(in_between):
        pages, manifest = snapshot.take(review.pk)
    assert done
    assert "1 January 2030" not in json.dumps(pages)
    assert manifest["items"][1]["notes"] == ""
    assert [len(entry["versions"]) for entry in manifest["evidence"]] == [1]
    assert snapshot.take(review.pk)[1]["items"][1]["notes"] == "Too late."


@pytest.mark.django_db(transaction=True)
def test_every_query_is_inside_the_one_transaction(review):
    outside = []

    def look(execute, sql, params, many, context):
        if not connection.in_atomic_block and not sql.startswith("BEGIN"):
            outside.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        snapshot.take(review.pk)
    assert outside == []
    assert not connection.in_atomic_block


def test_instants_are_in_utc_and_in_the_organisation_s_zone(settings):
    at = datetime.datetime(2026, 7, 1, 22, 30, tzinfo=datetime.UTC)
    assert wording.moment(at) == "1 July 2026, 22:30 UTC"
    settings.TIME_ZONE = "Europe/Zurich"
    assert wording.moment(at) == "1 July 2026, 22:30 UTC (2 July 2026, 00:30 CEST)"
    assert wording.moment(at.replace(hour=9)) == "1 July 2026, 09:30 UTC (11:30 CEST)"


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("a\u202eb", "a‹U+202E›b"),
        ("a\x00b\x1b", "a‹U+0000›b‹U+001B›"),
        ("one\r\ntwo\rthree\ttab", "one\ntwo\nthree\ttab"),
        ("न\u200dम\u200cत", "न\u200dम\u200cत"),
    ],
)
def test_characters_that_steer_text_are_written_as_their_number(text, printed):
    assert wording.clean(text) == printed


def test_numbers_written_for_characters_do_not_outgrow_the_cap():
    assert wording.shortened("\u202e" * 3, 20_000) == "‹U+202E›" * 3
    assert len(wording.shortened("\u202e" * 20_000, 20_000)) < 20_200


def test_no_name_or_locator_steers_the_line_it_stands_in(review, reviewer, evidence):
    findings.cite(item(review, 1), evidence, by=reviewer, locator="p. 3\u202e4 .p")
    pages, manifest = snapshot.take(review.pk)
    assert pages["categories"][0]["items"][0]["citations"][0]["locator"] == "p. 3‹U+202E›4 .p"
    assert manifest["items"][0]["citations"][0]["locator"] == "p. 3\u202e4 .p"


def test_long_texts_are_shortened_and_say_so():
    assert wording.cap_for(["x" * 20_000] * 50) == 20_000
    assert wording.cap_for(["x" * 20_000] * 51) == 1_000_000 // 51
    words = "words " * 3_333 + "xx"
    assert wording.shortened(words, 20_000) == words
    short = wording.shortened(words + "y", 20_000)
    assert short == words + " … (shortened; 20,001 characters, all of them in the attached manifest)"
    assert wording.cap_for(["\n" * 1_000] * 51) == 1_000_000 // 51
    assert wording.shortened("\n" * 1_000, 20_000) == "\n" * 1_000
    assert wording.shortened("\n" * 1_001, 20_000).startswith("\n" * 1_000 + " … (shortened; 1,001 characters")


def test_a_run_without_spaces_is_broken_before_it_costs_minutes():
    assert wording.shortened("x" * 999, 20_000) == "x" * 999
    assert wording.shortened("a " + "x" * 1_200, 20_000) == "a " + "\n".join(["x" * 500, "x" * 500, "x" * 200])
