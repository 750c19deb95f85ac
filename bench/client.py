"""Who calls? A client with one connection kept open, as a proxy keeps them, and the session of a person who signed in."""

import http.client
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.conf import settings

# The servers close a connection that was idle for two seconds.
IDLE = 1.0
HOST = "127.0.0.1"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes | Iterable[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def get(cls, path):
        return cls("GET", path)

    @classmethod
    def post(cls, path, **values):
        return cls("POST", path, urlencode(values).encode(), {"Content-Type": FORM})


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    size: int
    headers: http.client.HTTPMessage
    body: bytes


class Client:
    """Speaks to one port; `headers` go with every request. What is timed ends with the last byte of the answer."""

    def __init__(self, port, headers):
        self.connection = http.client.HTTPConnection(HOST, port, timeout=120)
        self.headers = headers
        self.used = 0.0

    def call(self, request):
        if time.monotonic() - self.used > IDLE:
            self.connection.close()
        headers = self.headers | request.headers
        started = time.perf_counter()
        self.connection.request(request.method, request.path, request.body, headers)
        response = self.connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - started
        self.used = time.monotonic()
        return Answer(response.status, seconds, len(body), response.headers, body)


def signed_in(port, email, password):
    """Sign in through the page and return the headers that carry the session, as a TLS-terminating proxy sends them."""
    headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": HOST, "Referer": f"https://{HOST}/"}
    client = Client(port, headers)
    cookies = _cookies(client.call(Request.get("/accounts/login/")))
    client.headers = _carrying(headers, cookies)
    answer = client.call(Request.post("/accounts/login/", login=email, password=password))
    if answer.status != 302:
        raise RuntimeError(f"{email} could not sign in: {answer.status}\n{answer.body.decode()[:2000]}")
    return _carrying(headers, cookies | _cookies(answer))


def reauthenticate(port, headers, password):
    """Type the password again, so that signatures within the window need none."""
    answer = Client(port, headers).call(Request.post("/accounts/reauthenticate/", password=password))
    if answer.status != 302:
        raise RuntimeError(f"The password was not taken: {answer.status}")
    return _carrying(headers, _cookies(answer))


def _cookies(answer):
    pairs = (line.partition(";")[0].split("=", 1) for line in answer.headers.get_all("Set-Cookie") or ())
    return {name: value for name, value in pairs if name in {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}}


def _carrying(headers, cookies):
    known = dict(part.split("=", 1) for part in headers.get("Cookie", "").split("; ") if part) | cookies
    cookie = "; ".join(f"{name}={value}" for name, value in known.items())
    return headers | {"Cookie": cookie, "X-CSRFToken": known[settings.CSRF_COOKIE_NAME]}
