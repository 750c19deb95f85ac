"""How do we ask for vendors and what belongs to them?"""

from django.db.models import Count, Q, QuerySet

from accounts import grants


class VendorQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(pk__in=grants.vendor_ids(user))

    def with_counts(self):
        """By name, each with `deployment_count`, `review_count` and `evidence_count` (what was not withdrawn)."""
        usable = Q(evidence__withdrawn_at=None)
        return self.annotate(
            deployment_count=Count("deployments", distinct=True),
            evidence_count=Count("evidence", filter=usable, distinct=True),
            review_count=Count("deployments__reviews", distinct=True),
        ).order_by("name")

    def matching(self, words):
        found = self
        for word in words.split():
            found = found.filter(Q(name__icontains=word) | Q(description__icontains=word))
        return found


class OfVendorQuerySet(QuerySet):
    """Rows with a `vendor` foreign key: who sees the vendor sees them."""

    def visible_to(self, user):
        return self.filter(vendor_id__in=grants.vendor_ids(user))
