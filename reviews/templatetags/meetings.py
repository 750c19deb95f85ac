"""How does a date's page show its meeting? `{% meeting_of occurrence %}`"""

from django import template

from reviews.choices import PENDING
from reviews.permissions import can_arrange
from reviews.recurring import meetings

register = template.Library()


@register.inclusion_tag("reviews/_meeting.html", takes_context=True)
def meeting_of(context, occurrence):
    meeting = meetings.of(occurrence)
    return {
        "occurrence": occurrence,
        "meeting": meeting,
        "ends_at": meetings.ends_at(meeting) if meeting else None,
        "is_pending": occurrence.state in PENDING,
        "no_arranging": can_arrange(context["request"].user, occurrence.obligation).reason,
        "csrf_token": context.get("csrf_token"),
    }
