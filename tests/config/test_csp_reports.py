"""Is what browsers report counted and said in one line, and can nobody do harm with it?"""

import json
import logging

import pytest
from django.test import Client

from config import csp_reports

ADDRESS = "/csp-reports/"
# As Firefox 140 and Chromium 140 send it.
OLD_SHAPE = {
    "csp-report": {
        "blocked-uri": "https://evil.example/steal.js?session=abc",
        "column-number": 7,
        "disposition": "enforce",
        "document-uri": "https://review.example.com/search/?q=our+secret+words",
        "effective-directive": "script-src-elem",
        "line-number": 12,
        "original-policy": "default-src 'self'; script-src 'self' 'nonce-abc'; report-uri /csp-reports/",
        "referrer": "https://review.example.com/",
        "source-file": "https://review.example.com/search/?q=our+secret+words",
        "status-code": 200,
        "script-sample": "secretFunction()",
        "violated-directive": "script-src-elem",
    }
}
NEW_SHAPE = [
    {
        "age": 53531,
        "body": {
            "blockedURL": "inline",
            "columnNumber": 59,
            "disposition": "enforce",
            "documentURL": "https://review.example.com/reviews/secret-name/",
            "effectiveDirective": "style-src-attr",
            "lineNumber": 1441,
            "originalPolicy": "default-src 'self'; report-to csp",
            "referrer": "",
            "sample": "color: secret",
            "sourceFile": "https://review.example.com/reviews/secret-name/",
            "statusCode": 200,
        },
        "type": "csp-violation",
        "url": "https://review.example.com/reviews/secret-name/",
        "user_agent": "Mozilla/5.0",
    },
    {"age": 1, "body": {"id": "x"}, "type": "deprecation", "url": "https://review.example.com/"},
]


def send(client, report, kind="application/csp-report", **extra):
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    return client.post(ADDRESS, body, content_type=kind, **extra)


@pytest.fixture
def lines(caplog):
    """Return a function that lists what was logged of reports."""
    caplog.set_level(logging.INFO, logger="config.csp_reports")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "config.csp_reports"]


@pytest.mark.parametrize(
    ("report", "kind", "directive", "line"),
    [
        (OLD_SHAPE, "application/csp-report", "script-src-elem", "stopped https://evil.example on reviews:search"),
        (NEW_SHAPE, "application/reports+json", "style-src-attr", "stopped inline on reviews:review"),
    ],
)
def test_both_shapes_are_counted_and_logged_without_what_is_confidential(client, lines, report, kind, directive, line):
    response = send(client, report, kind)
    assert (response.status_code, response.content) == (204, b"")
    assert lines() == [f"content security policy: {directive} {line}"]
    assert csp_reports.last_days() == {directive: 1}


def test_a_report_needs_no_token_no_session_and_no_database(lines):
    assert send(Client(enforce_csrf_checks=True), OLD_SHAPE).status_code == 204
    assert len(lines()) == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{",
        b"null",
        b'"csp-report"',
        b"[" * 8000,
        b"\xff\xfe",
        [1, None, {"type": "csp-violation"}, {"type": "csp-violation", "body": 3}],
        {"csp-report": {"effective-directive": "script-src\nFORGED LINE"}},
        {"csp-report": {"effective-directive": ["script-src"]}},
        {"csp-report": {"effective-directive": "no-such-directive"}},
        b'{"csp-report": {"effective-directive": "img-src", "padding": "' + b"x" * csp_reports.LONGEST + b'"}}',
    ],
)
def test_what_is_no_report_is_answered_alike_and_left_alone(client, lines, sent):
    assert send(client, sent).status_code == 204
    assert lines() == []
    assert csp_reports.last_days() == {}


@pytest.mark.parametrize(
    ("blocked", "said"),
    [
        ("https://evil.example:8443/path?query#part", "https://evil.example:8443"),
        ("chrome-extension://abcdef/x.js", "chrome-extension://abcdef"),
        ("data:text/html;base64,c2VjcmV0", "data"),
        ("eval", "eval"),
        ("https://user:password@evil.example/", "something"),
        ("https://evil.example\r\nFORGED LINE/", "something"),
        ("https://[broken", "something"),
        ("", "something"),
        (None, "something"),
    ],
)
def test_of_what_was_stopped_only_the_origin_is_said(client, lines, blocked, said):
    send(client, {"csp-report": {"effective-directive": "img-src", "blocked-uri": blocked}})
    assert lines() == [f"content security policy: img-src stopped {said} on an unknown page"]


def test_older_browsers_name_the_directive_with_its_sources(client):
    send(client, {"csp-report": {"violated-directive": "img-src 'self' data:", "blocked-uri": "https://evil.example/"}})
    assert csp_reports.last_days() == {"img-src": 1}


def test_thirty_a_minute_are_taken_from_one_address_and_others_have_theirs(client, time_machine):
    time_machine.move_to("2026-11-21T12:00:00Z", tick=False)
    answers = {send(client, OLD_SHAPE).status_code for _ in range(40)}
    assert answers == {204}
    assert csp_reports.last_days() == {"script-src-elem": 30}
    send(client, OLD_SHAPE, REMOTE_ADDR="192.0.2.7")
    assert csp_reports.last_days() == {"script-src-elem": 31}
    time_machine.move_to("2026-11-21T12:01:00Z", tick=False)
    send(client, OLD_SHAPE)
    assert csp_reports.last_days() == {"script-src-elem": 32}


def test_one_message_counts_for_at_most_twenty(client):
    many = [{"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "inline"}}] * 50
    send(client, many, "application/reports+json")
    assert csp_reports.last_days() == {"img-src": 20}


def test_what_comes_in_one_message_counts_against_the_minute_one_by_one(client, lines, time_machine):
    time_machine.move_to("2026-11-21T12:00:00Z", tick=False)
    report = {"type": "csp-violation", "body": {"effectiveDirective": "img-src", "blockedURL": "inline"}}
    for _ in range(2):
        send(client, [report] * 20, "application/reports+json")
    assert csp_reports.last_days() == {"img-src": 20}
    assert len(lines()) == 20
    for number in range(20):
        send(client, [report] * 20, "application/reports+json", REMOTE_ADDR=f"192.0.2.{number}")
    # Of all addresses together 300 reports a minute are looked at.
    assert csp_reports.last_days() == {"img-src": 280}


def test_reports_are_forgotten_after_seven_days(client, time_machine):
    time_machine.move_to("2026-11-21T12:00:00Z", tick=False)
    send(client, OLD_SHAPE)
    time_machine.move_to("2026-11-27T12:00:00Z", tick=False)
    assert csp_reports.last_days() == {"script-src-elem": 1}
    time_machine.move_to("2026-11-28T12:00:00Z", tick=False)
    assert csp_reports.last_days() == {}


def test_without_redis_reports_are_answered_and_not_taken(client, settings, lines):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "unix:///nonexistent/redis.sock",
        }
    }
    assert send(client, OLD_SHAPE).status_code == 204
    assert lines() == ["no reports are taken while the cache does not answer"]
