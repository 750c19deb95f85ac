"""Does a start on a wrong environment end in a sentence, and on a right one in typed values?"""

import os
import re
import stat
import subprocess
import sys

import environ
import pytest

from config import environment

SAFE = {
    "SECRET_KEY": "Zq8-vB4kR1_mT7xW2nL9cJ5hF3dS6gP0yUaEoIiKwXbNtVrHzQe",
    "DATABASE_URL": "postgres://countersign:pw@db.example.com:5432/countersign",
    "REDIS_URL": "redis://queue.example.com:6379/0",
    "ALLOWED_HOSTS": "review.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://review.example.com",
    "FILES_DIR": "/srv/countersign/files",
    "EMAIL_URL": "smtp+tls://mailer:pw@mail.example.com:587",
    "TRUSTED_PROXY_COUNT": "1",
}


def test_safe_production_values_are_accepted():
    values = environment.read(SAFE)
    assert values["COUNTERSIGN_MODE"] == "production"
    assert values["ALLOWED_HOSTS"] == ["review.example.com"]
    assert values["UPLOAD_LIMIT_MB"] == 100
    assert values["TRUSTED_PROXY_COUNT"] == 1
    assert values["LOG_FORMAT"] == "json"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is missing: set a random value that stays the same between starts."),
        ("SECRET_KEY", "k3Yf" * 5, "SECRET_KEY is too short or too plain: use at least 50 random characters."),
        ("SECRET_KEY", "a" * 80, "SECRET_KEY is too short or too plain: use at least 50 random characters."),
        (
            "SECRET_KEY",
            "django-insecure-x8(2k&v1qz0w!5t#9m@3p7r^6y4u$b_e+h=j-nl",
            "SECRET_KEY is a known example value: set a random one.",
        ),
        ("DATABASE_URL", "", "DATABASE_URL is missing: production keeps its data in PostgreSQL."),
        (
            "DATABASE_URL",
            "sqlite:////srv/db.sqlite3",
            "DATABASE_URL is not PostgreSQL: SQLite and others are for embedded mode only.",
        ),
        ("DATABASE_URL", "postgres://db.example.com", "DATABASE_URL names no database: end it with `/name`."),
        *(
            (
                name,
                f"{scheme}://somebody:pass/word@db.example.com:5432/countersign",
                f"{name} cannot be read as an address: in a password write `/` as `%2F`, `@` as `%40`, `:` as `%3A`.",
            )
            for name, scheme in (("DATABASE_URL", "postgres"), ("REDIS_URL", "redis"), ("EMAIL_URL", "smtp"))
        ),
        ("REDIS_URL", "", "REDIS_URL is missing: worker, scheduler and rate limits need Redis."),
        (
            "REDIS_URL",
            "memory://",
            "REDIS_URL is not a Redis address: write `redis://`, `rediss://`, `unix://` or `sentinel://`.",
        ),
        (
            "REDIS_URL",
            "sentinel://queue.example.com:26379",
            "REDIS_URL names no Sentinels: write `sentinel://:password@host:26379,host:26379/group/0`.",
        ),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is empty: name the hosts the site answers to."),
        (
            "ALLOWED_HOSTS",
            "review.example.com,*",
            "ALLOWED_HOSTS is `*`: that lets a forged Host header into mailed links; name the hosts.",
        ),
        ("CSRF_TRUSTED_ORIGINS", "", "CSRF_TRUSTED_ORIGINS is empty: name the https address people use."),
        (
            "CSRF_TRUSTED_ORIGINS",
            "http://review.example.com",
            "CSRF_TRUSTED_ORIGINS holds an address without https: production is served over https only.",
        ),
        (
            "FILES_DIR",
            "",
            "FILES_DIR and S3_BUCKET are missing: name the folder or the bucket that keeps the evidence.",
        ),
        (
            "EMAIL_URL",
            "",
            "EMAIL_URL is missing: without mail nobody is invited, reminded or can reset a password.",
        ),
        (
            "EMAIL_URL",
            "consolemail://",
            "EMAIL_URL names a mailbox that sends nothing: name a mail server.",
        ),
        *(
            ("EMAIL_URL", address, "EMAIL_URL names no mail server: write `smtp+tls://user:password@host:587`.")
            for address in ("smtp+tls://", "smpt://mail.example.com:25", "mail.example.com")
        ),
        (
            "CSRF_TRUSTED_ORIGINS",
            "https://reviews.example.com",
            "CSRF_TRUSTED_ORIGINS names reviews.example.com, which ALLOWED_HOSTS does not: its pages would answer nobody.",
        ),
        *(
            (
                name,
                address,
                f"{name} cannot be read as an address: in a password write `/` as `%2F`, `@` as `%40`, `:` as `%3A`.",
            )
            for name, address in (("CSRF_TRUSTED_ORIGINS", "https://["), ("REDIS_URL", "redis://["))
        ),
        (
            "REDIS_URL",
            "sentinel://[",
            "REDIS_URL names no Sentinels: write `sentinel://:password@host:26379,host:26379/group/0`.",
        ),
        (
            "TRUSTED_PROXY_COUNT",
            "0",
            "TRUSTED_PROXY_COUNT is 0: production stands behind a proxy that ends TLS; write how many there are.",
        ),
        ("DEBUG", "true", "DEBUG is on: it shows settings and data to anyone; remove it."),
    ],
)
def test_production_refuses_an_unsafe_value_in_one_sentence(name, value, sentence):
    with pytest.raises(environment.Refused) as refusal:
        environment.read(SAFE | {name: value})
    assert str(refusal.value) == f"Countersign does not start:\n- {sentence}"


def test_an_empty_environment_is_production_and_every_problem_is_named_at_once():
    with pytest.raises(environment.Refused) as refusal:
        environment.read({})
    named = [line.split()[1] for line in str(refusal.value).splitlines()[1:]]
    assert named == [
        "SECRET_KEY",
        "DATABASE_URL",
        "REDIS_URL",
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "EMAIL_URL",
        "TRUSTED_PROXY_COUNT",
        "FILES_DIR",
    ]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://[2001:db8::7]:8443", "[2001:db8::7]"),
        ("https://review.example.com:8443", "review.example.com"),
        ("https://*.example.com", "review.example.com"),
    ],
)
def test_an_origin_of_an_allowed_host_is_accepted_with_its_port(origin, host):
    values = environment.read(SAFE | {"CSRF_TRUSTED_ORIGINS": origin, "ALLOWED_HOSTS": host})
    assert values["CSRF_TRUSTED_ORIGINS"] == [origin]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "TIME_ZONE",
            "Mars/Olympus",
            "TIME_ZONE is 'Mars/Olympus', and no such zone exists: write it as `Europe/Zurich`.",
        ),
        (
            "TIME_ZONE",
            "../etc/passwd",
            "TIME_ZONE is '../etc/passwd', and no such zone exists: write it as `Europe/Zurich`.",
        ),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml': it can be json or plain."),
        ("METRICS_TOKEN", "short", "METRICS_TOKEN is too short: use at least 20 random characters."),
        ("COUNTERSIGN_MODE", "demo", "COUNTERSIGN_MODE is 'demo': it can be `embedded` or `production`."),
        ("UPLOAD_LIMIT_MB", "0", "UPLOAD_LIMIT_MB is 0: it must be at least 1."),
        ("UPLOAD_LIMIT_MB", "many", "UPLOAD_LIMIT_MB must be a whole number, not 'many'."),
        ("TRUSTED_PROXY_COUNT", "-1", "TRUSTED_PROXY_COUNT is negative: write how many proxies stand in front."),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL is 'LOUD': it can be DEBUG, INFO, WARNING, ERROR or CRITICAL."),
    ],
)
def test_a_value_that_means_nothing_is_refused_in_words(name, value, sentence):
    with pytest.raises(environment.Refused) as refusal:
        environment.read(SAFE | {name: value})
    assert str(refusal.value) == f"Countersign does not start:\n- {sentence}"


def test_embedded_mode_keeps_everything_in_its_folder(tmp_path):
    values = environment.read({"COUNTERSIGN_MODE": "embedded", "VAR_DIR": str(tmp_path)})
    assert values["DATABASE_URL"] == f"sqlite:///{tmp_path}/db.sqlite3"
    assert values["FILES_DIR"] == f"{tmp_path}/files"
    assert environ.Env.email_url_config(values["EMAIL_URL"])["EMAIL_FILE_PATH"] == f"{tmp_path}/mail"
    assert values["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert values["DEBUG"] is False
    assert values["LOG_FORMAT"] == "plain"


def test_embedded_secret_key_is_random_kept_and_private(tmp_path):
    source = {"COUNTERSIGN_MODE": "embedded", "VAR_DIR": str(tmp_path / "one")}
    first, second = environment.read(source), environment.read(source)
    other = environment.read(source | {"VAR_DIR": str(tmp_path / "two")})
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert first["SECRET_KEY"] != other["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) == 50
    assert stat.S_IMODE((tmp_path / "one" / "secret-key").stat().st_mode) == 0o600


def test_a_refused_start_prints_sentences_and_no_traceback():
    run = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": "sqlite://:memory:"},
        cwd=environment.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("Countersign does not start:\n- SECRET_KEY is missing")
    assert "Traceback" not in run.stderr


def test_the_readme_says_what_every_variable_means_and_is_without_a_value():
    readme = (environment.BASE_DIR / "README.md").read_text()
    rows = re.findall(r"^\| `([A-Z_0-9]+)` \| (?:`(.*?)`)? *\| (.+) \|$", readme, re.MULTILINE)
    expected = [
        (variable.name, str(variable.default or "").removeprefix(f"{environment.BASE_DIR}/"), variable.meaning)
        for variable in environment.VARIABLES
    ]
    # Nothing, for a number or a switch, is a value.
    worded = {"TRUSTED_PROXY_COUNT": "0", "DEBUG": "False"}
    assert rows == [(name, worded.get(name, default), meaning) for name, default, meaning in expected]
