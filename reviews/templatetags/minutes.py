"""Where are the minutes of a sync typed? `{% minutes_of sync review %}`"""

from django import template

from reviews.weekly import minutes_page

register = template.Library()


@register.inclusion_tag("reviews/_minutes_parts.html", takes_context=True)
def minutes_of(context, sync, review=None):
    """`sync` may be None: then the page proposes to open one, about this review or about all."""
    shown = context.get("minutes") or {}
    parts = minutes_page.parts(context["request"], sync, review, shown.get("forms"), shown.get("said"))
    return parts | {"csrf_token": context.get("csrf_token"), "on_page": context.get("minutes_page", False)}
