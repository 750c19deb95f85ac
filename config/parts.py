"""How are the small parts drawn that a page repeats a hundred times: icons, states, people, days, bars?

Template tags in Python, because a page of 47 items spent more time including templates of one line than on all else.
"""

from functools import cache

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from config import display, handbook

register = template.Library()

NOTHING = "–"


@cache
def _icons():
    """The address of the file of all icons: looked up once, not for each of a hundred icons on a page."""
    return static("icons.svg")


@register.simple_tag
def icon(name, css=""):
    """An icon of `static/icons.txt`; it says nothing to who cannot see it, so words stand beside it."""
    classes = f"cs-icon {css}" if css else "cs-icon"
    return format_html(
        '<svg class="{}" width="18" height="18" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        classes,
        _icons(),
        name,
    )


@register.simple_tag
def state(state, label, title="", plain=False):
    """A state as a pill: its icon (unless plain) and its words."""
    return format_html(
        '<span class="cs-pill cs-state-{}"{}>{}{}</span>',
        state,
        format_html(' title="{}"', title) if title else "",
        "" if plain else icon(display.state_icon(state)),
        label,
    )


@register.simple_tag
def day(on, due=False, none=NOTHING):
    """A day as distance from today; one that is due and over is marked as late."""
    if not on:
        return _muted(none)
    late = due and display.is_past(on)
    return format_html(
        '<time class="cs-when{}" datetime="{}" title="{}">{}{}</time>',
        " cs-late" if late else "",
        display.iso(on),
        display.exact(on),
        icon("clock-exclamation") if late else "",
        display.days_from_today(on),
    )


@register.simple_tag
def moment(at, none=NOTHING):
    """A moment as distance from now."""
    if not at:
        return _muted(none)
    words = (display.iso(at), display.exact(at), display.when(at))
    return format_html('<time class="cs-when" datetime="{}" title="{}">{}</time>', *words)


@register.simple_tag
def person(person=None, name="", role="", none="No owner"):
    """Initials, name and role; the role is left out where it is the name. `name` and `role` go before the person's own."""
    name = name or getattr(person, "name", "")
    role = role or (person.get_role_display() if hasattr(person, "get_role_display") else "")
    said = format_html(' <span class="cs-person-role">{}</span>', role) if role and role != name else ""
    if not name:
        return format_html(
            '<span class="cs-person cs-person-none"><span class="cs-avatar" aria-hidden="true">?</span>'
            '<span class="cs-person-text">{}{}</span></span>',
            none,
            said,
        )
    return format_html(
        '<span class="cs-person"><span class="cs-avatar" aria-hidden="true">{}</span>'
        '<span class="cs-person-text"><span class="cs-person-name">{}</span>{}</span></span>',
        display.initials(name),
        name,
        said,
    )


@register.simple_tag
def term(name, label=""):
    """A word with what the glossary says of it, shown under the pointer, the focus or a finger. Once a word on a page."""
    entry = handbook.word(name)
    return format_html(
        '<span class="cs-term"><button class="cs-term-word" type="button" aria-describedby="term-{}">{}</button>'
        '<span class="cs-term-text" role="tooltip" id="term-{}">{}</span></span>',
        entry.anchor,
        label or name,
        entry.anchor,
        entry.plain,
    )


@register.simple_tag
def rule(number):
    """A link to the rule that something comes from."""
    return format_html('<a class="cs-rule" href="{}#rule-{}">Rule {}</a>', reverse("help:rules"), number, number)


@register.simple_tag
def progress(parts, total, label):
    """A stacked bar. `parts`: list of {state, count}; `total`: of how many; `label`: the same in words."""
    rects = "".join(
        f'<rect class="cs-state-{part["state"]}" x="{part["start"]}" y="0" width="{part["width"]}" height="1"></rect>'
        for part in display.bar_of(parts, total)
    )
    return format_html(
        '<svg class="cs-bar" role="img" aria-label="{}" viewBox="0 0 100 1" preserveAspectRatio="none">{}</svg>',
        label,
        mark_safe(rects),  # noqa: S308 - states of ours and numbers
    )


def _muted(words):
    return format_html('<span class="cs-muted">{}</span>', words or NOTHING)
