"""How does a review leave as a spreadsheet? The same items as its page shows, under the same filter."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.permissions import Refused
from evidence.reading import HEADERS
from reviews import events, gate, item_filter, spreadsheets
from reviews.forms import ItemFilterForm
from reviews.instant import one_instant
from reviews.resources import ItemResource
from reviews.views.find import review_alone


@require_safe
def export(request, slug, format):  # noqa: A002
    review = review_alone(request, slug)
    if format not in spreadsheets.FORMATS:
        raise Http404
    filters = ItemFilterForm(request.GET)
    try:
        sheet, said = _written(review, format, filters, request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{review.get_absolute_url()}?{request.GET.urlencode()}#items")
    with transaction.atomic():
        digest = f"sha256:{sheet.sha256}"
        events.record("review.exported", review, review=review, by=request.user, after=said, content_hash=digest)
    headers = HEADERS | {"Content-Disposition": content_disposition_header(as_attachment=True, filename=sheet.name)}
    return HttpResponse(sheet.content, content_type=sheet.content_type, headers=headers)


def _written(review, format, filters, user):  # noqa: A002
    """The sheet and what its event says."""
    with one_instant() as instant:
        items = gate.items_in_force(review)
    assessed = gate.assess(review, items, timezone.localdate(instant))
    words = item_filter.in_words(filters, user)
    left = item_filter.left(assessed, filters, user)
    resource = ItemResource(review, user=user)
    sheet = spreadsheets.written(
        resource,
        left,
        format=format,
        title=str(review),
        filter_words=words,
        user=user,
        total=assessed.total,
        at=instant,
    )
    return sheet, {"format": format, "rows": sheet.rows, "of": assessed.total, "filter": words}
