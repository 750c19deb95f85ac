"""Do the images and compose.yaml keep in step with the product, and hold nothing that helps an intruder?

No container engine runs here: the files are read. docs/decisions/0011-container-and-proxy.md says how they were tried.
"""

import importlib.util
import re
import shlex

import pytest
from django.conf import settings
from ruamel.yaml import YAML

from config import environment, gunicorn, queues
from config.environment import BASE_DIR

_spec = importlib.util.spec_from_file_location("machine", BASE_DIR / "config" / "machine.py")
machine = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(machine)

DOCKERFILE = (BASE_DIR / "Dockerfile").read_text()
IGNORED = (BASE_DIR / ".dockerignore").read_text().splitlines()
COMPOSE = YAML(typ="safe").load((BASE_DIR / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
EXAMPLE = dict(
    line.split("=", 1)
    for line in (BASE_DIR / "deploy" / "countersign.env.example").read_text().splitlines()
    if re.match(r"[A-Z]", line)
)
OURS = ("web", "worker", "worker-dossiers", "scheduler", "migrate")
FOREIGN = ("postgres", "redis")
REFUSES_WHEN_EMPTY = re.compile(r"\$\{(\w+):\?is missing in \.env\}")
# A container is always in production and keeps nothing of its own.
NOT_ASKED = {"COUNTERSIGN_MODE", "VAR_DIR", "DEBUG"}


def stages():
    """The Dockerfile's instructions by stage, comments and line breaks taken out."""
    plain = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [re.sub(r" +", " ", stage).splitlines() for stage in plain.split("\nFROM ")[1:]]


def installed(stage):
    """Debian's packages a stage asks for."""
    [line] = [line for line in stage if "apt-get install" in line]
    words = re.search(r"apt-get install --no-install-recommends --yes ([^&]*)&&", line)
    return set(words[1].split())


def seconds(words):
    assert words.endswith("s")
    return int(words[:-1])


def test_the_image_has_the_packages_set_up_asks_for():
    for_running = {need.debian for need in machine.RUN}
    # Set-up makes the environment; Redis is a machine of its own; pg_dump makes the backups.
    only_elsewhere, more = {"python3-venv", "redis-server"}, {"python3", "postgresql-client"}
    assert installed(stages()[-1]) == for_running - only_elsewhere | more


def test_the_last_stage_brings_no_tools_to_build_with():
    last = "\n".join(stages()[-1])
    assert not re.search(r"\b(pip|uv|npm|gcc|make|curl|wget|build-essential|python3-venv|python3-dev)\b", last)
    assert "COPY --from=build /countersign /countersign" in last


def test_every_python_package_is_compared_with_its_hash():
    installs = re.findall(r"pip install [^&\n]*", "\n".join(line for stage in stages() for line in stage))
    assert len(installs) == 3
    assert all("--require-hashes" in words for words in installs)


@pytest.mark.parametrize(("stage", "who"), [(1, "10002:10001"), (2, "10001:10001")])
def test_images_run_as_ordinary_users(stage, who):
    [user] = [line for line in stages()[stage] if line.startswith("USER")]
    assert user == f"USER {who}"


def test_nothing_secret_is_in_an_image():
    for line in re.findall(r"^(?:ENV|ARG) .*", DOCKERFILE, flags=re.MULTILINE):
        assert not re.search(r"SECRET|PASSWORD|TOKEN|_KEY", line)


def test_what_enters_an_image_is_named():
    rules = [line for line in IGNORED if line and not line.startswith("#")]
    assert rules[0] == "*"
    named = [line.removeprefix("!") for line in rules[1:] if line.startswith("!")]
    assert [name for name in named if not (BASE_DIR / name).exists()] == []
    applications = {app for app in settings.INSTALLED_APPS if (BASE_DIR / app).is_dir()}
    assert applications | {"manage.py", "pyproject.toml", "templates", "static", "fixtures"} <= set(named)
    assert not {name.split("/")[0] for name in named} & {"var", ".env", ".git", "tests", "node_modules", ".venv"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_can_be_set_and_no_other(name):
    known = {variable.name for variable in environment.VARIABLES} - NOT_ASKED
    assert set(SERVICES[name]["environment"]) == known


def test_the_file_to_begin_with_starts_nothing_until_it_is_filled_in():
    needed = set(REFUSES_WHEN_EMPTY.findall((BASE_DIR / "compose.yaml").read_text()))
    assert {name for name, value in EXAMPLE.items() if not value} == needed
    with pytest.raises(environment.Refused) as refusal:
        environment.read(EXAMPLE)
    for name in needed & {variable.name for variable in environment.VARIABLES}:
        assert name in str(refusal.value)


def test_a_filled_in_file_is_accepted():
    random = "0123456789abcdef" * 4
    filled = {name: value or random for name, value in EXAMPLE.items()}
    filled |= {"ALLOWED_HOSTS": "review.example.com", "CSRF_TRUSTED_ORIGINS": "https://review.example.com"}
    filled |= {"EMAIL_URL": "smtp+tls://mail.example.com:587"}
    given = {
        name: re.sub(r"\$\{(\w+)(?::\?|-)([^}]*)\}", lambda found: filled.get(found[1], found[2]), value)
        if value
        else filled.get(name)
        for name, value in SERVICES["web"]["environment"].items()
    }
    read = environment.read({name: value for name, value in given.items() if value is not None})
    assert read["DATABASE_URL"] == f"postgres://countersign:{random}@postgres:5432/countersign"
    assert (read["FILES_DIR"], read["TRUSTED_PROXY_COUNT"]) == ("/var/lib/countersign", 1)


def test_secrets_have_no_value_in_the_file():
    for name, service in SERVICES.items():
        for variable, value in service["environment"].items():
            if re.search(r"SECRET|PASSWORD|TOKEN|_KEY|_URL", variable) and value:
                assert REFUSES_WHEN_EMPTY.search(value), (name, variable)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_can_do_no_more_than_it_must(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert not {"privileged", "cap_add", "pid", "network_mode"} & service.keys()
    assert service.get("user", "") == {"postgres": "postgres", "redis": "redis"}.get(name, "")


def test_only_the_proxy_is_reached_from_outside_and_it_reaches_only_web():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    beside = {
        name for name, service in SERVICES.items() if set(service["networks"]) & set(SERVICES["proxy"]["networks"])
    }
    assert beside == {"proxy", "web"}
    for name in FOREIGN:
        assert SERVICES[name]["networks"] == ["back"]
    assert COMPOSE["networks"]["back"] == {"internal": True}


def test_tables_change_first_and_only_by_their_owner():
    for name in ("web", "worker", "worker-dossiers", "scheduler"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "OWNER" not in str(SERVICES[name])
    assert "postgres://countersign_owner:" in SERVICES["migrate"]["environment"]["DATABASE_URL"]


def test_stopping_leaves_time_to_end_what_was_begun():
    assert seconds(SERVICES["web"]["stop_grace_period"]) > gunicorn.graceful_timeout
    for name in ("worker", "worker-dossiers"):
        assert seconds(SERVICES[name]["stop_grace_period"]) > settings.CELERY_TASK_TIME_LIMIT


def test_every_queue_has_a_worker_and_dossiers_delay_nothing_else():
    taken = [SERVICES[name]["command"][8] for name in ("worker", "worker-dossiers")]
    assert taken == list(queues.QUEUES)


@pytest.mark.parametrize(
    ("name", "line"), [("worker", "worker"), ("worker-dossiers", "dossiers"), ("scheduler", "scheduler")]
)
def test_processes_are_started_as_the_procfile_says(name, line):
    procfile = dict(line.split(": exec ", 1) for line in (BASE_DIR / "Procfile").read_text().splitlines())
    there = shlex.split(procfile[line])
    here = SERVICES[name]["command"]
    different = [(a, b) for a, b in zip(there, here, strict=True) if a != b]
    assert all(a.isdecimal() and b.isdecimal() for a, b in different)
    assert '"gunicorn", "--config", "config/gunicorn.py"' in DOCKERFILE


def test_other_peoples_images_are_of_a_named_release_and_not_newer_than_the_backups_client():
    releases = {name: re.fullmatch(r"(\w+):([\d.]+)-bookworm", SERVICES[name]["image"]) for name in FOREIGN}
    assert all(releases.values())
    # Debian 12's client.
    assert int(releases["postgres"][2]) <= 15


def test_the_proxy_is_told_what_it_knows():
    script = (BASE_DIR / "deploy" / "proxy.sh").read_text()
    known = set(re.findall(r"^#   ([A-Z_]+)", script, flags=re.MULTILINE))
    assert set(SERVICES["proxy"]["environment"]) <= known
    asked = set(re.findall(r"\$\{(PROXY_[A-Z_]+)\}", (BASE_DIR / "deploy" / "nginx.conf.template").read_text()))
    assert asked <= set(re.findall(r"PROXY_[A-Z_]+", script))
