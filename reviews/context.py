"""What does every page's head show about the person's work?"""

from django.db.models import Count, Value
from django.utils.functional import cached_property

from accounts import context
from reviews import mywork
from reviews.reminders import inbox


class Navigation(context.Navigation):
    @property
    def waiting(self):
        """How many items wait for this person."""
        return self._numbers.get("waiting", 0)

    @property
    def unread(self):
        """How many things they were told of and did not see."""
        return self._numbers.get("unread", 0)

    @cached_property
    def _numbers(self):
        """Both in one query: every page asks."""
        if not self._known:
            return {}
        waiting = _counted("waiting", mywork.waiting(self._user, self.acting_for), "pk")
        return dict(waiting.union(_counted("unread", inbox.unread(self._user), "thing"), all=True))


def _counted(name, rows, what):
    """A query of one row at most: `(name, how many)`."""
    return rows.order_by().annotate(of=Value(name)).values_list("of").annotate(Count(what, distinct=True))


def nav(request):
    return context.nav(request, Navigation)
