"""How does an event about an item read?"""

from django import template

from reviews.choices import Finding

register = template.Library()

PHRASES = {
    "item.start": "started work",
    "item.recorded": "changed {fields}",
    "item.cited": "cited {evidence}, version {version}{place}",
    "item.uncited": "removed the citation of {evidence}",
    "item.submit": "submitted as {finding}",
    "item.take_back": "took the submission back",
    "item.return": "returned it",
    "item.sign": "signed: {finding}",
    "item.withdraw": "withdrew the sign-off",
    "item.reopen": "reopened it",
    "item.commented": "commented",
    "item.role_set": "gave it a role",
    "item.handed_over": "handed it over to {owner}",
    "item.due_moved": "moved the due day to {due_on}",
}
FIELDS = {
    "finding": "the finding",
    "reason": "the reason",
    "asked": "what was asked",
    "asked_of": "of whom",
    "notes": "the notes",
}


@register.filter
def in_words(event):
    """The event's act in the past tense; an unknown type as it is."""
    values = {**event.before, **event.after}
    locator = values.get("locator")
    phrase = PHRASES.get(event.event_type, event.event_type).format(
        fields=", ".join(FIELDS[name] for name in FIELDS if name in event.after),
        evidence=values.get("evidence"),
        version=values.get("version"),
        place=f", {locator}" if locator else "",
        finding=dict(Finding.choices).get(values.get("finding"), "").lower(),
        owner=event.after.get("owner") or "the role's holder",
        due_on=values.get("due_on"),
    )
    deputy_of = values.get("deputy_of")
    return f"{phrase}, as the deputy of {deputy_of}" if deputy_of else phrase
