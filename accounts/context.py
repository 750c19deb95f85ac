"""What does every page need to know about the person, to draw the navigation?"""

from django.conf import settings
from django.utils.functional import cached_property

from accounts import absences


class Navigation:
    """Asks only when printed, so that a page without navigation costs no query."""

    def __init__(self, user):
        self._user = user

    @cached_property
    def is_administrator(self):
        return self._known and self._user.is_administrator

    @cached_property
    def sees_audit(self):
        return self._known and (self.is_administrator or bool(self._user.vendor_ids_to_audit()))

    @cached_property
    def acting_for(self):
        """The absences in which the person acts today."""
        return self._rota.acting_for(self._user) if self._known else []

    @cached_property
    def away(self):
        """That the person is away and who acts, in words; empty when they are not."""
        return self._rota.in_words(self._user) if self._known else ""

    @cached_property
    def _rota(self):
        return absences.on()

    @property
    def _known(self):
        return self._user is not None and self._user.is_authenticated


def nav(request, navigation=Navigation):
    # An error page may be drawn before the request has a user.
    return {"nav": navigation(getattr(request, "user", None)), "mode_embedded": settings.EMBEDDED}
