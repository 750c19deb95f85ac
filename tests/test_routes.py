"""Does every address answer every person as the table in `routes.py` says, and does a refusal change nothing?"""

import logging
import re
import sys
from collections import Counter
from urllib.parse import quote_plus

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import override_settings
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import User
from audit.models import Event
from reviews import standings
from tests import route_walk, route_world, routes
from tests.routes import ENTRANCES, GUEST_PAGES, PUBLIC, TABLE, WITHOUT_TOKEN

pytestmark = pytest.mark.xdist_group("routes")

# The stage: built once, in a transaction that is never committed; each cell is rolled back to it.


@pytest.fixture(autouse=True, scope="module")
def files_dir(tmp_path_factory):
    """The stage outlives one test, and so do its files."""
    folder = tmp_path_factory.mktemp("files")
    with override_settings(FILES_DIR=folder, MEDIA_ROOT=folder):
        yield folder


@pytest.fixture(autouse=True, scope="module")
def silence():
    """Thousands of refusals are what is asked for; to log each with its traceback takes longer than to give it."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, fast_and_plain, files_dir):
    with django_db_blocker.unblock(), transaction.atomic():
        built = route_world.build()
        built.addresses = route_world.addresses(built)
        built.sessions = {name: route_walk.session(who) for name, who in built.persons.items()}
        # Their session is left alive: what counts is that the account is closed.
        User.objects.filter(pk=built.persons["deactivated"].pk).update(is_active=False)
        # Reading pages looks again at what building the stage has touched; here that is done.
        standings.refresh()
        built.rows, built.last_event = route_walk.rows(), Event.objects.latest("pk").pk
        yield built
        transaction.set_rollback(True)


def named_routes(resolver=None, prefix=""):
    """`(name with its namespaces, view)` of every pattern of the URLconf."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from named_routes(pattern, prefix + (f"{pattern.namespace}:" if pattern.namespace else ""))
        else:
            yield prefix + (pattern.name or f"(no name) {pattern.pattern}"), pattern.callback


WALKS = {
    routes.Route: route_walk.walk,
    routes.Entrance: route_walk.walk_entrance,
    routes.GuestPage: route_walk.walk_guest_page,
}


def lines():
    return [*TABLE, *ENTRANCES, *GUEST_PAGES]


def group_of(line):
    """What is walked together: an app, and items, policies, questions and guests apart, so that a parallel run has something to share out."""
    app, _, page = line.name.rpartition(":")
    apart = {"item": "items", "policy": "policies", "question": "questions", "questions": "questions"}
    apart |= {
        "guest": "guests",
        "guests": "guests",
        "questionnaire": "questionnaires",
        "questionnaires": "questionnaires",
        "import": "imports",
    }
    return apart.get(page.partition("_")[0]) or app or "allauth"


def test_every_route_is_in_the_table():
    names = [name for name, _ in named_routes()]
    missing = sorted(set(names) - {line.name for line in lines()})
    assert not missing, f"Say in tests/routes.py who may do what at: {', '.join(missing)}."
    twice = [name for name, count in Counter(names).items() if count > 1]
    assert not twice, f"Two addresses share a name, so the walk sees one of them only: {', '.join(twice)}."


def test_every_line_of_the_table_is_a_route():
    gone = sorted({line.name for line in lines()} - {name for name, _ in named_routes()})
    assert not gone, f"Take out of tests/routes.py what the URLconf no longer has: {', '.join(gone)}."


def test_every_view_but_the_public_ones_demands_sign_in():
    public = {name for name, view in named_routes() if not getattr(view, "login_required", True)}
    assert public == PUBLIC


def test_no_other_view_is_exempt_from_the_check_against_forged_requests():
    assert [name for name, view in named_routes() if getattr(view, "csrf_exempt", False)] == WITHOUT_TOKEN


def test_whoever_walks_on_postgresql_reads_and_does_all_there_is():
    few = set(route_walk.ON_POSTGRESQL)
    assert few > set(route_walk.ODD_PERSONAS)
    assert few & routes.OUT
    assert [route.name for route in TABLE if route.reads and not route.reads & few] == []
    assert [route.name for route in TABLE if route.does and not route.does & few] == []


@pytest.mark.django_db
@pytest.mark.parametrize("group", sorted({group_of(line) for line in lines()}))
def test_rule_23_every_route_answers_everyone_as_the_table_says(world, group, capfd):
    walker = route_walk.Walker(world)
    for line in lines():
        if group_of(line) == group:
            WALKS[type(line)](walker, line)
    with capfd.disabled():
        # To standard error: the processes of a parallel run have no other way to the terminal.
        print(f"\n{group}: {walker.cells} cells of route × object × method × person checked.", file=sys.stderr)  # noqa: T201
    if walker.wrong:
        shown = "\n".join(walker.wrong[:300])
        pytest.fail(
            f"{len(walker.wrong)} of {walker.cells} cells are not as tests/routes.py says:\n{shown}", pytrace=False
        )


# These answer with numbers of events, whoever asks.
NUMBERS_ONLY = frozenset({"reviews:live_review"})


@pytest.mark.django_db
def test_whoever_has_access_reads_the_words_that_are_kept_from_others(world):
    """Else the walk above would look for words that nobody could have read anyway."""
    client = route_walk.client_of(world, "stranger")
    words = (world.foreign.word.lower().encode(), world.foreign.name.lower().encode())
    for route in TABLE:
        address = world.addresses[route.at]
        if address.foreign and "reviewer" in route.reads:
            response = client.get(reverse(route.name, args=address.foreign))
            assert response.status_code == 200, route.name
            body = route_walk.body_of(response)
            assert route.name in NUMBERS_ONLY or any(word in body for word in words), route.name


SEARCHES = [
    ("reviews:search", "", "q"),
    ("reviews:reviews", "", "q"),
    ("reviews:review", "review", "q"),
    ("vendors:vendors", "", "q"),
    ("evidence:all", "", "q"),
    ("evidence:library", "vendor", "q"),
    ("audit:events", "", "words"),
    ("audit:events", "", "actor"),
    ("accounts:people", "", "q"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "at", "field"), SEARCHES)
def test_rule_23_searching_for_foreign_words_finds_what_searching_for_nothing_finds(world, name, at, field):
    path = reverse(name, args=world.addresses[at].own)
    foreign = [world.foreign.word, world.foreign.name, world.foreign.review.slug, "Other lead"]
    for persona in ("ciso", "lead", "reviewer", "auditor", "administrator", "newcomer"):
        client = route_walk.client_of(world, persona)
        # Administrators look for people by their names.
        for words in foreign[: 3 if name == "accounts:people" else 4]:
            found, nothing = (_found(client, path, {field: typed}) for typed in (words, "Zzyzx"))
            assert found == nothing, f"{persona} learns something of “{words}”"


@pytest.mark.django_db
def test_a_foreign_id_in_the_address_tells_what_one_that_never_was_tells(world):
    client, path = route_walk.client_of(world, "lead"), reverse("reviews:review_new")
    foreign, never = (
        _plain(client.get(path, {"deployment": pk}), []) for pk in (world.foreign.deployment.pk, route_world.NEVER)
    )
    assert foreign == never


@pytest.mark.django_db
def test_verifying_a_foreign_dossier_tells_what_any_other_file_tells(world):
    path = reverse("dossiers:verify")

    def answer(persona, content):
        upload = SimpleUploadedFile("some.pdf", content)
        return _plain(route_walk.client_of(world, persona).post(path, {"file": upload}), [])

    with world.foreign.dossier.file.open() as file:
        content = file.read()
    for persona in sorted(routes.ALL - {"stranger"}):
        assert answer(persona, content) == answer(persona, content + b" "), persona
    assert answer("stranger", content) != answer("stranger", content + b" ")


@pytest.mark.django_db
def test_a_file_in_a_foreign_library_is_new_to_the_own_one(world):
    with world.foreign.letter.current.file.open() as file:
        upload = SimpleUploadedFile("letter.pdf", file.read())
    path = reverse("evidence:library", args=[world.own.vendor.slug])
    response = route_walk.client_of(world, "reviewer").post(path, routes.EVIDENCE | {"files": [upload]})
    assert response.status_code == 302
    assert world.own.vendor.evidence.filter(title="letter").count() == 1


def _found(client, path, query):
    return _plain(client.get(path, query), [str(value) for value in query.values()])


def _plain(response, typed):
    """The answer without what was typed and what differs from one answer to the next."""
    text = response.content.decode()
    for words in typed:
        text = text.replace(words, "").replace(quote_plus(words), "")
    text = re.sub(r'(csrfmiddlewaretoken" value=|nonce=)"[^"]*"|X-CSRFToken": "[^"]*"|data-live-at="[^"]*"', "", text)
    return response.status_code, re.sub(r"[0-9a-f]{64}|[0-9a-f]{32}", "", text)
