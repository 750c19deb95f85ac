"""Does the proxy of production say what the app relies on, and keep away what must not reach it? A real nginx."""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from config.environment import BASE_DIR
from evidence import uploads

pytestmark = [pytest.mark.once, pytest.mark.xdist_group("proxy")]

PROXY = BASE_DIR / "deploy" / "proxy.sh"
HEADERS_OF_DOWNLOADS = {
    "Content-Type": "application/pdf",
    "Content-Disposition": 'attachment; filename="report.pdf"',
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}


class Web(ThreadingHTTPServer):
    """A web process's double: notes what reaches it and answers with the headers it got."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked = []
        self.breaks = False
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.command, self.path))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.close_connection = True
        if self.server.breaks:
            return
        headers = {"Content-Type": "application/json"}
        if self.path == "/download":
            headers = HEADERS_OF_DOWNLOADS | {"X-Accel-Redirect": "/_files/evidence/report.pdf"}
        content = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *args):
        pass


class Proxy:
    """nginx as deploy/proxy.sh starts it; `log` is what it wrote about requests, `everything` all of it, once it has ended."""

    def __init__(self, folder, servers, **environment):
        self.folder, self.http, self.https = folder, _free_port(), _free_port()
        self.environment = os.environ | {
            "PROXY_DIR": str(folder),
            "PROXY_HTTP": f"127.0.0.1:{self.http}",
            "PROXY_HTTPS": f"127.0.0.1:{self.https}",
            "PROXY_SERVERS": " ".join(servers),
            "PROXY_USER": BASE_DIR.owner(),
            "ALLOWED_HOSTS": "review.example.com",
            **environment,
        }
        self.log = self.everything = ""

    def __enter__(self):
        subprocess.run([PROXY, "check"], env=self.environment, check=True, capture_output=True)
        # A service manager's journal is a socket, too.
        self.said, journal = socket.socketpair()
        with journal:
            self.process = subprocess.Popen([PROXY], env=self.environment, stdout=journal, stderr=journal)
        while not _listens(self.https):
            assert self.process.poll() is None, self._all_it_said()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=10)
        self.everything = "".join(self._all_it_said())
        self.log = "".join(line for line in self.everything.splitlines(True) if line.startswith("{"))

    def _all_it_said(self):
        with self.said, self.said.makefile() as lines:
            return list(lines)

    def connection(self):
        context = ssl.create_default_context(cafile=self.folder / "self-signed.pem")
        return http.client.HTTPSConnection("localhost", self.https, context=context, timeout=10)

    def ask(self, path, method="GET", body=None, headers=None):
        connection = self.connection()
        connection.request(method, path, body, {"Connection": "close"} | (headers or {}))
        return _read(connection)


def _read(connection):
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def web():
    with Web() as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    (folder / "evidence").mkdir()
    (folder / "evidence" / "report.pdf").write_bytes(b"0123456789")
    return folder


@pytest.fixture(scope="module")
def shared(web, files, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxy")
    with Proxy(folder, [web.address], UPLOAD_LIMIT_MB="1", PROXY_FILES_DIR=str(files)) as running:
        yield running


@pytest.fixture
def proxy(shared, web):
    web.asked.clear()
    return shared


@pytest.fixture
def two_hosts(tmp_path):
    """A host that breaks off every request, one that answers, and the proxy in front of them."""
    with Web() as broken, Web() as well, Proxy(tmp_path, [broken.address, well.address]) as running:
        broken.breaks = True
        yield running, broken, well
        broken.shutdown()
        well.shutdown()


def test_plain_http_is_sent_to_https(proxy, web):
    connection = http.client.HTTPConnection("127.0.0.1", proxy.http, timeout=10)
    connection.request("GET", "/reviews/?page=2", headers={"Host": "review.example.com"})
    answer = _read(connection)
    assert (answer.status, answer.getheader("Location")) == (301, "https://review.example.com/reviews/?page=2")
    assert web.asked == []


def test_what_a_stranger_says_of_itself_is_not_believed(proxy):
    forged = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example.com",
        "Forwarded": "for=203.0.113.9",
    }
    seen = json.loads(proxy.ask("/", headers=forged).text)
    assert (seen["X-Forwarded-For"], seen["X-Forwarded-Proto"]) == ("127.0.0.1", "https")
    assert "X-Forwarded-Host" not in seen
    assert "Forwarded" not in seen


def test_a_load_balancer_in_front_names_the_caller(web, tmp_path):
    with Proxy(tmp_path, [web.address], PROXY_TRUSTED="127.0.0.0/8 10.0.0.0/8") as behind:
        answer = behind.ask("/", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.0.0.1"})
    assert json.loads(answer.text)["X-Forwarded-For"] == "198.51.100.7"


@pytest.mark.parametrize(("given", "kept"), [("a-callers-own-id", True), ("short", False), ("with space in", False)])
def test_a_well_formed_request_id_is_kept_and_any_other_replaced(proxy, given, kept):
    seen = json.loads(proxy.ask("/", headers={"X-Request-ID": given}).text)["X-Request-ID"]
    assert (seen == given) is kept
    assert len(seen) == (len(given) if kept else 32)


def test_too_much_is_refused_in_words_before_a_web_process_hears_of_it(proxy, web):
    connection = proxy.connection()
    connection.putrequest("POST", "/vendors/x/evidence/")
    connection.putheader("Content-Length", str(11 * 1024 * 1024))
    connection.endheaders()
    answer = _read(connection)
    assert answer.status == 413
    assert "larger than this installation accepts in one go. Nothing was stored." in answer.text
    assert len(answer.getheader("X-Request-ID")) == 32
    assert web.asked == []


@pytest.mark.parametrize("megabytes", [1, 100, 2000])
def test_the_proxys_limit_lies_above_the_apps(megabytes, settings, tmp_path):
    settings.UPLOAD_LIMIT_BYTES = megabytes * 1_000_000
    proxy = Proxy(tmp_path, ["127.0.0.1:1"], UPLOAD_LIMIT_MB=str(megabytes))
    subprocess.run([PROXY, "check"], env=proxy.environment, check=True, capture_output=True)
    [line] = [line for line in (tmp_path / "nginx.conf").read_text().splitlines() if "client_max_body_size" in line]
    limit = int(line.split()[1].removesuffix("m;")) * 1024 * 1024
    assert uploads.total_limit() < limit < uploads.total_limit() * 2


def test_a_request_reaches_a_web_process_only_when_it_is_complete(proxy, web):
    connection = proxy.connection()
    connection.putrequest("POST", "/slowly")
    connection.putheader("Content-Length", "200000")
    connection.endheaders(b"x" * 100_000)
    proxy.ask("/in-between")
    assert web.asked == [("GET", "/in-between")]
    connection.send(b"x" * 100_000)
    assert _read(connection).status == 200
    assert web.asked[1:] == [("POST", "/slowly")]


def test_a_form_that_broke_off_is_not_sent_again(two_hosts):
    proxy, broken, well = two_hosts
    statuses = {proxy.ask("/sign", "POST", b"a=b").status for _ in range(2)}
    assert len(broken.asked) == 1
    assert len(well.asked) == 1
    assert statuses == {200, 503}


def test_the_answer_to_a_form_that_broke_off_says_to_look_first(tmp_path):
    with Web() as broken, Proxy(tmp_path, [broken.address]) as proxy:
        broken.breaks = True
        answer = proxy.ask("/sign", "POST", b"a=b")
        broken.shutdown()
    assert (answer.status, answer.getheader("Retry-After")) == (503, "30")
    assert "it may or may not have been carried out: look before you send it again" in answer.text


def test_a_page_that_broke_off_comes_from_the_other_host(two_hosts):
    proxy, broken, well = two_hosts
    assert [proxy.ask("/").status for _ in range(3)] == [200, 200, 200]
    assert len(broken.asked) == 1
    assert len(well.asked) == 3


def test_a_host_that_cannot_be_reached_costs_nobody_a_form(web, tmp_path):
    with Proxy(tmp_path, [f"127.0.0.1:{_free_port()}", web.address]) as proxy:
        assert [proxy.ask("/sign", "POST", b"a=b").status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/%6detrics", "//metrics", "/x/../metrics", "/readyz"])
def test_what_is_for_watching_from_inside_is_not_found_outside(proxy, web, path):
    assert proxy.ask(path).status == 404
    assert web.asked == []


def test_a_load_balancer_may_ask_whether_a_web_process_lives(proxy, web):
    assert proxy.ask("/livez").status == 200
    assert web.asked == [("GET", "/livez")]


def test_a_file_the_app_named_is_sent_with_the_apps_own_headers(proxy):
    answer = proxy.ask("/download")
    assert (answer.status, answer.text) == (200, "0123456789")
    assert {name: answer.getheader(name) for name in HEADERS_OF_DOWNLOADS} == HEADERS_OF_DOWNLOADS
    assert answer.getheader("X-Accel-Redirect") is None


def test_a_file_the_app_named_can_be_resumed(proxy):
    answer = proxy.ask("/download", headers={"Range": "bytes=4-6"})
    assert (answer.status, answer.text, answer.getheader("Content-Range")) == (206, "456", "bytes 4-6/10")


@pytest.mark.parametrize("path", ["/_files/evidence/report.pdf", "/_words/503.html"])
def test_nobody_asks_for_internal_addresses_directly(proxy, web, path):
    assert proxy.ask(path).status == 404
    assert web.asked == []


def test_guessing_passwords_is_slowed_down_in_words(proxy):
    answers = [proxy.ask("/accounts/login/", "POST", b"login=a") for _ in range(60)]
    refused = [answer for answer in answers if answer.status == 429]
    assert answers[0].status == 200
    assert refused
    assert "More was asked from your network than is allowed at once" in refused[0].text
    assert refused[0].getheader("Retry-After") == "60"
    assert proxy.ask("/accounts/login/").status == 200


def test_answers_name_no_version_and_are_not_compressed(proxy):
    answer = proxy.ask("/", headers={"Accept-Encoding": "gzip"})
    assert answer.getheader("Server") == "nginx"
    assert answer.getheader("Content-Encoding") is None


def test_old_tls_is_refused(proxy):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", proxy.https)) as plain, pytest.raises(ssl.SSLError, match="PROTOCOL"):
        context.wrap_socket(plain)


def test_the_log_quotes_neither_searches_nor_keys(web, tmp_path):
    with Proxy(tmp_path, [web.address]) as proxy:
        proxy.ask("/search/?q=confidential", headers={"X-Request-ID": "the-id-of-this-request"})
        proxy.ask("/accounts/password/reset/key/3-secret/")
        proxy.ask("/calendar/feed/3-secret.ics")
        proxy.ask("/answer/secret.sealed/questions/1/")
    lines = [json.loads(line) for line in proxy.log.splitlines()]
    paths = ["/search/", "/accounts/password/reset/key/...", "/calendar/feed/...", "/answer/..."]
    assert [line["path"] for line in lines] == paths
    assert (lines[0]["request_id"], lines[0]["status"]) == ("the-id-of-this-request", 200)
    assert "confidential" not in proxy.log
    assert "secret" not in proxy.log


def test_a_web_host_that_is_away_makes_nginx_quote_no_request(tmp_path):
    away = f"127.0.0.1:{_free_port()}"
    with Proxy(tmp_path, [away]) as proxy:
        came_from = {"Referer": "https://review.example.com/search/?q=confidential"}
        assert proxy.ask("/accounts/password/reset/key/3-secret/", headers=came_from).status == 503
        assert proxy.ask("/search/?q=confidential", headers=came_from).status == 503
    lines = [json.loads(line) for line in proxy.log.splitlines()]
    assert [line["path"] for line in lines] == ["/accounts/password/reset/key/...", "/search/"]
    assert [(line["status"], line["web"]) for line in lines] == [(503, away), (503, away)]
    assert "confidential" not in proxy.everything
    assert "secret" not in proxy.everything


def test_a_certificate_of_ones_own_is_served(web, tmp_path):
    (tmp_path / "first").mkdir()
    with Proxy(tmp_path / "first", [web.address]):
        certificate = shutil.copy(tmp_path / "first" / "self-signed.pem", tmp_path / "own.pem")
        key = shutil.copy(tmp_path / "first" / "self-signed.key", tmp_path / "own.key")
    own = {"PROXY_CERTIFICATE": certificate, "PROXY_CERTIFICATE_KEY": key}
    with Proxy(tmp_path / "second", [web.address], **own) as proxy:
        served = ssl.get_server_certificate(("127.0.0.1", proxy.https))
    assert served == (tmp_path / "own.pem").read_text()
    assert not (tmp_path / "second" / "self-signed.pem").exists()


def test_a_mistake_is_named_and_leaves_no_process_behind(tmp_path):
    proxy = Proxy(tmp_path, ["127.0.0.1:1:2"])
    tried = subprocess.run([PROXY, "check"], env=proxy.environment, capture_output=True, text=True, timeout=20)
    assert tried.returncode == 1
    assert 'invalid port in upstream "127.0.0.1:1:2"' in tried.stderr


def test_the_self_signed_certificate_names_the_hosts(shared):
    words = ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", shared.folder / "self-signed.pem"]
    names = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert "DNS:localhost, IP Address:127.0.0.1, DNS:review.example.com" in names
