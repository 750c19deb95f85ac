"""How does `make run` bring up a whole Countersign on one machine?

Prepares the data folder, then runs every line of the Procfile in this terminal
until Ctrl-C, a signal, or the end of one of them stops all.
"""

import io
import multiprocessing
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path

import django
from django.core.management import call_command
from honcho.environ import parse_procfile
from honcho.manager import Manager

from config import embedded, environment

CHECKLIST = "fixtures/checklists/claude-security-review-v1.yaml"
STOPPED_BY_HAND = {128 + signal.SIGINT, 128 + signal.SIGTERM}
SECONDS_TO_ANSWER = 60


def main() -> int:
    os.environ |= {"COUNTERSIGN_MODE": environment.EMBEDDED, "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    _stop_like_ctrl_c(signal.SIGTERM, signal.SIGHUP)
    try:
        port = embedded.free_port(os.environ.setdefault("PORT", "8000"))
        folder = Path(environment.read()["VAR_DIR"]).resolve()
        os.environ["VAR_DIR"] = str(folder)
        embedded.require_idle_redis(folder)
        demo = prepare(folder)
    except (embedded.NotPossible, environment.Refused) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        return 0
    return serve(f"http://127.0.0.1:{port}/", demo)


def prepare(folder: Path) -> str:
    """Bring database, static files, checklist and demo data up to date; return what the demo says of itself.

    Every step may be repeated. The queue is up meanwhile, so that work the demo
    data asks for is done once the worker runs.
    """
    django.setup()
    demo = io.StringIO()
    with embedded.private_redis(folder):
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("load_checklist", CHECKLIST, verbosity=0)
        call_command("load_demo", stdout=demo)
    return demo.getvalue().strip()


def serve(address: str, demo: str) -> int:
    """Run every line of the Procfile until one ends or a signal comes; return the exit status."""
    manager = Manager()
    # In a container root is often all there is; Celery's long warning would bury the address.
    surroundings = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:You're running the worker"}
    for name, command in parse_procfile(Path("Procfile").read_text()).processes.items():
        manager.add_process(name, command, env=os.environ | surroundings)
    announcer = multiprocessing.Process(target=announce, args=(address, demo), daemon=True)
    announcer.start()
    manager.loop()
    return 0 if manager.returncode in STOPPED_BY_HAND else manager.returncode


def announce(address: str, demo: str) -> None:
    """Print the address and the demo accounts once the sign-in page answers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    started = time.monotonic()
    while not answers(f"{address}accounts/login/"):
        if time.monotonic() - started > SECONDS_TO_ANSWER:
            print(f"\n{address} has not answered for {SECONDS_TO_ANSWER} s: read the lines above.\n", flush=True)
            return
        time.sleep(0.1)
    print(f"\n{demo}\n\nCountersign answers at {address}   (Ctrl-C stops it)\n", flush=True)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - our own address
            return response.status == 200
    except OSError:
        return False


def _stop_like_ctrl_c(*signals: signal.Signals) -> None:
    """Until the manager takes over, end in order on these signals too.

    The manager knows SIGINT and SIGTERM; a closed terminal (SIGHUP) means the same.
    """
    for number in signals:
        signal.signal(number, lambda *_: os.kill(os.getpid(), signal.SIGINT))


if __name__ == "__main__":
    sys.exit(main())
