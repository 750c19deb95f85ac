"""What is stored of the past, and what can never be untrue: an event is written once.

Beside the log: when the scheduler and the workers last gave a sign of life.
"""

import json

from django.db import models
from django.utils import timezone

from audit.querysets import EventQuerySet


class Event(models.Model):
    """One line of the audit log. No foreign keys: what it says stays said when people and rows go.

    The field names follow the source's example of an application-level audit record where
    they make sense here: event_type, session_id, workspace, business_context, data_categories,
    content_hash, approved_by.
    """

    event_type = models.CharField(max_length=80, db_index=True)
    occurred_at = models.DateTimeField(default=timezone.now, db_index=True)

    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    actor_role = models.CharField(max_length=80, blank=True)

    target_type = models.CharField(max_length=80)
    target_id = models.CharField(max_length=80)
    target_label = models.CharField(max_length=300)

    vendor_id = models.BigIntegerField(null=True, db_index=True)
    workspace = models.CharField(max_length=200, blank=True)
    business_context = models.CharField(max_length=300, blank=True)
    data_categories = models.JSONField(default=list)
    content_hash = models.CharField(max_length=80, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)

    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)

    request_id = models.CharField(max_length=64, blank=True, db_index=True)
    session_id = models.CharField(max_length=16, blank=True)
    address = models.CharField(max_length=45, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_event_target")]

    def __str__(self):
        return f"{self.event_type}: {self.target_label}"

    @property
    def words(self):
        """ "sign_in.failed" as a person reads it: "Sign in: failed"."""
        return self.event_type.replace("_", " ").replace(".", ": ").capitalize()

    @property
    def changes(self):
        """`[{field, before, after}]` as text, in the order they were written down."""
        fields = dict.fromkeys([*self.before, *self.after])
        return [
            {
                "field": field.replace("_", " "),
                "before": _as_text(self.before.get(field)),
                "after": _as_text(self.after.get(field)),
            }
            for field in fields
        ]


class Heartbeat(models.Model):
    """The last sign of life of something outside the web processes; see `heartbeats.py`."""

    name = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S} UTC"


def _as_text(value):
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        return ", ".join(map(str, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
