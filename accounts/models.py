"""Who is there? People sign in with their e-mail address; nobody is deleted, only deactivated."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from accounts import grants
from accounts.choices import SEES_AUDIT, Role


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
