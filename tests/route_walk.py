"""How is one cell of route × object × method × person asked, judged and undone?"""

import uuid
from http.cookies import SimpleCookie

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from audit.models import Event
from tests.routes import (
    ALL,
    BACK,
    COSTLIER,
    DONE,
    ERRORS,
    FILE,
    FORBIDDEN,
    GUEST_PAGES,
    INSIDERS,
    NOT_ALLOWED,
    NOT_FOUND,
    NOTED,
    OUT,
    PAGE,
    PERSONAS,
    QUERIES,
    SHOWN,
    SIGN_IN,
    TAKEN,
    TURNED_AWAY,
)

OURS = ("accounts", "audit", "vendors", "evidence", "reviews", "dossiers")
STATUS = {
    PAGE: {200},
    FILE: {200},
    ERRORS: {200, 422},
    BACK: {302},
    NOT_FOUND: {404},
    FORBIDDEN: {403},
    NOT_ALLOWED: {405},
    SIGN_IN: {302},
    DONE: {302},
    SHOWN: {200},
    NOTED: {200},
    TAKEN: {204},
    TURNED_AWAY: {403},
}
# Who else is not signed in is sent away as they are, before any object is looked for.
LIKE_SIGNED_OUT = ("deactivated", "guest")
# What does not exist is looked for as each kind of access does: leading, signing, working, reading, administering, that
# of the other company, none. Whoever holds the same finds the same.
MISSING_PERSONAS = ("lead", "ciso", "reviewer", "auditor", "administrator", "stranger", "signed out")
# Who is signed in is the same to the pages of guests.
AT_THE_DOOR = ("guest", "ciso", "signed out")
# Numbers out of range are the same to everyone who gets that far.
ODD_PERSONAS = ("lead", "ciso", "administrator")
# Whose pages show the most, so theirs are counted.
COUNTED = ("lead", "ciso", "administrator")
# Other methods are refused before anybody is looked at: that the newcomer, who sees nothing, is told so and not that
# nothing is found, shows it for everyone. HEAD is answered by the view that answers GET, which everyone asks.
OTHER_METHODS = ("HEAD", "PUT", "DELETE")
OTHER_METHODS_PERSONAS = ("lead", "newcomer", "signed out")
MAY_CHANGE = {DONE, SHOWN, TURNED_AWAY}
# Who may do what is decided in Python, so everyone walks on SQLite, which costs half. On PostgreSQL, whose locks
# and ranges of numbers differ, those walk who between them read and do everything, and two outsiders.
ON_POSTGRESQL = ("ciso", "lead", "administrator", "stranger", "signed out")


def walkers():
    return ON_POSTGRESQL if connection.vendor == "postgresql" else PERSONAS


def session(who):
    client = Client(raise_request_exception=False)
    if who is not None:
        client.force_login(who)
    return client, client.cookies[settings.SESSION_COOKIE_NAME].value if who else None


def client_of(world, persona):
    """Their browser as it was when they had just signed in."""
    client, key = world.sessions[persona]
    if persona == "guest":
        client.cookies = SimpleCookie({"guest": world.guest})
        return client
    client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: key} if key else {})
    return client


def rows():
    """Everything our tables hold but the events."""
    tables = [model for name in OURS for model in apps.get_app_config(name).get_models() if model is not Event]
    return {model.__name__: list(model.objects.order_by("pk").values_list()) for model in tables}


class Writes:
    """Counts the statements, and notes whether one writes to any table but that of sessions."""

    seen = False
    count = 0

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        words = sql.split(None, 3)
        if words[0] in {"INSERT", "UPDATE", "DELETE"} and "django_session" not in sql[:60]:
            self.seen = True
        return execute(sql, params, many, context)


class Walker:
    """Asks one cell after the other and keeps what was not as expected."""

    def __init__(self, world):
        self.world = world
        self.cells = 0
        self.wrong = []

    def cell(self, what, persona, method, args, payload, expected, events=()):
        """One request, compared with `expected`, of which one word or several are right, and undone."""
        self.cells += 1
        cache.key_prefix = uuid.uuid4().hex  # No rate limits, and nothing taken from who tests on the same Redis.
        client = client_of(self.world, persona)
        path, writes = reverse(what.name, args=args), Writes()
        with transaction.atomic():
            self.world.asking = self.world.persons[persona]
            payload = payload(self.world) if callable(payload) else payload
            with connection.execute_wrapper(writes):
                response = getattr(client, method.lower())(path, payload or {})
                body = body_of(response).replace(path.lower().encode(), b"")  # what was asked reveals nothing
            written = (
                tuple(Event.objects.filter(pk__gt=self.world.last_event).values_list("event_type", flat=True))
                if writes.seen
                else ()
            )
            expected = (expected,) if isinstance(expected, str) else expected
            changed = writes.seen and not MAY_CHANGE.issuperset(expected) and rows() != self.world.rows
            transaction.set_rollback(True)
        complaints = [_complaint(response, changed, written, each, events) for each in expected]
        complaint = "" if "" in complaints else complaints[0]
        complaint = complaint or _leak(self.world, persona, what.name, body)
        if method == "GET" and persona in COUNTED and response.status_code == 200:
            complaint = complaint or _too_many(what, writes.count)
        if complaint:
            self.wrong.append(f"{method} {what.name} {args}, {persona}: {complaint}")


def body_of(response):
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return (content + str(response.headers).encode()).lower()


def _complaint(response, changed, written, expected, events):
    """What is wrong with the answer, or ''."""
    got = f"{response.status_code} {response.headers.get('Location', '')}".strip()
    signs_in = response.headers.get("Location", "").startswith(reverse("account_login") + "?")
    if response.status_code not in STATUS[expected] or (
        expected in {SIGN_IN, BACK} and signs_in != (expected == SIGN_IN)
    ):
        return f"expected {expected}, got {got} {_reason(response)}"
    if expected in {DONE, SHOWN}:
        return "" if written else "done, and no event says so"
    if changed and expected not in MAY_CHANGE:
        return f"expected {expected}, and something was changed"
    allowed = events if expected in {PAGE, FILE, NOTED, TURNED_AWAY} else ()
    if set(written) != set(allowed):
        return f"expected {expected} with the events {allowed}, got {written}"
    if expected == FILE and "attachment" not in response.headers.get("Content-Disposition", ""):
        return "a file that is no attachment"
    return ""


def _too_many(what, count):
    """That the page asks the database more often than the table says, or ''."""
    at_most = COSTLIER.get(what.name, (QUERIES,))[0]
    return f"asks the database {count} times, at most {at_most} times it may" if count > at_most else ""


def _reason(response):
    failure = getattr(response, "exc_info", None)
    return repr(failure[1]) if failure else ""


NAMING = ("accounts:person", "reviews:people_export", "reviews:access_export")


def _leak(world, persona, name, body):
    """Which company's words the answer holds though the person has no access to it, or ''."""
    is_guests = persona == "guest" and name in {page.name for page in GUEST_PAGES}
    inside = ((world.own, persona in INSIDERS or is_guests), (world.foreign, persona == "stranger"))
    for company, knows in inside:
        # Administrators give access to vendors, and so read their names among people: naming is not seeing.
        named = persona == "administrator" and name.startswith(NAMING)
        words = [company.word] if named else [company.word, company.name]
        for word in words:
            if not knows and word.lower().encode() in body:
                at = body.index(word.lower().encode())
                return f"reveals “{body[max(0, at - 60) : at + 40].decode(errors='replace')}”"
    return ""


# What the table makes of a cell


def expected_of(route, persona, method, exists):
    """What the line says for this person: one word."""
    if persona in OUT:
        return SIGN_IN
    may = route.reads if method == "GET" else route.does
    if not may:
        return NOT_ALLOWED
    if persona not in route.sees:
        return NOT_FOUND
    if not exists:
        # Where everyone sees that the page is there, whoever may not use it learns nothing about ids either.
        return NOT_FOUND if persona in may or route.sees != ALL else FORBIDDEN
    if persona not in may:
        return FORBIDDEN
    return route.reading if method == "GET" else route.empty


def walk_own(walker, route, args, persona):
    expected = expected_of(route, persona, "GET", exists=True)
    walker.cell(route, persona, "GET", args, None, expected, route.events)
    expected = expected_of(route, persona, "POST", exists=True)
    if expected == FORBIDDEN and persona in route.tries:
        walker.cell(route, persona, "POST", args, None, ERRORS)
    elif persona in route.does or not route.sends:
        # To refuse what would do something says more than to refuse nothing.
        walker.cell(route, persona, "POST", args, None, expected)
    if route.sends:
        expected = route.sending if persona in route.does else expected
        walker.cell(route, persona, "POST", args, route.sends, expected)
    for payload in route.outward.values() if persona in route.does else ():
        walker.cell(route, persona, "POST", args, payload, (ERRORS, BACK))


def walk_elsewhere(walker, route, args, persona, sends=None):
    """What is not theirs or not there. A method that the route refuses is refused before any object is looked for:
    the newcomer is told so at the own one.
    """
    for method, answered, payload in (("GET", route.reads, None), ("POST", route.does, sends)):
        if answered:
            walker.cell(route, persona, method, args, payload, expected_of(route, persona, method, exists=False))


def walk_other_methods(walker, route, args, persona):
    answered = expected_of(route, persona, "GET", exists=True)
    for method in OTHER_METHODS:
        expected = (SIGN_IN,) if persona in OUT else (NOT_ALLOWED,)
        if method == "HEAD":
            expected += (answered,)
        walker.cell(route, persona, method, args, None, expected, route.events)


def walk(walker, route):
    address, personas = walker.world.addresses[route.at], walkers()
    for persona in personas:
        walk_own(walker, route, address.own, persona)
        if address.foreign and persona not in ("stranger", *LIKE_SIGNED_OUT):  # it is the stranger's
            walk_elsewhere(walker, route, address.foreign, persona, route.sends)
        for args in address.missing.values() if persona in MISSING_PERSONAS else ():
            walk_elsewhere(walker, route, args, persona)
        for args in address.odd.values() if persona in ODD_PERSONAS else ():
            walk_elsewhere(walker, route, args, persona)
    for persona in OTHER_METHODS_PERSONAS if personas == PERSONAS else ():
        walk_other_methods(walker, route, address.own, persona)


def walk_entrance(walker, entrance):
    args, personas = walker.world.addresses[entrance.at].own, walkers()
    for persona in personas:
        get, empty, sent = entrance.signed_out if persona in OUT else entrance.signed_in
        walker.cell(entrance, persona, "GET", args, None, get)
        walker.cell(entrance, persona, "POST", args, None, empty)
        walker.cell(entrance, persona, "POST", args, entrance.sends, sent, entrance.events)
        for method in OTHER_METHODS if persona in OTHER_METHODS_PERSONAS else ():
            # allauth treats PUT as an empty POST.
            walker.cell(entrance, persona, method, args, None, (get, NOT_ALLOWED, ERRORS, BACK))


def walk_guest_page(walker, page):
    """Everybody at the own link's address; who stands at the door also at a foreign one's, at one of nobody's, and at questions
    put to somebody else.
    """
    address = walker.world.addresses[page.at]
    nothing = (NOT_FOUND,) * 3
    for persona in {*walkers(), "guest"}:
        own = page.guest if persona == "guest" else page.others
        asked = [(address.own, own)]
        if persona in AT_THE_DOOR:
            asked += [(address.foreign, page.others)]
            asked += [(args, nothing) for args in address.missing.values()]
            asked += [(args, nothing if persona == "guest" else page.others) for args in address.odd.values()]
        for args, (get, empty, sent) in asked:
            walker.cell(page, persona, "GET", args, None, get)
            walker.cell(page, persona, "POST", args, None, empty)
            walker.cell(page, persona, "POST", args, page.sends, sent, page.events)
        for method in OTHER_METHODS if persona in AT_THE_DOOR else ():
            walker.cell(page, persona, method, address.own, None, (own[0], NOT_ALLOWED, FORBIDDEN))
