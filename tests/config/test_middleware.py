"""Is nothing kept by the browser, nothing cut off stored, and every failure said in words?"""

import errno
import io
import socket

import pytest
import redis.exceptions
from django.db import OperationalError
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from config import failures
from reviews.models import Comment
from tests.cast import item

NOT_KEPT = "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.mark.parametrize("address", ["/", "/reviews/", "/profile/", "/nowhere/", "/people/", "/accounts/login/"])
def test_no_page_is_kept_for_whoever_comes_next(client, reviewer, address):
    client.force_login(reviewer)
    assert client.get(address)["Cache-Control"] == NOT_KEPT


def test_the_redirect_of_a_form_is_not_kept_either(client, reviewer):
    client.force_login(reviewer)
    response = client.post("/profile/", {"name": "Somebody"})
    assert (response.status_code, response["Cache-Control"]) == (302, NOT_KEPT)


def comment(client, review, *, missing):
    """Send a comment whose last bytes do not arrive."""
    body = b"text=Half+of+what+I+wanted"
    arriving = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body) + missing)}
    address = reverse("reviews:item_comment", args=[review.slug, 1])
    return client.post(address, body, content_type="application/x-www-form-urlencoded", **arriving)


def test_a_form_that_broke_off_is_refused_whole(client, review, reviewer):
    client.force_login(reviewer)
    response = comment(client, review, missing=1)
    assert response.status_code == 400
    assert b"It was incomplete, too long or malformed. Nothing was changed." in response.content
    assert not Comment.objects.exists()
    assert comment(client, review, missing=0).status_code == 302
    assert item(review, 1).comments.get().text == "Half of what I wanted"


@pytest.mark.parametrize(("charset", "status"), [("raw_unicode_escape", 400), ("utf-7", 400), ('"UTF-8"', 200)])
def test_a_form_in_another_code_than_ours_is_refused(client, db, charset, status):
    body = b'--B\r\nContent-Disposition: form-data; name="login"\r\n\r\n\\ud800\r\n--B--\r\n'
    said = client.generic("POST", "/accounts/login/", body, f"multipart/form-data; boundary=B; charset={charset}")
    assert said.status_code == status


def test_a_form_address_opened_as_a_page_answers_in_words(client, review, reviewer):
    client.force_login(reviewer)
    response = client.get(reverse("reviews:item_record", args=[review.slug, 1]))
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert b"This address only takes what a form sends. Nothing was changed." in response.content


@pytest.mark.parametrize("failure", [redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OperationalError])
def test_a_service_that_does_not_answer_is_said_so(rf: RequestFactory, failure):
    try:
        raise failure
    except failure:
        response = failures.failed(rf.get("/"))
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert b"The database, the queue or the storage of files cannot be reached." in response.content
    assert b"was stored is not known" not in response.content


def test_whoever_sent_something_is_told_that_it_may_have_been_stored(rf: RequestFactory):
    try:
        raise OperationalError
    except OperationalError:
        response = failures.failed(rf.post("/"))
    assert b"Whether what you sent was stored is not known: look at it before you send it again." in response.content


def test_a_full_disk_is_said_so(rf: RequestFactory):
    try:
        raise OSError(errno.ENOSPC, "No space left on device")
    except OSError:
        response = failures.failed(rf.post("/"))
    assert response.status_code == 503
    assert b"There is no space left on the server" in response.content


@pytest.fixture(params=["refuses", "says nothing"])
def no_mail_server(request, settings):
    """What stands at the mail server's address takes no call, or takes it and is silent."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param == "says nothing":
            server.listen()
            settings.EMAIL_TIMEOUT = 1
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        yield


@pytest.mark.parametrize("email", ["somebody@example.com", "nobody@example.com"])
def test_a_mail_server_that_takes_nothing_is_said_so_whoever_asks(client, db, no_mail_server, email):
    client.raise_request_exception = False
    User.objects.create_user("somebody@example.com", "a long enough password", name="Somebody")
    response = client.post("/accounts/password/reset/", {"email": email})
    assert response.status_code == 503
    assert b"The mail server did not take it. Nothing was changed." in response.content
    assert not Event.objects.filter(event_type="password.reset_requested").exists()


def test_any_other_failure_is_ours(rf: RequestFactory):
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        response = failures.failed(rf.get("/"))
    assert response.status_code == 500
    assert b"Something failed on our side" in response.content


@pytest.mark.parametrize(("failure", "status"), [(OperationalError, 503), (ZeroDivisionError, 500)])
def test_the_page_of_a_failure_names_the_request_when_it_has_an_id(rf: RequestFactory, failure, status):
    asked = rf.get("/")
    pages = []
    for words in ({}, {"id": "the-id-of-this-request"}):
        vars(asked).update(words)
        try:
            raise failure
        except failure:
            pages.append(failures.failed(asked))
    assert [page.status_code for page in pages] == [status, status]
    assert b"Request <span" not in pages[0].content
    assert b'Request <span class="cs-hash">the-id-of-this-request</span>' in pages[1].content


def test_without_redis_signing_in_says_that_a_service_is_missing(client, db, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "unix:///nonexistent/redis.sock",
        }
    }
    client.raise_request_exception = False
    User.objects.create_user("somebody@example.com", "a long enough password", name="Somebody")
    response = client.post("/accounts/login/", {"login": "somebody@example.com", "password": "a long enough password"})
    assert response.status_code == 503
    assert response["X-Request-ID"].encode() in response.content


def test_too_many_attempts_get_a_page_of_ours(client, db):
    sent = [client.post("/accounts/login/", {"login": f"{n}@example.com", "password": "x"}) for n in range(31)]
    assert sent[-1].status_code == 429
    assert b"Wait a few minutes, then try again." in sent[-1].content
