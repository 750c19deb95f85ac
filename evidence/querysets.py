"""How do we ask for evidence?"""

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts import grants


class EvidenceQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(vendor_id__in=grants.vendor_ids(user))

    def in_use(self):
        return self.filter(withdrawn_at=None)

    def with_current(self):
        """Each with its newest version in `newest`, in one query for all of them."""
        from evidence.models import Version

        newest = Version.objects.newest().select_related("uploaded_by")
        return self.prefetch_related(Prefetch("versions", queryset=newest, to_attr="newest"))

    def with_end(self):
        """Each with `ends_on`, the last valid day its newest version states."""
        newest = self.model._meta.get_field("versions").related_model.objects.filter(evidence=OuterRef("pk"))
        return self.annotate(ends_on=Subquery(newest.order_by("-number").values("valid_until")[:1]))

    def with_citation_count(self):
        return self.annotate(citation_count=Count("citations", distinct=True))

    def matching(self, words):
        """Title or the file name of any version holds each of the words."""
        versions = self.model._meta.get_field("versions").related_model.objects
        found = self
        for word in words.split():
            # Not a join: each word would multiply the rows by the versions there are.
            named = versions.filter(evidence=OuterRef("pk"), name__icontains=word)
            found = found.filter(Q(title__icontains=word) | Exists(named))
        return found


class VersionQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(evidence__vendor_id__in=grants.vendor_ids(user))

    def newest(self):
        newer = self.model.objects.filter(evidence=OuterRef("evidence"), number__gt=OuterRef("number"))
        return self.filter(~Exists(newer))
