"""Which mapping files for vendors' questionnaires did somebody load beside those that ship?"""

from django.db import models
from django.utils import timezone


class LoadedMapping(models.Model):
    """A mapping file as it was loaded. It takes the place of one that ships under the same slug."""

    slug = models.SlugField(max_length=60, unique=True)
    content = models.JSONField(help_text="The file, found free of contradictions.")
    sha256 = models.CharField(max_length=64, help_text="Of what the file says, not of its bytes.")
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["slug"]

    def __str__(self):
        return self.slug
