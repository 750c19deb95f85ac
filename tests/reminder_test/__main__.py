"""`make reminder-test`: 1,000 reminders fall due while workers are killed and Redis is emptied. Was everybody told once?

Prints what was done, and what was lost, repeated and late; exits with 1 when anything was lost or repeated, with all
logs kept.
"""

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import django
from django.core.management import call_command

from tests import services
from tests.mail_server import MailServer

PEOPLE, REMINDERS = 400, 1000
# Between two kills, on average.
PAUSE = 1.0
SECONDS = 900
MOST_KILLS = 100
# What the mail server needs for each mail, so that there is time to kill somebody.
THINKS_FOR = (0.2, 0.01)
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(10**6)))


def main() -> int:
    folders = [Path(tempfile.mkdtemp(prefix="countersign-reminders-")) for _ in range(3)]
    database, queue = services.Postgresql(folders[0]), services.Redis(folders[1])
    with services.running(database), services.running(queue):
        os.environ |= {
            "COUNTERSIGN_MODE": "embedded",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(folders[2]),
            # The mail server of the test tells of every word it hears.
            "LOG_LEVEL": "WARNING",
            "DATABASE_URL": database.url,
            "REDIS_URL": queue.url,
        }
        django.setup()
        wrong = _play(folders[2], queue, database.url)
    for folder in folders if not wrong else folders[:2]:
        shutil.rmtree(folder)
    if wrong:
        print(f"\nNot well:\n- {chr(10).join(wrong)}\nThe logs are in {folders[2]}")
    return int(bool(wrong))


def _play(folder, queue, database_url):
    from tests.reminder_test import stage
    from tests.reminder_test.comparison import compare
    from tests.reminder_test.play import Play, mood

    print(f"Seed {SEED}. {PEOPLE} people, {REMINDERS} reminders; PostgreSQL, Redis, two workers, two schedulers.")
    call_command("migrate", verbosity=0)
    built = stage.build(PEOPLE, REMINDERS)
    with MailServer(mood, hangs_for=5, thinks_for=THINKS_FOR).running() as server:
        play = Play(folder, queue, database_url, server, SEED, MOST_KILLS)
        began = time.time()
        seconds = play.run(pause=PAUSE, seconds=SECONDS, say=lambda words: print(words, flush=True))
    result = compare(built, server)
    kills, moods = Counter(kill.what for kill in play.kills), Counter(server.went)
    late = [each.at - began for each in server.received]
    print(f"{seconds:.0f} s, {len(play.kills)} kills: {_counted(kills)}")
    print(f"The mail server: {_counted(moods)}; {server.conversations} conversations")
    print(f"Told {built.reminders - len(result.lost)} of {built.reminders} reminders in {result.mails} mails")
    print(f"Lost: {len(result.lost)}")
    print(f"Repeated: {len(result.repeated)}")
    print(f"Repeated in the window between the server's word and the commit: {len(result.in_the_window)}")
    print(f"Late: the median mail came after {statistics.median(late):.0f} s, the last after {max(late):.0f} s")
    return result.wrong


def _counted(counter):
    return ", ".join(f"{number} × {what}" for what, number in counter.most_common())


if __name__ == "__main__":
    sys.exit(main())
