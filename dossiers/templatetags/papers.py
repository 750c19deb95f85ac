"""How do people's texts run on paper? WeasyPrint knows no `dir="auto"`."""

import unicodedata

from django import template

register = template.Library()


@register.filter
def direction(text):
    """`rtl` or `ltr`, by the first letter that has a direction, as browsers decide it."""
    strong = (unicodedata.bidirectional(character) for character in text)
    first = next((kind for kind in strong if kind in {"L", "R", "AL"}), "L")
    return "ltr" if first == "L" else "rtl"
