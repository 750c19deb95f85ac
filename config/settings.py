"""How is Countersign configured? Read from the environment; see ``config/environment.py``."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF

from config import environment, logs, postgresql, redis, storage

BASE_DIR = environment.BASE_DIR
_env = environment.read()

# What kind of installation is this?
EMBEDDED = _env["COUNTERSIGN_MODE"] == environment.EMBEDDED
DEBUG = _env["DEBUG"]
SECRET_KEY = _env["SECRET_KEY"]
ALLOWED_HOSTS = _env["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS = _env["CSRF_TRUSTED_ORIGINS"]
ORGANISATION_NAME = _env["ORGANISATION_NAME"]
TRUSTED_PROXY_COUNT = _env["TRUSTED_PROXY_COUNT"]
VAR_DIR = Path(_env["VAR_DIR"]).resolve()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "guardian",
    "django_htmx",
    "csp",
    "django_celery_results",
    "audit",
    "accounts",
    "vendors",
    "evidence",
    "reviews",
    "dossiers",
    "config",
]

# Who watches; each is off while it is empty.
METRICS_TOKEN = _env["METRICS_TOKEN"]
SENTRY_DSN = _env["SENTRY_DSN"]
OTEL_EXPORTER_OTLP_ENDPOINT = _env["OTEL_EXPORTER_OTLP_ENDPOINT"]

MIDDLEWARE = [
    "audit.middleware.RequestIdMiddleware",
    "config.access.noted",
    "config.probes.probes",
    *(["config.metrics.measure"] if METRICS_TOKEN else []),
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.nothing_granted",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.nothing_kept",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.whole_forms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audit.middleware.ActorMiddleware",
    "accounts.middleware.one_rota",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.words_for_wrong_method",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "reviews.context.nav",
            ],
            "builtins": ["config.display", "config.parts"],
        },
    },
]

# Every form, also a library's, is drawn by templates/django/forms/.
FORM_RENDERER = "config.forms.Renderer"

# Language and time: instants are stored in UTC, days are days in the organisation's zone.
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = _env["TIME_ZONE"]

# Data
DATABASES = {"default": environ.Env.db_url_config(_env["DATABASE_URL"])}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL, IMMEDIATE and NORMAL together: without any one of them concurrent writers fail with "database is locked".
    # With recursive triggers a REPLACE is refused like the DELETE it is, where rows are append-only.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA recursive_triggers=ON;",
    }
else:
    DATABASES["default"] |= postgresql.settings(
        DATABASES["default"].get("OPTIONS", {}),
        # Set by config/wsgi.py.
        web=os.environ.get("COUNTERSIGN_PROCESS") == "web",
    )

REDIS_URL = _env["REDIS_URL"]
# `memory://` exists for unit tests, which start no Redis.
_IN_MEMORY = REDIS_URL.startswith("memory:")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"} if _IN_MEMORY else redis.cache(REDIS_URL)
}

# Files and uploads
FILES_DIR = Path(_env["FILES_DIR"]) if _env["FILES_DIR"] else None
MEDIA_ROOT = FILES_DIR or ""
S3_BUCKET = _env["S3_BUCKET"]
DOWNLOADS = _env["DOWNLOADS"]
UPLOAD_LIMIT_BYTES = _env["UPLOAD_LIMIT_MB"] * 1_000_000
FILE_UPLOAD_HANDLERS = ["evidence.uploads.LimitedUploadHandler"]
# A proxy that sends the files reads them as a member of our group.
FILE_UPLOAD_PERMISSIONS = 0o640 if DOWNLOADS == storage.PROXY else 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750 if DOWNLOADS == storage.PROXY else 0o700
STORAGES = {
    "default": storage.backend(_env),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
BACKUP_RECIPIENT = _env["BACKUP_RECIPIENT"]

# `var/build` holds the front-end packages' files that pages use; see config/frontend.py.
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "var" / "build"]

# People, sign-in and sessions
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Beside allauth's own: codes and tries at a guest's page, by who asks and for whom (reviews/asking/guest_codes.py).
ACCOUNT_RATE_LIMITS = {"guest_code": "20/h/ip,10/h/key", "guest_enter": "60/h/ip,30/h/key"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = _env["REAUTHENTICATION_SECONDS"]
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
SESSION_COOKIE_AGE = int(timedelta(hours=_env["SESSION_HOURS"]).total_seconds())
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not EMBEDDED
# By this name browsers take a cookie only from us over https, and for all of the site: no neighbour can plant one.
SESSION_COOKIE_NAME = "sessionid" if EMBEDDED else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if EMBEDDED else "__Host-csrftoken"

# What browsers are told
SECURE_SSL_REDIRECT = not EMBEDDED
SECURE_HSTS_SECONDS = 0 if EMBEDDED else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = not EMBEDDED
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The browsers' preload list is the organisation's own decision, and hard to take back.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        # Beside `report-to` Chromium ignores it, and then sends nothing over plain HTTP and much later over https.
        "report-uri": ["/csp-reports/"],
    },
}

# Mail
_mail = environ.Env.email_url_config(_env["EMAIL_URL"])
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
CHAT_URL = _env["CHAT_URL"]
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _env["DEFAULT_FROM_EMAIL"]

# Work that runs later. A message is acknowledged when its task ends, and comes
# back when the worker dies; the visibility timeout must therefore stay above the
# time limit, or a long task would run twice at once.
CELERY_BROKER_URL, _BROKER_OPTIONS = redis.broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if _IN_MEMORY
    else {"visibility_timeout": 900, "unacked_restore_interval": 1, "unacked_restore_throttle": 1, **_BROKER_OPTIONS}
)
# A page that sends a task waits for two tries at most.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2}
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 570
# What laying out one PDF may cost, in a process of its own; the seconds stay below the task's.
DOSSIER_SECONDS = 300
DOSSIER_CPU_SECONDS = 280
DOSSIER_MEMORY_MB = 2500
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# A task whose process dies is sent again, but not for ever: rejecting alone would let one that needs too much
# memory kill one process after the other.
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_ANNOTATIONS = {"*": {"default_retry_delay": 10, "max_retries": 3}}
# Of results only failures are kept, and of those nothing confidential; Celery's scheduler clears old ones daily.
CELERY_RESULT_BACKEND = "config.failed_tasks.Failures"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = True
CELERY_RESULT_EXPIRES = timedelta(days=90)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "dossiers.tasks.look_after": {"queue": "default"},
    "dossiers.tasks.*": {"queue": "dossiers"},
    # As large as a package: unpacked on that worker's disk, and no reminder waits for it.
    "reviews.tasks.read_arrival": {"queue": "dossiers"},
    "reviews.tasks.move_review_in": {"queue": "dossiers"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
# Due at the first start, not a minute later.
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
# The schedule only pokes; what is due is read from the database.
CELERY_BEAT_SCHEDULE = {
    # An unheard poke is worth nothing a minute later; through each queue, so that each is known to have a worker.
    "poke": {
        "task": "config.tasks.poke",
        "schedule": 60.0,
        "last_run_at": _LONG_AGO,
        "args": ["scheduler"],
        "options": {"queue": "default", "expires": 55},
    },
    "plan-ahead": {"task": "reviews.tasks.plan_ahead", "schedule": 60.0, "options": {"expires": 55}},
    "remind": {"task": "reviews.tasks.remind", "schedule": 60.0, "options": {"expires": 55}},
    "look-after-imports": {"task": "reviews.tasks.look_after_imports", "schedule": 60.0, "options": {"expires": 55}},
    "look-again-at-items": {"task": "reviews.tasks.look_again", "schedule": 60.0, "options": {"expires": 55}},
    "look-after-questionnaires": {
        "task": "reviews.tasks.look_after_questionnaires",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "poke-dossiers": {
        "task": "config.tasks.poke",
        "schedule": 60.0,
        "last_run_at": _LONG_AGO,
        "args": ["worker:dossiers"],
        "options": {"queue": "dossiers", "expires": 55},
    },
    "look-after-dossiers": {"task": "dossiers.tasks.look_after", "schedule": 60.0, "options": {"expires": 55}},
}

# Log lines go to standard output, each with the request or task it belongs to.
LOGGING = logs.settings(_env["LOG_FORMAT"], _env["LOG_LEVEL"])
