"""Whom do we review, how do we use them, whom do we call?"""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from guardian.models import UserObjectPermissionBase

from vendors.choices import Channel, DataClass, Regime
from vendors.querysets import OfVendorQuerySet, VendorQuerySet


class Vendor(models.Model):
    name = models.CharField(max_length=120, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(blank=True, max_length=2000)
    website = models.URLField(blank=True)
    trust_centre = models.URLField("trust centre", blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = VendorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        default_permissions = ()
        permissions = [
            ("review_vendor", "Upload evidence and work on items"),
            ("lead_vendor", "Open reviews, assign, work on items"),
            ("sign_vendor", "Hold a stakeholder role and sign"),
            ("audit_vendor", "Read everything, change nothing"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("vendors:vendor", args=[self.slug])


class VendorUserObjectPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Vendor, on_delete=models.CASCADE)


class Deployment(models.Model):
    """One way we use the vendor: its channel, the data it may carry, the regimes that apply."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="deployments")
    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=30, choices=Channel)
    data_classes = models.JSONField("data classes in scope", default=list)
    regimes = models.JSONField("regimes in scope", default=list, blank=True)
    description = models.TextField(blank=True, max_length=2000)

    objects = OfVendorQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["vendor", "name"], name="vendors_deployment_name_once")]

    def __str__(self):
        return f"{self.vendor.name} · {self.name}"

    def get_absolute_url(self):
        return reverse("vendors:deployment", args=[self.vendor.slug, self.pk])

    @property
    def data_class_labels(self):
        return [DataClass(value).label for value in self.data_classes]

    @property
    def regime_labels(self):
        return [Regime(value).label for value in self.regimes]


class Contact(models.Model):
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    job_title = models.CharField(max_length=120, blank=True)
    email = models.EmailField("e-mail", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_account_team = models.BooleanField("belongs to the account team", default=False)

    objects = OfVendorQuerySet.as_manager()

    class Meta:
        ordering = ["-is_account_team", "name"]

    def __str__(self):
        return self.name


class Fact(models.Model):
    """Something the vendor says in public, with where and when we read it; facts age."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="facts")
    text = models.CharField(max_length=400)
    source = models.CharField(max_length=200)
    address = models.URLField(blank=True)
    seen_on = models.DateField()

    objects = OfVendorQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.text
