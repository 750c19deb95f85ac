"""How do broker and cache find their Redis, from the one address in REDIS_URL?

Either a server, or the Sentinels that know which server leads at the moment:

    sentinel://user:password@host1:26379,host2:26379,host3:26379/mymaster/0?sentinel_password=…

User and password are those of the Redis servers, and optional, as is the password of the Sentinels themselves.
"""

from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlsplit

from redis.backoff import NoBackoff
from redis.connection import ConnectionPool
from redis.retry import Retry
from redis.sentinel import Sentinel

SENTINEL = "sentinel"
SENTINEL_PORT = 26379
# Seconds. A Redis that hangs must not hold the page that asks it.
PATIENCE = {"socket_timeout": 3, "socket_connect_timeout": 3}
# A Sentinel says within milliseconds who leads, or the next one is asked, without asking the first again.
SENTINEL_PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 0)}


class Sentinels(NamedTuple):
    """What a Sentinel address says."""

    hosts: list[tuple[str, int]]
    group: str
    number: int
    username: str | None
    password: str | None
    sentinel_password: str | None

    def asked_with(self) -> dict[str, Any]:
        return SENTINEL_PATIENCE | ({"password": self.sentinel_password} if self.sentinel_password else {})


def is_sentinel(address: str) -> bool:
    return urlsplit(address).scheme == SENTINEL


def sentinels(address: str) -> Sentinels:
    """Read a Sentinel address. Raises ValueError when it names no host, no group, or a number that is none."""
    parts = urlsplit(address)
    login, _, hosts = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    group, _, number = parts.path.strip("/").partition("/")
    if not group or not hosts:
        raise ValueError("an address of Sentinels names hosts and the group they watch")
    return Sentinels(
        [_host(host) for host in hosts.split(",")],
        group,
        int(number or 0),
        unquote(username) or None,
        unquote(password) or None,
        parse_qs(parts.query).get("sentinel_password", [None])[0],
    )


def _host(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("a Sentinel without a host name")
    return parts.hostname, parts.port or SENTINEL_PORT


def broker(address: str) -> tuple[str, dict[str, Any]]:
    """Return the address and the transport options that Celery takes for this REDIS_URL."""
    if not is_sentinel(address):
        return address.replace("unix://", "redis+socket://", 1), PATIENCE
    named = sentinels(address)
    login = f"{quote(named.username or '')}:{quote(named.password, safe='')}@" if named.password else ""
    each = [f"{SENTINEL}://{login}{_bracketed(host)}:{port}/{named.number}" for host, port in named.hosts]
    return ";".join(each), PATIENCE | {"master_name": named.group, "sentinel_kwargs": named.asked_with()}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def cache(address: str) -> dict[str, Any]:
    """Return what Django's CACHES takes for this REDIS_URL."""
    pool = {"pool_class": "config.redis.LeaderPool"} if is_sentinel(address) else {}
    return {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        # A list: a text would be cut at the commas between Sentinels.
        "LOCATION": [address],
        "KEY_PREFIX": "countersign",
        "OPTIONS": PATIENCE | pool,
    }


class LeaderPool:
    """What Django's cache takes for a pool class: makes pools whose connections lead to the server that leads now."""

    @classmethod
    def from_url(cls, address: str, **options: Any) -> ConnectionPool:
        named = sentinels(address)
        asked = Sentinel(named.hosts, sentinel_kwargs=named.asked_with())
        login = {"username": named.username, "password": named.password}
        return asked.master_for(named.group, db=named.number, **login, **options).connection_pool
