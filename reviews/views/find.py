"""Which review or item does the address mean? What one may not see does not exist (rule 23)."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from reviews.models import Item, Review


def review_of(request, slug):
    return get_object_or_404(Review.objects.visible_to(request.user).with_context(), slug=slug)


def item_of(request, slug, number):
    """The item with its standing. Raises Http404 for a foreign review and for a number the checklist does not have."""
    items = Item.objects.visible_to(request.user).with_standing()
    item = items.filter(review__slug=slug, statement__number=number).first()
    if item is None:
        raise Http404
    return item
