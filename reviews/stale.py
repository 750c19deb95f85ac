"""What is said to whoever saves over something newer?"""

from accounts.permissions import Refused


class Stale(Refused):
    """Someone saved meanwhile: `newest` is the row as it is stored now, `called` how the sentence calls it."""

    def __init__(self, newest, called=""):
        super().__init__(
            f"Not saved: someone changed {called or f'this {newest._meta.verbose_name}'} while you were writing. "
            "What you typed is still here; compare it with what is stored now and save again."
        )
        self.newest = newest
