"""How do we ask for events?"""

from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone


class EventQuerySet(QuerySet):
    def visible_to(self, user):
        """Events of vendors the person may audit; for administrators also those of no vendor (people, sign-ins)."""
        allowed = Q(vendor_id__in=user.vendor_ids_to_audit())
        if user.is_administrator:
            allowed |= Q(vendor_id=None)
        return self.filter(allowed)

    def about(self, target):
        return self.filter(target_type=target._meta.model_name, target_id=str(target.pk))

    def newest_first(self):
        return self.order_by("-pk")

    def matching(self, *, words="", event_type="", actor="", since=None, until=None):
        found = self
        for word in words.split():
            found = found.filter(
                Q(target_label__icontains=word)
                | Q(business_context__icontains=word)
                | Q(actor_name__icontains=word)
                | Q(event_type__icontains=word)
                | Q(reason__icontains=word)
                | Q(request_id=word)
            )
        if event_type:
            found = found.filter(event_type=event_type)
        if actor:
            found = found.filter(actor_name__icontains=actor)
        if since:
            found = found.filter(occurred_at__gte=_start_of(since))
        if until:
            found = found.filter(occurred_at__lt=_start_of(until + timedelta(days=1)))
        return found


def _start_of(day):
    """The first instant of a day in the organisation's time zone (rule 20); comparing instants uses the index."""
    return timezone.make_aware(datetime.combine(day, time.min))
