"""How do we ask for dossiers and papers?"""

from django.db.models import QuerySet

from accounts import grants
from dossiers.choices import UNFINISHED


class PrintedQuerySet(QuerySet):
    def unfinished(self):
        return self.filter(state__in=UNFINISHED)


class DossierQuerySet(PrintedQuerySet):
    def visible_to(self, user):
        return self.filter(review__deployment__vendor_id__in=grants.vendor_ids(user))

    def with_all(self):
        """What every page about dossiers prints: the review they are of and who asked."""
        return self.select_related("review__deployment__vendor", "requested_by")


class PaperQuerySet(PrintedQuerySet):
    def visible_to(self, user):
        """Whoever asked, as long as they may see the thing itself: `papers.found` asks that."""
        return self.filter(requested_by=user)

    def with_all(self):
        return self.select_related("requested_by", "vendor")


class PackageQuerySet(PrintedQuerySet):
    def visible_to(self, user):
        """Whoever asked, as long as they may see the review: it holds what that person may have."""
        return self.filter(requested_by=user, review__deployment__vendor_id__in=grants.vendor_ids(user))

    def with_all(self):
        return self.select_related("review__deployment__vendor", "requested_by", "dossier")
