"""What may a spreadsheet of the audit log contain?"""

from import_export import fields, resources, widgets


class EventResource(resources.Resource):
    """One row for each event, with everything its line on the page says."""

    number = fields.Field("pk", "Event", widgets.IntegerWidget(coerce_to_string=False))
    at = fields.Field("occurred_at", "Moment", widgets.DateTimeWidget(coerce_to_string=False))
    what = fields.Field("words", "What")
    target = fields.Field("target_label", "About")
    actor = fields.Field("actor_name", "Who")
    role = fields.Field("actor_role", "Role")
    workspace = fields.Field("workspace", "Workspace")
    context = fields.Field("business_context", "Context")
    changes = fields.Field(None, "What changed")
    reason = fields.Field("reason", "Reason")
    approved_by = fields.Field("approved_by", "Approved by")
    data = fields.Field(None, "Data classes")
    content_hash = fields.Field("content_hash", "Content hash")
    event_type = fields.Field("event_type", "Event type")
    target_type = fields.Field("target_type", "Kind of thing")
    target_id = fields.Field("target_id", "Its number")
    address = fields.Field("address", "Address")
    session = fields.Field("session_id", "Session")
    request = fields.Field("request_id", "Request")

    sheet = "Events"
    looks = {
        "number": {"width": 10},
        "what": {"width": 26},
        "target": {"width": 40},
        "context": {"width": 30},
        "changes": {"width": 50},
        "reason": {"width": 40},
        "content_hash": {"width": 24},
    }

    def dehydrate_changes(self, event):
        return "\n".join(f"{change['field']}: {change['before']} → {change['after']}" for change in event.changes)

    def dehydrate_data(self, event):
        return ", ".join(map(str, event.data_categories))
