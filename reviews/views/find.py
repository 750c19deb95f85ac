"""Which review or item does the address mean? What one may not see does not exist (rule 23)."""

from django.db.models import prefetch_related_objects
from django.shortcuts import get_object_or_404

from reviews.models import Item, Review
from reviews.querysets import citations, conflicts


def review_of(request, slug):
    return get_object_or_404(Review.objects.visible_to(request.user).with_context(), slug=slug)


def review_alone(request, slug, reviews=None):
    """The review without its people, for a page that reads them with the items; `reviews` reads more of it."""
    found = Review.objects.all() if reviews is None else reviews
    return get_object_or_404(found.visible_to(request.user).with_names(), slug=slug)


def item_of(request, slug, number):
    """The item, for an act on it. Raises Http404 for a foreign review and for a number the checklist does not have."""
    return _found(request, slug, number, Item.objects.for_act())


def item_with_standing(request, slug, number):
    """The item with all that its page prints, and `with_all_there_is`. Raises as `item_of`."""
    related = "review__deployment__vendor", "review__checklist", "review__reassessment"
    items = Item.objects.with_owner().select_related(*related).with_all_there_is()
    item = _found(request, slug, number, items)
    prefetch_related_objects([item], conflicts(any_there=item.has_conflicts), *citations())
    return item


def _found(request, slug, number, items):
    return get_object_or_404(items.visible_to(request.user), review__slug=slug, statement__number=number)
