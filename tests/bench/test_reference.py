"""Does the work by hand see what the product sees?"""

import psycopg
import pytest
from django.db import connection
from psycopg.sql import SQL, Identifier

from bench import seed
from bench.reference import fill, queries
from reviews import gate, mywork
from reviews.choices import State
from reviews.models import Review

pytestmark = pytest.mark.postgres


@pytest.fixture
def reference(transactional_db):
    """The tables of the reference, filled from ten seeded reviews."""
    people = seed.seed(10)
    settings = connection.get_connection_params()
    here = psycopg.conninfo.make_conninfo(**{key: settings[key] for key in ("host", "port", "user", "dbname")})
    # Named after the database of this worker: two workers of one run share the server.
    name = f"{settings['dbname']}_reference"
    there = psycopg.conninfo.make_conninfo(here, dbname=name)
    with psycopg.connect(here, autocommit=True) as server:
        server.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        fill.fill(here, there)
        with psycopg.connect(there, row_factory=psycopg.rows.dict_row) as database:
            yield database, people
    finally:
        with psycopg.connect(here, autocommit=True) as server:
            server.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def test_states_are_the_product_s_but_for_what_only_a_comparison_finds(reference):
    database, _ = reference
    differing = []
    for review in Review.objects.with_context():
        assessed = gate.assess(review)
        by_hand = database.execute(queries.ITEMS, {"review": review.pk}).fetchall()
        states = {item.number: assessed.states[item.pk] for item in assessed.items}
        assert [row["number"] for row in by_hand] == list(states)
        differing += [states[row["number"]] for row in by_hand if row["state"] != states[row["number"]]]
    # It reads a date where the product compares what was signed with what is cited now.
    assert set(differing) <= {State.LAPSED}
    assert len(differing) < 20


def test_the_lists_count_the_same(reference):
    database, people = reference
    rows = database.execute(queries.REVIEWS, {"person": people.lead.pk, "size": 25, "start": 0}).fetchall()
    assert [row["of"] for row in rows] == [10] * 10
    assert database.execute(queries.REVIEWS, {"person": people.colleagues[0].pk, "size": 25, "start": 0}).rowcount < 10
    ciso = people.stakeholders["ciso"]
    by_hand = database.execute(queries.WORK, {"person": ciso.pk, "working": False, "size": 20}).fetchall()
    to_sign = next(section for section in mywork.sections(ciso) if section.key == "sign")
    assert {row["total"] for row in by_hand if row["section"] == "sign"} == {to_sign.total}
