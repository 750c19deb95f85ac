"""Does the chat hear how many and nothing more, at most once, and does its failure change nothing of the mail?"""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from accounts import chat_names
from accounts.models import OfficeHours, Preferences
from accounts.preference_forms import PreferencesForm
from config.environment import BASE_DIR
from reviews.choices import Delivery
from reviews.models import Message

# One of apprise's many channels uses it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


class Chat(BaseHTTPRequestHandler):
    """Notes what it is told."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, body["message"]))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture
def chat(settings):
    with HTTPServer(("127.0.0.1", 0), Chat) as server:
        server.heard, server.status = [], 200
        settings.CHAT_URL = f"json://127.0.0.1:{server.server_port}/to/{{handle}}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def handle(ciso):
    return Preferences.objects.create(person=ciso, chat_handle="the.ciso")


def test_the_chat_hears_how_many_and_where(due, poke, chat, handle):
    due(1, 7)
    due(2, 0)
    assert len(poke()) == 1
    assert chat.heard == [("/to/the.ciso", "2 reminders wait for you: http://127.0.0.1:8000/")]
    assert Message.objects.get().outcome == "The mail server took it. The chat was told."
    assert poke() == []
    assert len(chat.heard) == 1


def test_who_has_no_name_there_is_not_told_there(due, poke, chat):
    due(1, 7)
    assert len(poke()) == 1
    assert chat.heard == []
    assert Message.objects.get().outcome == "The mail server took it."


@pytest.mark.parametrize("name", ["../x", "x?y=1", "a&to=z", "a#b", "a/b", "a..b", "a b", "a%2Fb", "ä", ".", "@"])
def test_a_name_cannot_lead_elsewhere(due, poke, chat, handle, name):
    form = PreferencesForm({"chat_handle": name}, organisation=OfficeHours(), zone="UTC", has_chat=True)
    assert form.errors["chat_handle"] == [chat_names.WORDS]
    handle.chat_handle = name
    handle.save()
    due(1, 7)
    assert len(poke()) == 1
    assert chat.heard == []


@pytest.mark.parametrize("name", ["jo", "first.last", "@first:example.com", "+41791234567", "a_b-c"])
def test_a_name_as_chats_have_it_is_taken(db, name):
    form = PreferencesForm({"chat_handle": name}, organisation=OfficeHours(), zone="UTC", has_chat=True)
    assert "chat_handle" not in form.errors


@pytest.mark.parametrize(
    "address", ["", "json://:s3cret@127.0.0.1:1/{handle}", "nonsense://s3cret/{handle}", "json://[s3cret/{handle}"]
)
def test_a_chat_that_fails_changes_nothing_of_the_mail_and_logs_no_secret(due, poke, settings, handle, address, caplog):
    settings.CHAT_URL = address
    due(1, 7)
    assert len(poke()) == 1
    message = Message.objects.get()
    assert message.state == Delivery.SENT
    assert message.outcome == "The mail server took it." + (" The chat could not be told." if address else "")
    assert "s3cret" not in caplog.text
    assert poke() == []


def test_a_chat_that_refuses_is_said(due, poke, chat, handle):
    chat.status = 500
    due(1, 7)
    assert len(poke()) == 1
    assert Message.objects.get().outcome == "The mail server took it. The chat could not be told."


def test_who_has_no_address_is_told_in_the_chat_alone(due, poke, chat, handle, ciso):
    ciso.email = ""
    ciso.save()
    due(1, 7)
    assert poke() == []
    assert [words for _, words in chat.heard] == ["1 reminder waits for you: http://127.0.0.1:8000/"]


def test_starting_a_process_does_not_load_what_only_a_chat_needs():
    code = (
        "import config.wsgi, config.celery, reviews.tasks, sys; print(sorted({'apprise', 'holidays'} & {*sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
