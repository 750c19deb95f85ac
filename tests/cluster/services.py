"""Which hosts does the cluster have, what runs on each, and what is each told?"""

import json
import secrets
import shutil
import signal
import sys
from pathlib import Path

from tests.cluster import network
from tests.cluster.hosts import BASE_DIR, Host, Service
from tests.services import ORDINARY_USER, _postgresql_programs

CHECKLIST = "fixtures/checklists/claude-security-review-v1.yaml"
SET_THE_STAGE = "from tests.cluster import stage; stage.main()"
BUCKET = "evidence"
PYTHON = [sys.executable, "-W", "ignore", "-m"]
# Of each kind that a person's work passes through there are two, so that one can go.
WEB, WORKERS, SCHEDULERS = ("web-1", "web-2"), ("worker-1", "worker-2"), ("scheduler-1", "scheduler-2")


class Cluster:
    """All hosts, not yet started. `folder` is empty and can be entered by anybody."""

    def __init__(self, on: network.Namespaces | network.Loopback, folder: Path) -> None:
        self.on, self.folder, self.hosts = on, folder, {}
        self.passwords = {name: secrets.token_hex(16) for name in ("database", "bucket")}
        self.database, self.redis, self.bucket, self.mail = map(self._host, ("database", "redis", "bucket", "mail"))
        self.web, self.workers, self.schedulers = (
            [self._host(name) for name in names] for names in (WEB, WORKERS, SCHEDULERS)
        )
        self.proxy = self._host("proxy")
        self._say_what_runs()
        self._say_what_is_told()

    @property
    def url(self) -> str:
        return f"https://{self.proxy.address}:8443"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    @property
    def product(self) -> list[Host]:
        return [*self.web, *self.workers, *self.schedulers]

    def _settings(self) -> dict[str, str]:
        """What every process of the product is told: nothing but addresses and secrets."""
        user = f"countersign:{self.passwords['database']}"
        return {
            "COUNTERSIGN_MODE": "production",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "DATABASE_URL": f"postgres://{user}@{self.database.address}:5432/countersign",
            "REDIS_URL": f"redis://{self.redis.address}:6379/0",
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT": f"http://{self.bucket.address}:9000",
            "S3_REGION": "eu-central-1",
            "S3_ACCESS_KEY": "countersign",
            "S3_SECRET_KEY": self.passwords["bucket"],
            "EMAIL_URL": f"smtp://{self.mail.address}:2525",
            "ALLOWED_HOSTS": self.proxy.address,
            "CSRF_TRUSTED_ORIGINS": self.url,
            "TRUSTED_PROXY_COUNT": "1",
        }

    def start(self) -> None:
        """Bring everything up, as somebody does who installs it on hosts of their own."""
        self._create_database()
        for host in (self.database, self.redis, self.bucket, self.mail):
            host.start()
        self._create_role()
        first = self.web[0]
        first.run(sys.executable, "manage.py", "migrate", "--verbosity", "0")
        first.run(sys.executable, "manage.py", "collectstatic", "--verbosity", "0", "--no-input")
        first.run(sys.executable, "manage.py", "load_checklist", CHECKLIST)
        said = first.run(sys.executable, "manage.py", "shell", "--no-imports", "--command", SET_THE_STAGE)
        self.stage = json.loads(said.splitlines()[-1])
        self._create_certificate()
        for host in (*self.product, self.proxy):
            host.start()

    def _host(self, name: str) -> Host:
        host = Host(name, self.on, self.folder / name)
        self.hosts[name] = host
        return host

    def _say_what_runs(self) -> None:
        self.database.services = [self._postgresql()]
        self.database.cwd = self.database.folder
        self.redis.services = [self._redis()]
        self.bucket.services = self._bucket_and_its_gateway()
        sink = ["aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Mailbox", str(self.mail.folder / "box")]
        self.mail.services = [Service("mail", [*PYTHON, *sink, "-l", f"{self.mail.address}:2525"], 2525)]
        self.proxy.services = [Service("proxy", [str(BASE_DIR / "deploy" / "proxy.sh")], 8443, signal.SIGQUIT)]
        for host in self.web:
            gunicorn = ["gunicorn", "--config", "config/gunicorn.py", "--bind", f"{host.address}:8000"]
            host.services = [Service("web", [*PYTHON, *gunicorn, "config.wsgi"], 8000)]
        for host in self.workers:
            host.services = [_worker(queue, host.name) for queue in ("default", "dossiers")]
        for host in self.schedulers:
            host.services = [Service("scheduler", [*PYTHON, *_celery("beat")])]

    def _postgresql(self) -> Service:
        program = str(_postgresql_programs() / "postgres")
        options = [f"listen_addresses={self.database.address}", f"unix_socket_directories={self.database.folder}"]
        words = [word for option in options for word in ("-c", option)]
        # SIGINT is PostgreSQL's fast way to stop: it waits for nobody.
        return Service(
            "postgresql", [program, "-D", str(self._data), *words], 5432, stop_with=signal.SIGINT, user=ORDINARY_USER
        )

    def _redis(self) -> Service:
        options = ["--bind", self.redis.address, "--port", "6379", "--protected-mode", "no", "--save", ""]
        kept = ["--appendonly", "yes", "--dir", str(self.redis.folder)]
        return Service("redis", ["redis-server", *options, *kept], 6379)

    def _bucket_and_its_gateway(self) -> list[Service]:
        """The S3 server keeps objects in memory, so what is killed and started again is the gateway in front of it."""
        (self.bucket.folder / "gateway.conf").write_text(
            GATEWAY.format(folder=self.bucket.folder, address=self.bucket.address)
        )
        server = [*PYTHON, "moto.server", "-H", self.bucket.address, "-p", "5000"]
        gateway = [shutil.which("nginx") or "/usr/sbin/nginx", "-e", "stderr", "-c"]
        return [
            Service("bucket", server, 5000),
            Service("gateway", [*gateway, str(self.bucket.folder / "gateway.conf")], 9000),
        ]

    def _say_what_is_told(self) -> None:
        self.settings_told = self._settings()
        for host in self.product:
            host.environment = self.settings_told
        self.proxy.environment = {
            "PROXY_SERVERS": " ".join(f"{host.address}:8000" for host in self.web),
            "PROXY_HTTP": f"{self.proxy.address}:8080",
            "PROXY_HTTPS": f"{self.proxy.address}:8443",
            "PROXY_DIR": str(self.proxy.folder / "run"),
            # The pages it shows lie in this project's folder, which others may not enter.
            "PROXY_USER": BASE_DIR.owner(),
            "PROXY_CERTIFICATE": str(self.certificate),
            "PROXY_CERTIFICATE_KEY": str(self.folder / "certificate.key"),
        }

    @property
    def _data(self) -> Path:
        return self.database.folder / "data"

    def _create_database(self) -> None:
        host, secret = self.database, self.database.folder / "password"
        secret.write_text(self.passwords["database"])
        if _is_root():
            for path in (host.folder, secret):
                shutil.chown(path, ORDINARY_USER)
        programs = _postgresql_programs()
        words = ["-D", str(self._data), "-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(secret)]
        host.run(str(programs / "initdb"), *words, "-E", "UTF8", user=ORDINARY_USER)
        with (self._data / "pg_hba.conf").open("a") as allowed:
            allowed.write("host countersign countersign samenet scram-sha-256\n")

    def _create_role(self) -> None:
        """The product's own role, which owns its database and is nobody's superuser."""
        password = self.passwords["database"]
        self.database.environment = {"PGPASSWORD": password, "PGHOST": str(self.database.folder), "PGUSER": "postgres"}
        for statement in (
            f"CREATE ROLE countersign LOGIN PASSWORD '{password}'",
            "CREATE DATABASE countersign OWNER countersign",
        ):
            self.database.run(str(_postgresql_programs() / "psql"), "-q", "-d", "postgres", "-c", statement)

    def _create_certificate(self) -> None:
        key = self.folder / "certificate.key"
        words = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        names = ["-subj", "/CN=Countersign", "-addext", f"subjectAltName=IP:{self.proxy.address}"]
        self.proxy.run("openssl", "req", *words, *names, "-keyout", str(key), "-out", str(self.certificate))


def _worker(queue: str, host: str) -> Service:
    options = ["--queues", queue, "--concurrency", "1", "--without-gossip", "--without-mingle"]
    return Service(f"worker-{queue}", [*PYTHON, *_celery("worker"), *options, "--hostname", f"{queue}@{host}"])


def _celery(what: str) -> list[str]:
    return ["celery", "--quiet", "-A", "config", what, "--loglevel", "INFO"]


def _is_root() -> bool:
    return Path("/proc/self").stat().st_uid == 0


GATEWAY = """daemon off;
user root;
pid {folder}/gateway.pid;
events {{}}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {folder}/tmp;
    proxy_temp_path {folder}/tmp;
    fastcgi_temp_path {folder}/tmp;
    uwsgi_temp_path {folder}/tmp;
    scgi_temp_path {folder}/tmp;
    server {{
        listen {address}:9000;
        location / {{
            proxy_pass http://{address}:5000;
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_request_buffering off;
            proxy_buffering off;
        }}
    }}
}}
"""
