"""What may the environment say, and what does production refuse?

Every variable is declared once in ``VARIABLES``. ``read`` types them, fills in
what embedded mode keeps under its data folder, and raises ``Refused`` with one
sentence per problem; nothing starts on a half-right environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.http.request import split_domain_port, validate_host

from config import embedded, encryption, redis, reporting, storage

BASE_DIR = Path(__file__).resolve().parent.parent
EMBEDDED, PRODUCTION = "embedded", "production"
SECRET_KEY_LENGTH = 50
TOKEN_LENGTH = 20
LOG_FORMATS = ("json", "plain")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
REDIS_SCHEMES = {"redis", "rediss", "unix", redis.SENTINEL}
# Address schemes of django-environ whose mail never leaves the machine.
SILENT_MAIL = {"consolemail", "dummymail", "filemail", "memorymail"}
# What people copy out of examples and forget to change.
KNOWN_KEY_WORDS = ("changeme", "change-me", "example", "insecure", "secret-key", "your-")


class Refused(ImproperlyConfigured):
    """The environment is missing something or is unsafe; the text says what, for a person."""


class Variable(NamedTuple):
    name: str
    cast: type
    default: Any
    meaning: str


# What a person sets. COUNTERSIGN_PROCESS is none of them: config/wsgi.py says with it what kind of process this is.
VARIABLES = (
    Variable("COUNTERSIGN_MODE", str, PRODUCTION, "`production`, or `embedded` for one machine without services"),
    Variable("SECRET_KEY", str, "", f"signs sessions and links; at least {SECRET_KEY_LENGTH} random characters"),
    Variable("DATABASE_URL", str, "", "PostgreSQL, as `postgres://user:password@host:5432/name`"),
    Variable(
        "REDIS_URL", str, "", "broker and cache, as `redis://host:6379/0`; `rediss://`, `unix://` and `sentinel://` too"
    ),
    Variable("ALLOWED_HOSTS", list, [], "host names the site answers to, separated by commas"),
    Variable("CSRF_TRUSTED_ORIGINS", list, [], "origins forms may come from, as `https://review.example.com`"),
    Variable("ORGANISATION_NAME", str, "Our organisation", "name shown on pages and dossiers"),
    Variable("TIME_ZONE", str, "UTC", "the organisation's zone, as `Europe/Zurich`; days are days there"),
    Variable("VAR_DIR", str, str(BASE_DIR / "var"), "folder of what embedded mode and set-up keep"),
    Variable("FILES_DIR", str, "", "folder of uploaded evidence and finished dossiers"),
    Variable("S3_BUCKET", str, "", "bucket of the same instead of a folder; private, and this installation's alone"),
    Variable("S3_ENDPOINT", str, "", "address of an S3 server that is not Amazon's, as `https://s3.example.com`"),
    Variable("S3_REGION", str, "", "region of the bucket, as `eu-central-1`"),
    Variable("S3_ACCESS_KEY", str, "", "key to the bucket; without one the machine's own role is used"),
    Variable("S3_SECRET_KEY", str, "", "secret of that key"),
    Variable("DOWNLOADS", str, storage.WEB, "who sends files: `web`, `proxy` (X-Accel-Redirect), `signed` (S3)"),
    Variable("UPLOAD_LIMIT_MB", int, 100, "largest file accepted, in megabytes of 1,000,000 bytes"),
    Variable("EMAIL_URL", str, "", "mail server, as `smtp+tls://user:password@host:587`"),
    Variable("DEFAULT_FROM_EMAIL", str, "countersign@localhost", "sender of every mail"),
    Variable(
        "CHAT_URL",
        str,
        "",
        "also tells people in the chat that a mail is there: an address as apprise writes it, with `{handle}` for the person",
    ),
    Variable(
        "TRUSTED_PROXY_COUNT",
        int,
        0,
        "how many proxies in front may be believed about the caller's address and https; at least 1 in production",
    ),
    Variable("LOG_LEVEL", str, "INFO", "least severe log line written"),
    Variable("LOG_FORMAT", str, "", "`json` or `plain`; without it, json in production and plain in embedded mode"),
    Variable(
        "METRICS_TOKEN", str, "", f"bearer token Prometheus reads /metrics with; at least {TOKEN_LENGTH} characters"
    ),
    Variable("SENTRY_DSN", str, "", "Sentry project that errors are reported to; needs `requirements-reporting.txt`"),
    Variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        str,
        "",
        "OpenTelemetry collector for traces, as `http://collector:4318`; needs the same packages",
    ),
    Variable("DEBUG", bool, False, "Django's debug pages; refused in production"),
    Variable(
        "BACKUP_RECIPIENT", str, "", "age public key that backups are encrypted to; without it they are not encrypted"
    ),
    Variable("REAUTHENTICATION_SECONDS", int, 300, "how long a repeated sign-in covers signatures"),
    Variable("SESSION_HOURS", int, 12, "hours until a session ends"),
)


def read(source: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return every variable by name, typed and complete.

    In embedded mode this may create the data folder and a random secret key in
    it. Raises ``Refused`` naming every problem, one sentence a line.
    """
    values = _typed(os.environ if source is None else source)
    problems = _problems_anywhere(values)
    if values["COUNTERSIGN_MODE"] == PRODUCTION:
        problems += problems_in_production(values)
    if problems:
        raise Refused("Countersign does not start:\n" + "\n".join(f"- {problem}" for problem in problems))
    if values["COUNTERSIGN_MODE"] == EMBEDDED:
        _fill_in_embedded(values)
    values["LOG_FORMAT"] = values["LOG_FORMAT"] or "json"
    return values


def problems_in_production(values: Mapping[str, Any]) -> list[str]:
    """Return a sentence for everything production must not start with."""
    sentences = (
        _secret_key_problem(values["SECRET_KEY"]),
        _database_problem(values["DATABASE_URL"]),
        _redis_problem(values["REDIS_URL"]),
        _hosts_problem(values["ALLOWED_HOSTS"]),
        _origins_problem(values["CSRF_TRUSTED_ORIGINS"], values["ALLOWED_HOSTS"]),
        _mail_problem(values["EMAIL_URL"]),
        # Without one every page would be redirected to https for ever, because nothing says that it came that way.
        values["TRUSTED_PROXY_COUNT"] == 0
        and "TRUSTED_PROXY_COUNT is 0: production stands behind a proxy that ends TLS; write how many there are.",
        *storage.problems_in_production(values),
        values["DEBUG"] and "DEBUG is on: it shows settings and data to anyone; remove it.",
    )
    return [sentence for sentence in sentences if sentence]


def _typed(source: Mapping[str, str]) -> dict[str, Any]:
    reader = environ.Env()
    reader.ENVIRON = source
    values, problems = {}, []
    for name, cast, default, _ in VARIABLES:
        try:
            values[name] = reader.get_value(name, cast=cast, default=default)
        except ValueError:
            problems.append(f"- {name} must be a whole number, not {source[name]!r}.")
    if problems:
        raise Refused("Countersign does not start:\n" + "\n".join(problems))
    return values


def _problems_anywhere(values: Mapping[str, Any]) -> list[str]:
    problems = []
    mode, zone = values["COUNTERSIGN_MODE"], values["TIME_ZONE"]
    if mode not in (EMBEDDED, PRODUCTION):
        problems.append(f"COUNTERSIGN_MODE is {mode!r}: it can be `embedded` or `production`.")
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError):
        problems.append(f"TIME_ZONE is {zone!r}, and no such zone exists: write it as `Europe/Zurich`.")
    for name in ("UPLOAD_LIMIT_MB", "REAUTHENTICATION_SECONDS", "SESSION_HOURS"):
        if values[name] < 1:
            problems.append(f"{name} is {values[name]}: it must be at least 1.")
    if values["LOG_LEVEL"] not in LOG_LEVELS:
        problems.append(
            f"LOG_LEVEL is {values['LOG_LEVEL']!r}: it can be {', '.join(LOG_LEVELS[:-1])} or {LOG_LEVELS[-1]}."
        )
    if values["METRICS_TOKEN"] and len(values["METRICS_TOKEN"]) < TOKEN_LENGTH:
        problems.append(f"METRICS_TOKEN is too short: use at least {TOKEN_LENGTH} random characters.")
    if values["LOG_FORMAT"] not in ("", *LOG_FORMATS):
        problems.append(f"LOG_FORMAT is {values['LOG_FORMAT']!r}: it can be json or plain.")
    if values["BACKUP_RECIPIENT"] and not encryption.is_recipient(values["BACKUP_RECIPIENT"]):
        problems.append("BACKUP_RECIPIENT is no public key of age: it starts with `age1`, as `age-keygen` prints it.")
    if values["CHAT_URL"] and ("://" not in values["CHAT_URL"] or "{handle}" not in values["CHAT_URL"]):
        problems.append("CHAT_URL is no address with `{handle}` in it: write `slack://…/@{handle}`, as apprise has it.")
    if values["TRUSTED_PROXY_COUNT"] < 0:
        problems.append("TRUSTED_PROXY_COUNT is negative: write how many proxies stand in front.")
    return problems + storage.problems(values) + reporting.problems(values)


def _secret_key_problem(key: str) -> str:
    if not key:
        return "SECRET_KEY is missing: set a random value that stays the same between starts."
    if len(key) < SECRET_KEY_LENGTH or len(set(key)) < 5:
        return f"SECRET_KEY is too short or too plain: use at least {SECRET_KEY_LENGTH} random characters."
    if any(word in key.lower() for word in KNOWN_KEY_WORDS):
        return "SECRET_KEY is a known example value: set a random one."
    return ""


def _unreadable(name: str, address: str) -> str:
    try:
        _ = urlsplit(address).port
    except ValueError:
        return f"{name} cannot be read as an address: in a password write `/` as `%2F`, `@` as `%40`, `:` as `%3A`."
    return ""


def _database_problem(address: str) -> str:
    if not address:
        return "DATABASE_URL is missing: production keeps its data in PostgreSQL."
    if problem := _unreadable("DATABASE_URL", address):
        return problem
    if urlsplit(address).scheme not in {"postgres", "postgresql"}:
        return "DATABASE_URL is not PostgreSQL: SQLite and others are for embedded mode only."
    if not urlsplit(address).path.strip("/"):
        return "DATABASE_URL names no database: end it with `/name`."
    return ""


def _redis_problem(address: str) -> str:
    if not address:
        return "REDIS_URL is missing: worker, scheduler and rate limits need Redis."
    scheme = address.partition(":")[0].lower()
    if scheme not in REDIS_SCHEMES:
        return "REDIS_URL is not a Redis address: write `redis://`, `rediss://`, `unix://` or `sentinel://`."
    if scheme != redis.SENTINEL:
        return _unreadable("REDIS_URL", address)
    try:
        redis.sentinels(address)
    except ValueError:
        return "REDIS_URL names no Sentinels: write `sentinel://:password@host:26379,host:26379/group/0`."
    return ""


def _hosts_problem(hosts: list[str]) -> str:
    if not hosts:
        return "ALLOWED_HOSTS is empty: name the hosts the site answers to."
    if "*" in hosts:
        return "ALLOWED_HOSTS is `*`: that lets a forged Host header into mailed links; name the hosts."
    return ""


def _origins_problem(origins: list[str], hosts: list[str]) -> str:
    if not origins:
        return "CSRF_TRUSTED_ORIGINS is empty: name the https address people use."
    if not all(origin.startswith("https://") for origin in origins):
        return "CSRF_TRUSTED_ORIGINS holds an address without https: production is served over https only."
    if problem := next(filter(None, (_unreadable("CSRF_TRUSTED_ORIGINS", origin) for origin in origins)), ""):
        return problem
    # With the brackets of an IPv6 address, as ALLOWED_HOSTS has them.
    named = [urlsplit(origin).netloc for origin in origins]
    unknown = [
        host for host in named if not host.startswith("*") and not validate_host(split_domain_port(host)[0], hosts)
    ]
    if hosts and unknown:
        return f"CSRF_TRUSTED_ORIGINS names {unknown[0]}, which ALLOWED_HOSTS does not: its pages would answer nobody."
    return ""


def _mail_problem(address: str) -> str:
    if not address:
        return "EMAIL_URL is missing: without mail nobody is invited, reminded or can reset a password."
    if problem := _unreadable("EMAIL_URL", address):
        return problem
    if urlsplit(address).scheme in SILENT_MAIL:
        return "EMAIL_URL names a mailbox that sends nothing: name a mail server."
    if urlsplit(address).scheme not in environ.Env.EMAIL_SCHEMES or not urlsplit(address).hostname:
        return "EMAIL_URL names no mail server: write `smtp+tls://user:password@host:587`."
    return ""


def _fill_in_embedded(values: dict[str, Any]) -> None:
    """Complete what embedded mode keeps in its data folder."""
    folder = Path(values["VAR_DIR"]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    values["SECRET_KEY"] = values["SECRET_KEY"] or _kept_secret_key(folder / "secret-key")
    values["DATABASE_URL"] = values["DATABASE_URL"] or f"sqlite:///{folder / 'db.sqlite3'}"
    values["REDIS_URL"] = values["REDIS_URL"] or f"unix://{embedded.redis_socket(folder)}"
    values["ALLOWED_HOSTS"] = values["ALLOWED_HOSTS"] or ["localhost", "127.0.0.1", "[::1]"]
    if not values["FILES_DIR"] and not values["S3_BUCKET"]:
        (folder / "files").mkdir(exist_ok=True)
        values["FILES_DIR"] = str(folder / "files")
    values["LOG_FORMAT"] = values["LOG_FORMAT"] or "plain"
    values["EMAIL_URL"] = values["EMAIL_URL"] or f"filemail:///{folder / 'mail'}"


def _kept_secret_key(path: Path) -> str:
    """Return the key kept in ``path``, written at first use and readable by its owner alone."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(get_random_secret_key())
    except FileExistsError:
        pass
    return path.read_text()
