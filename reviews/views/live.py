"""What does an open page get when it asks whether anything happened?

Asked every two seconds by every open page: a handful of numbers, no template, nothing written, no session touched.
"""

from hashlib import blake2b

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts import grants
from reviews import live
from reviews.models import Review


@require_safe
def everything(request):
    """Of all vendors the person may see."""
    return _answer(request, grants.vendor_ids(request.user))


@require_safe
def of_review(request, slug):
    """Of the review's vendor: evidence, questions and the chain of reviews concern the review, too."""
    visible = Review.objects.visible_to(request.user).values_list("deployment__vendor_id", flat=True)
    return _answer(request, [get_object_or_404(visible, slug=slug)])


def _answer(request, vendor_ids):
    content = live.answer(vendor_ids, to=request.user)
    etag = f'"{blake2b(content.encode(), digest_size=12).hexdigest()}"'
    response = HttpResponse(content, content_type="application/json", headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=response)
