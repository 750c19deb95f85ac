"""How does a web process end without dropping a call? (gunicorn's worker)

A proxy may have connected and sent its request while the process was busy. Gunicorn stops taking calls at once when
it is told to end, and the kernel then resets those that wait; a form among them is not sent again by any proxy.
"""

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Takes every call that waits before it stops listening; each is answered before the process ends."""

    def set_accept_enabled(self, enabled):
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._take_all(listener)
                listener.close()

    def _take_all(self, listener):
        before = -1
        while before < self.nr_conns:
            before = self.nr_conns
            self.accept(listener)
