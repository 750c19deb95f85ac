"""What happens when several people act at the same moment? For tests on PostgreSQL, with real connections."""

import threading

from django.db import connection


def at_once(*acts):
    """Start all acts at the same moment, each on a connection of its own; return what each returned or raised."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            start.wait()
            answers[place] = act()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
