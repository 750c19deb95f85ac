"""What does every page's head show about the person's work?"""

from django.utils.functional import cached_property

from accounts import context
from reviews import mywork


class Navigation(context.Navigation):
    @cached_property
    def waiting(self):
        return mywork.waiting_count(self._user, self.acting_for) if self._known else 0


def nav(request):
    return context.nav(request, Navigation)
