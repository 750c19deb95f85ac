"""Who is there? People sign in with their e-mail address; nobody is deleted, only deactivated."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts import grants
from accounts.choices import SEES_AUDIT, Role


def weekend():
    """Monday is 0."""
    return [5, 6]


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *args, **fields):
        """Django's `createsuperuser` would go past the audit log."""
        raise ValidationError("Use `manage.py create_administrator` instead; it prints a link to set a password.")

    def active(self):
        return self.filter(is_active=True)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=30, choices=Role, default=Role.REVIEWER)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_once")]
        ordering = ["name", "email"]

    def __str__(self):
        return f"{self.name} ({self.get_role_display()})"

    def get_absolute_url(self):
        return reverse("accounts:person", args=[self.pk])

    @property
    def is_administrator(self):
        return self.role == Role.ADMINISTRATOR

    def vendor_ids_to_audit(self):
        """Ids of the vendors whose events this person may read; the audit log asks, and knows nothing of grants."""
        return grants.vendor_ids_with(self, SEES_AUDIT)


class OfficeHours(models.Model):
    """When this organisation sends mail. One row at most; without it the defaults count."""

    send_hour = models.PositiveSmallIntegerField("hour of sending", default=8)
    quiet_weekdays = models.JSONField("quiet days", default=weekend)
    country = models.CharField(max_length=2, blank=True, help_text="Whose public holidays are quiet (ISO 3166-1).")
    subdivision = models.CharField(max_length=10, blank=True, help_text="State or province, as `holidays` names it.")

    class Meta:
        verbose_name_plural = "office hours"
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="accounts_office_hours_one_row"),
            models.CheckConstraint(condition=Q(send_hour__lte=23), name="accounts_office_hours_send_hour"),
        ]

    def __str__(self):
        return f"Mail at {self.send_hour}:00"


class Preferences(models.Model):
    """How one person wants to be told; what is empty is as in the organisation."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="preferences")
    time_zone = models.CharField(max_length=60, blank=True)
    send_hour = models.PositiveSmallIntegerField("hour of sending", null=True, blank=True)
    quiet_weekdays = models.JSONField("quiet days", null=True, blank=True)
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=10, blank=True)
    muted = models.JSONField(default=list, blank=True, help_text="Kinds of reminders shown in the app only.")
    chat_handle = models.CharField("name in the chat", max_length=80, blank=True)
    toured_at = models.DateTimeField("took the tour at", null=True, blank=True)

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(send_hour=None) | Q(send_hour__lte=23), name="accounts_preferences_send_hour"
            )
        ]

    def __str__(self):
        return f"Preferences of {self.person.name}"


class Absence(models.Model):
    """Somebody is away from one day to another, both included, and a deputy acts."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    deputy = models.ForeignKey(User, on_delete=models.PROTECT, related_name="deputises")
    starts_on = models.DateField("first day")
    ends_on = models.DateField("last day")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="accounts_absence_in_order"),
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="accounts_absence_deputy_is_another"),
        ]

    def __str__(self):
        return f"{self.person.name} away from {self.starts_on.isoformat()} to {self.ends_on.isoformat()}"

    @property
    def days_in_words(self):
        """ "1 to 14 October 2026", "28 September to 14 October 2026", "on 1 October 2026"."""
        first, last = self.starts_on, self.ends_on
        if first == last:
            return f"on {format_date(last, 'j F Y')}"
        if (first.year, first.month) == (last.year, last.month):
            start = "j"
        else:
            start = "j F" if first.year == last.year else "j F Y"
        return f"{format_date(first, start)} to {format_date(last, 'j F Y')}"
