"""How do we ask for dossiers?"""

from django.db.models import QuerySet

from accounts import grants
from dossiers.choices import UNFINISHED


class DossierQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(review__deployment__vendor_id__in=grants.vendor_ids(user))

    def with_review(self):
        """What every page about dossiers prints: the review they are of and who asked."""
        return self.select_related("review__deployment__vendor", "requested_by")

    def unfinished(self):
        return self.filter(state__in=UNFINISHED)
