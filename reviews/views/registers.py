"""How does a register leave as a spreadsheet? The same rows as its page shows, for the same people, under the same filter.

The registers of lower apps are handed out here as well: what writes the file is of this app, and looks down to them.
"""

from collections import defaultdict
from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts import grants, permissions
from accounts.models import User
from accounts.permissions import Refused
from accounts.resources import GrantResource, PersonResource
from accounts.views import people_chosen
from audit import log
from audit.models import Event
from audit.resources import EventResource
from audit.views import chosen as events_chosen
from evidence import listing
from evidence.models import Evidence
from evidence.reading import HEADERS
from evidence.resources import EvidenceResource
from reviews import events, spreadsheets
from reviews.asking.question_forms import QuestionFilterForm
from reviews.dashboard import glance
from reviews.models import Obligation
from reviews.recurring.time_forms import ObligationFilterForm
from reviews.register_resources import ObligationResource, OverviewResource, QuestionResource
from reviews.views.find import review_alone
from vendors.models import Vendor

# So many of the log, which has the longest rows, take 4 s of a processor as XLSX, 9 s and 175 MB as ODS.
MOST_ROWS = 5_000


def register(view):
    """A view that is read and not written to, in a format there is; others are not found, by anybody."""

    @require_safe
    @wraps(view)
    def in_a_format(request, *args, format, **kwargs):  # noqa: A002
        if format not in spreadsheets.FORMATS:
            raise Http404
        return view(request, *args, format=format, **kwargs)

    return in_a_format


@register
def evidence_export(request, format):  # noqa: A002
    return _evidence(request, format, Evidence.objects.visible_to(request.user), "Evidence", reverse("evidence:all"))


@register
def library_export(request, slug, format):  # noqa: A002
    vendor = get_object_or_404(Vendor.objects.visible_to(request.user), slug=slug)
    rows = Evidence.objects.visible_to(request.user).filter(vendor=vendor)
    page = reverse("evidence:library", args=[slug])
    return _evidence(request, format, rows, f"Evidence of {vendor.name}", page)


def _evidence(request, format, rows, title, page):  # noqa: A002
    choice = listing.chosen(rows, request.GET)
    listed = choice.listed
    return _handed_out(
        request, format, page, EvidenceResource(), listed, title=title, filter_words=choice.in_words, total=rows.count(),
        record=lambda **said: _record("evidence.exported", request.user, _vendors(listed), said),
    )  # fmt: skip


@register
def questions_export(request, slug, format):  # noqa: A002
    review = review_alone(request, slug)
    filters = QuestionFilterForm(request.GET)
    return _handed_out(
        request, format, reverse("reviews:questions", args=[slug]), QuestionResource(),
        filters.of(review.questions.all(), timezone.localdate()).with_progress(),
        title=f"Questions of {review}", filter_words=filters.in_words, total=review.questions.count(),
        record=lambda **said: events.record("questions.exported", review, review=review, by=request.user, **said),
    )  # fmt: skip


@register
def obligations_export(request, format):  # noqa: A002
    visible = Obligation.objects.visible_to(request.user)
    filters = ObligationFilterForm(request.GET)
    rows = filters.of(visible, timezone.localdate())
    return _handed_out(
        request, format, reverse("reviews:obligations"), ObligationResource(), rows,
        title="Obligations", filter_words=filters.in_words, total=visible.count(),
        record=lambda **said: _record("obligations.exported", request.user, _vendors(rows), said),
    )  # fmt: skip


@register
def overview_export(request, format):  # noqa: A002
    filters = glance.Filters.of(request.GET)
    found, chosen = glance.chosen(request.user, filters)
    vendors = {outlook.review.vendor.pk: outlook.review.vendor for outlook in chosen}
    return _handed_out(
        request, format, reverse("reviews:overview"), OverviewResource(), chosen,
        title="Overview", filter_words=", ".join(filters.in_words(request.user)), total=len(found),
        record=lambda **said: _record("overview.exported", request.user, vendors.values(), said),
    )  # fmt: skip


@register
def audit_export(request, format):  # noqa: A002
    page = reverse("audit:events")
    form, found = events_chosen(request)
    if found is None:
        return redirect(f"{page}?{request.GET.urlencode()}")
    return _handed_out(
        request, format, page, EventResource(), found.newest_first(),
        title="Audit log", filter_words=form.in_words, total=Event.objects.visible_to(request.user).count(),
        record=lambda **said: _record("audit.exported", request.user, _vendors(found), said),
    )  # fmt: skip


@register
def people_export(request, format):  # noqa: A002
    permissions.ask(permissions.can_administer(request.user))
    words, found = people_chosen(request.GET)
    accesses = defaultdict(list)
    for grant in grants.rows():
        accesses[grant.user_id].append(f"{grant.content_object}: {grant.access.label}")
    resource = PersonResource({pk: "\n".join(texts) for pk, texts in accesses.items()})
    return _handed_out(
        request, format, reverse("accounts:people"), resource, found,
        title="People", filter_words=f"Search: {words}" if words else "", total=User.objects.count(),
        record=lambda **said: _record("people.exported", request.user, [None], said),
    )  # fmt: skip


@register
def access_export(request, format):  # noqa: A002
    permissions.ask(permissions.can_administer(request.user))
    rows = list(grants.rows())
    return _handed_out(
        request, format, reverse("accounts:people"), GrantResource(), rows,
        title="Access to vendors", filter_words="", total=len(rows),
        record=lambda **said: _record("access.exported", request.user, [None], said),
    )  # fmt: skip


def _vendors(rows):
    """The vendors the rows are about, and None when some are about none."""
    ids = set(rows.order_by().values_list("vendor_id", flat=True).distinct())
    return [*Vendor.objects.filter(pk__in=ids - {None}).order_by("pk"), *([None] if None in ids else [])]


def _record(event_type, by, vendors, said):
    """One event for each vendor, so that whoever may audit it reads of it; about no vendor for administrators."""
    for vendor in [*vendors] or [None]:
        log.record(event_type, vendor or by, actor=by, vendor=vendor, **said)


def _handed_out(request, format, page, resource, rows, *, title, filter_words, total, record):  # noqa: A002
    """The file as an attachment, once `record` wrote down that it leaves (rule 24); back to the page with a sentence
    when there is too much for one file.
    """
    try:
        with transaction.atomic():
            _refuse_too_many(rows)
            sheet = spreadsheets.written(
                resource, rows, format=format, title=title, filter_words=filter_words, user=request.user, total=total
            )
            after = {"format": format, "rows": sheet.rows, "of": total, "filter": filter_words}
            record(after=after, content_hash=f"sha256:{sheet.sha256}")
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{page}?{urlencode(request.GET, doseq=True)}")
    headers = HEADERS | {"Content-Disposition": content_disposition_header(as_attachment=True, filename=sheet.name)}
    return HttpResponse(sheet.content, content_type=sheet.content_type, headers=headers)


def _refuse_too_many(rows):
    count = len(rows) if isinstance(rows, list) else rows.count()
    if count > MOST_ROWS:
        raise Refused(
            f"These are {count:,} rows, and one file takes {MOST_ROWS:,}. Filter first, say by days, and take several."
        )
