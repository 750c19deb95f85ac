"""Do pages and queue follow the Sentinels to the Redis that leads now?"""

from urllib.parse import quote

import pytest
from redis import Redis

from config import redis
from tests import services
from tests.product import DEMO_PASSWORD, Browser, Product
from tests.services import wait_until

PASSWORD = "of@all/servers"
PERSON = "somebody@example.com"
CREATE_PERSON = f"""
from accounts.models import User
User.objects.create_user("{PERSON}", "{DEMO_PASSWORD}", name="Somebody")
"""
SECONDS_TO_FOLLOW = 20  # the Sentinels' own election included


@pytest.mark.parametrize(
    ("address", "hosts", "login", "number"),
    [
        ("sentinel://one:26379/main", [("one", 26379)], (None, None, None), 0),
        ("sentinel://:p%40ss@one,two:5000/main/3", [("one", 26379), ("two", 5000)], (None, "p@ss", None), 3),
        ("sentinel://me:pw@[::1]:1/main/1?sentinel_password=x%26y", [("::1", 1)], ("me", "pw", "x&y"), 1),
    ],
)
def test_a_sentinel_address_names_hosts_group_database_and_passwords(address, hosts, login, number):
    named = redis.sentinels(address)
    assert (named.hosts, named.group, named.number) == (hosts, "main", number)
    assert (named.username, named.password, named.sentinel_password) == login


@pytest.mark.parametrize("address", ["sentinel://one:26379", "sentinel:///main", "sentinel://one/main/x"])
def test_half_an_address_is_none(address):
    with pytest.raises(ValueError, match=r".+"):
        redis.sentinels(address)


def test_the_broker_is_asked_through_every_sentinel():
    address, options = redis.broker("sentinel://me:p%40ss@one,two:5000/main/3?sentinel_password=x")
    assert address == "sentinel://me:p%40ss@one:26379/3;sentinel://me:p%40ss@two:5000/3"
    assert options["master_name"] == "main"
    assert options["sentinel_kwargs"]["password"] == "x"


def test_any_other_address_stays_what_it_is():
    assert redis.broker("rediss://:pw@one:6380/2")[0] == "rediss://:pw@one:6380/2"
    assert redis.broker("unix:///srv/redis.sock")[0] == "redis+socket:///srv/redis.sock"


class Watcher(services.Redis):
    """A Sentinel that alone decides, within a second, that a server is gone."""

    def __init__(self, folder, leader):
        super().__init__(folder)
        self.leader = leader

    def start(self):
        file = self.folder / "sentinel.conf"
        file.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\nlogfile {self.folder}/log\n"
            f"sentinel monitor main 127.0.0.1 {self.leader.port} 1\nsentinel auth-pass main {self.leader.password}\n"
            "sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 3000\n"
        )
        self.run(str(file), "--sentinel")

    def knows_a_follower(self):
        with Redis(host="127.0.0.1", port=self.port) as asked:
            return any(each["flags"] == "slave" for each in asked.sentinel_slaves("main"))


@pytest.fixture
def servers(tmp_path):
    """`(leader, follower, sentinel)`, running; the sentinel knows both."""
    for name in ("leader", "follower", "sentinel"):
        (tmp_path / name).mkdir()
    leader = services.Redis(tmp_path / "leader", password=PASSWORD)
    of_leader = ("--replicaof", "127.0.0.1", str(leader.port))
    follower = services.Redis(tmp_path / "follower", *of_leader, password=PASSWORD)
    sentinel = Watcher(tmp_path / "sentinel", leader)
    with services.running(leader), services.running(follower), services.running(sentinel):
        wait_until(sentinel.knows_a_follower)
        yield leader, follower, sentinel


@pytest.mark.postgres
def test_when_the_leader_dies_pages_and_queue_go_on_with_its_follower(servers, tmp_path):
    leader, _, sentinel = servers
    nobody = services.free_port()
    (tmp_path / "var").mkdir()
    address = f"sentinel://:{quote(PASSWORD, safe='')}@127.0.0.1:{nobody},127.0.0.1:{sentinel.port}/main/0"
    product = Product(tmp_path / "var", REDIS_URL=address)
    product.set_up(["shell", "-c", CREATE_PERSON])
    before, after = tmp_path / "before", tmp_path / "after"
    with product.worker("--include", "tests.waiting_tasks") as worker, product.web() as site:
        assert signs_in(site)
        assert sent(product, before)
        wait_until(lambda: before.exists() and "ended" in before.read_text())
        leader.stop()
        wait_until(lambda: signs_in(site), SECONDS_TO_FOLLOW)
        wait_until(lambda: sent(product, after), SECONDS_TO_FOLLOW)
        wait_until(lambda: after.exists() and "ended" in after.read_text(), SECONDS_TO_FOLLOW)
        assert worker.popen.poll() is None


def signs_in(site):
    """Signing in counts attempts in the cache."""
    return Browser(site.url).post("/accounts/login/", {"login": PERSON, "password": DEMO_PASSWORD}).status == 200


def sent(product, path):
    code = f"from config.celery import app; app.send_task('tests.wait', [{str(path)!r}, 0])"
    return product.manage("shell", "--no-imports", "-c", code).returncode == 0
