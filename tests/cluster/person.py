"""What does one person do with a browser? Signs in, opens pages, sends forms, and notes how each was answered."""

import html
import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import requests
from pypdf import PdfReader

from tests.cluster.cast import PASSWORD, address
from tests.cluster.ledger import FAILED, OK, REFUSED, Ledger, Request

# Seconds to connect, and without a byte of the answer. Above what the proxy allows a web process.
PATIENCE = (5, 80)
# Answers that say in words what to do: the app's own and the proxy's.
IN_WORDS = (422, 429, 503)
BROKE_OFF = requests.exceptions.ChunkedEncodingError.__name__


class Person:
    def __init__(self, name: str, url: str, certificate: str, ledger: Ledger) -> None:
        self.name, self.url, self.ledger = name, url, ledger
        self.browser = requests.Session()
        self.browser.verify = certificate
        self.browser.trust_env = False
        self.token = self.last_path = ""

    def sign_in(self) -> None:
        self.read("/accounts/login/")
        signed_in = self.send("/accounts/login/", {"login": address(self.name), "password": PASSWORD})
        assert signed_in.acknowledged, f"{self.name} cannot sign in: {signed_in.answer}"
        self.read("/")  # The forms' token is a new one now.

    def read(self, path: str) -> str:
        """The page, or nothing when it could not be had."""
        answer = self._get(path, f"read {path}")
        if answer is None or answer.status_code != requests.codes.ok:
            return ""
        self.token = hidden(answer.text, "csrfmiddlewaretoken") or self.token
        self.last_path = urlsplit(answer.url).path
        return answer.text

    def fetch(self, path: str) -> bytes:
        answer = self._get(path, f"fetch {path}")
        is_file = answer is not None and answer.headers.get("Content-Disposition", "").startswith("attachment")
        return answer.content if is_file else b""

    def _get(self, path: str, what: str) -> requests.Response | None:
        """Load a page, and once more when it broke off because the host that was sending it was killed."""
        noted = Request(self.name, what)
        answer = self._ask("GET", path, noted)
        if noted.answer == BROKE_OFF:
            noted.outcome = REFUSED
            answer = self._ask("GET", path, Request(self.name, f"{what} again"))
        return answer

    def send(self, path: str, values: dict, *, kind: str = "", mark: str = "", files: dict | None = None) -> Request:
        """Send a form. A redirect is how every form says that it is done."""
        noted = Request(self.name, f"send {path}", kind=kind, mark=mark)
        self._post(path, noted, values, files)
        return noted

    def ask_for(self, path: str) -> str:
        """Ask for a dossier and return its address, or nothing."""
        noted = self.send(path, {}, kind="dossier")
        noted.mark = noted.location.strip("/").rpartition("/")[2]
        return noted.location

    def compare(self, pdf: bytes) -> str:
        """What the page Verify says of a file."""
        noted = Request(self.name, "compare a dossier")
        answer = self._post("/dossiers/verify/", noted, {}, {"file": ("dossier.pdf", pdf, "application/pdf")})
        return answer.text if answer is not None else ""

    def _post(self, path, noted, values, files) -> requests.Response | None:
        headers = {"X-CSRFToken": self.token, "Referer": f"{self.url}{path}"}
        return self._ask("POST", path, noted, data=values, files=files, headers=headers)

    def _ask(self, method: str, path: str, noted: Request, **form) -> requests.Response | None:
        with self.ledger.note(noted):
            try:
                answer = self.browser.request(
                    method, self.url + path, timeout=PATIENCE, allow_redirects=method == "GET", **form
                )
            except requests.RequestException as error:
                noted.answer = type(error).__name__
                return None
            noted.request_id = answer.headers.get("X-Request-ID", "")
            noted.outcome, noted.answer = _judged(answer)
            noted.acknowledged = method == "POST" and answer.is_redirect and noted.outcome == OK
            noted.location = answer.headers["Location"] if noted.acknowledged else ""
        return answer


def _judged(answer: requests.Response) -> tuple[str, str]:
    code = answer.status_code
    if answer.is_redirect and "/accounts/login/" in answer.headers["Location"]:
        return FAILED, "signed out"
    if code < requests.codes.bad_request:
        return OK, str(code)
    if code in IN_WORDS and (said := _sentence(answer.text)):
        return REFUSED, f"{code} {said}"
    return FAILED, str(code)


def _sentence(page: str) -> str:
    """What a refusal says: in its alerts, else in its heading."""
    found = re.findall(r'cs-alert-text">(.*?)</div>', page, re.DOTALL) or re.findall(
        r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL
    )
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(" ".join(found))).split())


def hidden(page: str, name: str) -> str:
    """The value of a form's hidden field, or nothing when the page has none of that name."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def option(page: str, words: str) -> str:
    """The value of the choice whose text holds these words, or nothing."""
    found = re.search(rf'<option value="([^"]+)"[^>]*>[^<]*{re.escape(words)}', page)
    return found[1] if found else ""


def words_of(pdf_file) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(pdf_file).pages).split())


def until(done: Callable[[], object], seconds: float, pause: float = 0.5) -> bool:
    """Try again and again, as somebody does who was told to; whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(pause)
    return False
