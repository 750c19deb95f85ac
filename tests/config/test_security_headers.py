"""Does every kind of answer tell browsers what they must not do, in production too?"""

import json
import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.test import Client
from django.urls import include, path, reverse

from tests.config.test_environment import SAFE

pytestmark = pytest.mark.xdist_group("security_headers")

EVERYWHERE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
POLICY = {
    *("default-src 'self'", "style-src 'self'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'"),
    *("frame-ancestors 'none'", "form-action 'self'", "report-uri /csp-reports/"),
}


# A site that also has what fails.


def unavailable(request):
    raise OperationalError


def broken(request):
    raise ZeroDivisionError


def forbidden(request):
    raise PermissionDenied


for view in (unavailable, broken, forbidden):
    view.login_required = False

handler500 = "config.failures.failed"
urlpatterns = [
    path("unavailable/", unavailable),
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("", include("config.urls")),
]


def policy(headers):
    return set(headers["Content-Security-Policy"].split("; "))


def differing(response, expected):
    return {name: response.headers.get(name) for name, value in expected.items() if response.headers.get(name) != value}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/accounts/login/", 200),
        ("/reviews/", 302),
        ("/accounts/nowhere/", 404),
        ("/forbidden/", 403),
        ("/broken/", 500),
        ("/unavailable/", 503),
        ("/csp-reports/", 405),
    ],
)
def test_every_answer_has_every_header(settings, address, status):
    settings.ROOT_URLCONF = __name__
    response = Client(raise_request_exception=False).get(address)
    assert response.status_code == status
    assert differing(response, EVERYWHERE | {"X-Frame-Options": "DENY"}) == {}
    assert policy(response.headers) >= POLICY
    (scripts,) = policy(response.headers) - POLICY
    assert re.fullmatch(r"script-src 'self'( 'nonce-[A-Za-z0-9+/=]{24}')?", scripts)


def test_also_for_who_is_signed_in(client, reviewer):
    client.force_login(reviewer)
    for address, status in (("/", 200), ("/nowhere/", 404), ("/people/", 403)):
        response = client.get(address)
        assert response.status_code == status
        assert differing(response, EVERYWHERE | {"X-Frame-Options": "DENY"}) == {}


def test_a_form_without_its_token_too(reviewer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    response = client.post("/profile/", {"name": "Forged"})
    assert response.status_code == 403
    assert differing(response, EVERYWHERE | {"X-Frame-Options": "DENY"}) == {}


def test_a_file_is_besides_neither_shown_nor_run(client, reviewer, evidence):
    client.force_login(reviewer)
    response = client.get(reverse("evidence:download", args=[evidence.pk, 1]))
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"%PDF-")
    expected = {"Content-Security-Policy": "sandbox; default-src 'none'"}
    assert differing(response, EVERYWHERE | expected) == {}


IN_PRODUCTION = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.test import Client, override_settings

plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
with override_settings(STATIC_ROOT=sys.argv[1], STORAGES=settings.STORAGES | {"staticfiles": plain}):
    client = Client(headers={"host": "review.example.com"})
    answers = {
        address: client.get(address, secure=secure)
        for address, secure in (("/accounts/login/", True), ("/static/a.css", True), ("/reviews/", True), ("/", False))
    }
    said = {address: [answer.status_code, dict(answer.headers)] for address, answer in answers.items()}
    cookies = {name: dict(cookie) for name, cookie in answers["/accounts/login/"].cookies.items()}
    names = [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME]
print(json.dumps([said, cookies, names, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY]))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """What production answers: `(answers, cookies, names of the cookies, secure, HttpOnly)`. No service is there."""
    static = tmp_path_factory.mktemp("static")
    (static / "a.css").write_text("body {}")
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = inherited | SAFE | {"VAR_DIR": str(static), "DJANGO_SETTINGS_MODULE": "config.settings"}
    run = subprocess.run(
        [sys.executable, "-c", IN_PRODUCTION, str(static)], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize(("address", "status"), [("/accounts/login/", 200), ("/static/a.css", 200), ("/reviews/", 302)])
def test_in_production_only_https_is_spoken_for_a_year(production, address, status):
    got, headers = production[0][address]
    assert got == status
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert {name: headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert policy(headers) >= POLICY


def test_in_production_plain_http_is_sent_to_https(production):
    status, headers = production[0]["/"]
    assert (status, headers["Location"]) == (301, "https://review.example.com/")


def test_in_production_cookies_belong_to_this_host_and_no_script(production):
    _, cookies, names, secure, http_only = production
    assert names == ["__Host-sessionid", "__Host-csrftoken"]
    assert (secure, http_only) == (True, True)
    token = cookies["__Host-csrftoken"]
    # Browsers take the prefix only with these three.
    assert (token["secure"], token["path"], token["domain"]) == (True, "/", "")
    assert (token["httponly"], token["samesite"]) == (True, "Lax")


def test_no_admin_site_is_installed(settings):
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
