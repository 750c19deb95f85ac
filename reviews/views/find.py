"""Which review or item does the address mean? What one may not see does not exist (rule 23)."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from reviews.models import Item, Review


def review_of(request, slug):
    return get_object_or_404(Review.objects.visible_to(request.user).with_context(), slug=slug)


def review_alone(request, slug, reviews=None):
    """The review without its people, for a page that reads them with the items; `reviews` reads more of it."""
    found = Review.objects.all() if reviews is None else reviews
    return get_object_or_404(found.visible_to(request.user).with_names(), slug=slug)


def item_of(request, slug, number):
    """The item, for an act on it. Raises Http404 for a foreign review and for a number the checklist does not have."""
    return _found(request, slug, number, Item.objects.with_owner().select_related("review__deployment__vendor"))


def item_with_standing(request, slug, number):
    """The item with all that its page prints. Raises as `item_of`."""
    return _found(request, slug, number, Item.objects.with_standing().select_related("review__reassessment"))


def _found(request, slug, number, items):
    item = items.visible_to(request.user).filter(review__slug=slug, statement__number=number).first()
    if item is None:
        raise Http404
    return item
