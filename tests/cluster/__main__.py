"""`make cluster-test`: several hosts on one machine, the main job across them, and one of each stopped in the middle.

Prints what was stopped, what people noticed and what was lost; exits with 1 when anything was, with all logs kept.
"""

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import django

from tests.cluster import network, report
from tests.cluster.outages import Outages
from tests.cluster.play import Play
from tests.cluster.services import Cluster


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C
    folder = Path(tempfile.mkdtemp(prefix="countersign-cluster-"))
    # PostgreSQL and nginx run as others and have their places in it.
    folder.chmod(0o711)
    try:
        wrong = play_on(folder)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        return 130
    except BaseException:
        report.say(f"The logs of all hosts are in {folder}")
        raise
    if wrong:
        report.say(f"\nNot well:\n{report.lines(wrong)}\nThe logs of all hosts are in {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def play_on(folder: Path) -> list[str]:
    """Run all of it on hosts whose folders lie in this one, and end every process whatever happens."""
    began = time.monotonic()
    with network.Namespaces() if network.Namespaces.possible() else network.Loopback() as on:
        cluster = Cluster(on, folder)
        try:
            return run(cluster, began)
        finally:
            _end_all(cluster)


def run(cluster: Cluster, began: float) -> list[str]:
    """Start everything, hurt it, and compare; return what was not as it must be."""
    report.say(f"{len(cluster.hosts)} hosts, {cluster.on.words}. Starting them.")
    cluster.start()
    report.say(f"All answer after {time.monotonic() - began:.0f} s. People work; parts are stopped.")
    play = Play(cluster)
    outages = Outages(play, tell=lambda outage: report.say(report.row(outage, began)))
    play.begin()
    report.say(report.head())
    outages.all()
    play.end()
    return _compared(cluster, play, outages, began)


def _compared(cluster: Cluster, play: Play, outages: Outages, began: float) -> list[str]:
    os.environ |= cluster.settings_told | {"VAR_DIR": str(cluster.folder / "comparison")}
    django.setup()
    from tests.cluster import comparison

    lost = comparison.losses(play.ledger.acts)
    wrong = [f"lost: {act}, {sentence}" for act, sentence in lost] + comparison.contradictions()
    wrong += comparison.silence_of_the_scheduler(since=outages.scheduler_died_at)
    report.say("\n" + cluster.web[0].run(sys.executable, "manage.py", "verify"))
    report.say(report.totals(play.ledger, lost, comparison.without_row(), time.monotonic() - began))
    return wrong + outages.wrong()


def _end_all(cluster: Cluster) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for host in cluster.hosts.values():
        host.kill()


if __name__ == "__main__":
    sys.exit(main())
