"""What does the browser get of spreadsheets on their way into a review: the list, one of them by its state, every act on it?"""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Prefetch, When
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask, can_administer
from evidence.uploads import megabytes
from reviews import ownership
from reviews.choices import ImportKind, ImportState, RowOutcome
from reviews.imports import applying, bring, choosing, mapping, preview, undoing
from reviews.imports.import_forms import LONGEST_ID, BringForm, ChoicesForm, InviteForm
from reviews.models import Import, Item
from reviews.permissions import can_apply, can_import, can_lead
from reviews.sheets import limits
from reviews.views.find import review_alone

PER_PAGE, ROWS_PER_PAGE = 25, 50
OK, UNPROCESSABLE = 200, 422
# Of a sheet that comes back most rows say nothing new.
UNCHANGED_LAST = Case(When(outcome=RowOutcome.UNCHANGED, then=1), default=0)
NO_LONGER = "The columns of this import can no longer be changed."
CHANGEABLE = frozenset({ImportState.COLUMNS, ImportState.READY})
WORKING = frozenset({ImportState.WAITING, ImportState.READING, ImportState.APPLYING})


def _visible(request):
    found = Import.objects.visible_to(request.user).filter(kind=ImportKind.SHEET)
    return found.select_related("created_by", "applied_by", "undone_by", "review__deployment__vendor")


def _import(request, slug, pk):
    return get_object_or_404(_visible(request).without_content(), review__slug=slug, pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request, slug):
    """What was brought in so far; a POST brings a file or a pasted table."""
    review = review_alone(request, slug)
    form = BringForm()
    if request.method == "POST":
        ask(can_import(request.user, review))
        form = BringForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                return redirect(_brought(review, form, request.user))
            except Refused as refusal:
                form.add_error(None, str(refusal))
    found = review.imports.without_content().filter(kind=ImportKind.SHEET).select_related("created_by")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = preview.listed(_with_review(page.object_list, review))
    reason = can_import(request.user, review).reason
    first = "Drop a spreadsheet above, or take the review out, fill the file in and bring it back."
    context = {
        "review": review,
        "form": form,
        "page": page,
        "limit": megabytes(limits.BYTES),
        "import_reason": reason,
        "total": review.items.count(),
        "empty_text": "Whoever may work on the review brings a spreadsheet in here." if reason else first,
    }
    return render(request, "reviews/imports.html", context, status=UNPROCESSABLE if form.errors else OK)


def _with_review(imports, review):
    found = list(imports)
    for each in found:
        each.review = review
    return found


def _brought(review, form, by):
    upload = form.cleaned_data["file"]
    if upload:
        return bring.bring(review, by=by, file=upload, name=upload.name)
    return bring.paste(review, by=by, text=form.cleaned_data["text"])


@require_safe
@never_cache
def import_page(request, slug, pk):
    return _page(request, _import(request, slug, pk))


def _page(request, found, status=OK, **given):
    """The page of an import as its state asks: progress, why not, columns, preview, or what was done."""
    review = found.review
    context = {
        "import": found,
        "review": review,
        "look": preview.STATE_LOOKS[found.state],
        "version": found.version,
        "import_reason": can_import(request.user, review).reason,
        "is_working": found.state in WORKING,
        "percent": 100 * found.done // found.total if found.total else 0,
    }
    if given.get("show_columns") or found.state == ImportState.COLUMNS:
        context |= _columns(request, found, given.pop("choice", None), guess=given.pop("guess", False))
    elif found.state == ImportState.READY:
        context |= _preview(request, found, given.pop("ticked", None))
    elif found.state in {ImportState.APPLIED, ImportState.UNDONE}:
        context |= _done(request, found)
    return render(request, "reviews/import.html", context | given, status=status)


def _columns(request, found, choice, *, guess):
    return {
        "show_columns": True,
        "mapping": mapping.of(found, choice, guess),
        "persons": ownership.stakeholders(found.review),
        "invite_form": InviteForm() if request.user.is_administrator else None,
    }


def _rows_of(found):
    items = Item.objects.select_related("statement", "review").without_guidance()
    return found.rows.prefetch_related(Prefetch("item", items))


def _preview(request, found, ticked):
    counted = preview.counts(found)
    outcome = request.GET.get("show", "")
    outcome = outcome if outcome in RowOutcome.values else ""
    rows = _rows_of(found).filter(outcome=outcome) if outcome else _rows_of(found).order_by(UNCHANGED_LAST, "position")
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    page.object_list, items = preview.placeable(found, preview.rows(page.object_list, ticked))
    wanted, missing = preview.wanted(found), preview.unmentioned(found)
    number = page.number
    return {
        "page": page,
        "found": preview.in_words(counted),
        "refused_count": counted[RowOutcome.REFUSED],
        "missing_words": preview.missing_in_words(missing, found.review.items.count()),
        "chips": _chips(counted, outcome),
        "choosable": any(row.can_be_taken for row in page.object_list),
        "every_words": RowOutcome(outcome).label if outcome else "All rows",
        "wanted": wanted,
        "bar_words": f"{wanted} ticked." if wanted.rows else "Nothing is ticked.",
        "items": items,
        "apply_reason": can_apply(request.user, found).reason,
        "unknown": [name for name, person in found.people.items() if person is None],
        "query": _query(outcome, number),
        "previous_query": _query(outcome, number - 1),
        "next_query": _query(outcome, number + 1),
        "stale": "",
    }


def _query(outcome, number):
    wanted = {"show": outcome} if outcome else {}
    return urlencode(wanted | ({"page": number} if number > 1 else {}))


def _chips(counted, outcome):
    kinds = [("", "All", sum(counted.values())), *((each.value, each.label, counted[each]) for each in RowOutcome)]
    return [
        {
            "label": label,
            "count": count,
            "query": _query(value, 1),
            "url": f"?{_query(value, 1)}",
            "active": value == outcome,
        }
        for value, label, count in kinds
        if count or not value
    ]


def _done(request, found):
    rows = _rows_of(found).filter(after__isnull=False)
    page = Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    page.object_list = preview.rows(page.object_list)
    verdict = undoing.can_undo(request.user, found) if found.state == ImportState.APPLIED else None
    return {
        "page": page,
        "found": preview.in_words(preview.counts(found)),
        "applied_words": f"{preview.applied(found)} applied",
        "undo_reason": verdict.reason if verdict is not None else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request, slug, pk):
    """Say what the columns hold and who is meant; or of one row, of which statement it speaks."""
    found = get_object_or_404(_visible(request).select_related("review__checklist"), review__slug=slug, pk=pk)
    ask(can_import(request.user, found.review))
    if found.state not in CHANGEABLE:
        messages.error(request, NO_LONGER)
        return redirect(found)
    if request.method != "POST":
        return _page(request, found, show_columns=True)
    if "invite" in request.POST:
        return _invite(request, found)
    try:
        choice = mapping.chosen(request.POST)
    except Refused as refusal:
        return _page(request, found, UNPROCESSABLE, show_columns=True, columns_errors=[str(refusal)])
    if "look" in request.POST:
        return _look(request, found, choice)
    try:
        choosing.choose(found, by=request.user, version=_number(request.POST.get("version")), **vars(choice))
    except Refused as refusal:
        return _columns_again(request, found.pk, choice, str(refusal))
    return redirect(found)


def _columns_again(request, pk, choice, sentence):
    """What was chosen, over the import as it is now: choosing again is a decision, not an accident."""
    newest = _visible(request).select_related("review__checklist").get(pk=pk)
    given = {"show_columns": True, "columns_errors": [sentence]}
    if newest.state not in CHANGEABLE:
        messages.error(request, sentence)
        return redirect(newest)
    try:
        return _page(request, newest, UNPROCESSABLE, choice=choice, **given)
    except Refused:
        return _page(request, newest, UNPROCESSABLE, **given)


def _invite(request, found):
    """Invite whom a name in the sheet means: for administrators who may bring it."""
    ask(can_administer(request.user))
    form = InviteForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nobody was invited. {next(iter(form.errors.values()))[0]}")
        return redirect("reviews:import_columns", found.review.slug, found.pk)
    try:
        choosing.invite(found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("reviews:import_columns", found.review.slug, found.pk)
    messages.success(request, f"{form.cleaned_data['full_name']} is invited and may own statements here.")
    return redirect(found)


def _look(request, found, choice):
    """The sheet and the row of headings that were typed, with what is guessed of their columns."""
    try:
        return _page(request, found, choice=choice, guess=True, show_columns=True)
    except Refused as refusal:
        return _page(request, found, UNPROCESSABLE, show_columns=True, columns_errors=[str(refusal)])


def _number(text):
    """The number of a version or an id; 0, which none has, for anything else."""
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else 0


@require_POST
def import_place(request, slug, pk):
    """Say of which statement a row speaks, by its place in the sheet; the rows are then planned anew."""
    found = _import(request, slug, pk)
    ask(can_import(request.user, found.review))
    item = _number(request.POST.get("item"))
    if not item:
        messages.error(request, "Choose the statement that the row speaks of first.")
        return redirect(found)
    try:
        version, position = (_number(request.POST.get(name)) for name in ("version", "position"))
        choosing.choose(found, by=request.user, version=version, items={position: item})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(found)


@require_POST
def import_take(request, slug, pk):
    """Keep the ticks of one page of the preview, and go on to another page of it."""
    found = _import(request, slug, pk)
    ask(can_import(request.user, found.review))
    form = ChoicesForm(request.POST)
    try:
        _take(found, form, request.user)
    except Refused as refusal:
        return _again(request, found.pk, form, str(refusal))
    query = _safe(request.POST.get("go", request.POST.get("here", "")))
    return redirect(f"{found.get_absolute_url()}?{query}" if query else found)


def _safe(query):
    """The filter and the page of a preview's address, and nothing else that was sent as one."""
    sent = QueryDict(query[:200])
    outcome, number = sent.get("show", ""), sent.get("page", "1")
    number = int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 1
    return _query(outcome if outcome in RowOutcome.values else "", number)


def _take(found, form, by):
    """Keep the ticks that were sent; those of other pages stay."""
    if not form.is_valid():
        raise Refused("The page that was sent is not whole. Look at the rows once more and try again.")
    sent = form.cleaned_data
    if sent["every"]:
        rows, cells = preview.every(found, sent["outcome"], on=sent["every"] == "on")
    else:
        rows, cells = preview.ticks(found, but=sent["shown"])
        rows, cells = rows | sent["rows"], cells | sent["cells"]
    return choosing.take(found, by=by, version=sent["version"], rows=rows, cells=cells)


def _again(request, pk, form, sentence):
    """The preview as it is now, with the ticks as they were sent: nothing chosen is lost."""
    found = _visible(request).without_content().get(pk=pk)
    if found.state != ImportState.READY or not form.is_valid():
        messages.error(request, sentence)
        return redirect(found)
    request.GET = QueryDict(_safe(request.POST.get("here", "")))
    ticked = form.cleaned_data["rows"], form.cleaned_data["cells"]
    return _page(request, found, UNPROCESSABLE, ticked=ticked, stale=sentence)


@require_POST
def import_apply(request, slug, pk):
    """Apply what is ticked, with the ticks of this page as they were sent."""
    found = _import(request, slug, pk)
    ask(can_apply(request.user, found))
    form = ChoicesForm(request.POST)
    try:
        found = _take(found, form, request.user)
        applying.ask(found, by=request.user, version=found.version)
    except Refused as refusal:
        return _again(request, found.pk, form, str(refusal))
    return redirect(found)


@require_POST
def import_undo(request, slug, pk):
    found = _import(request, slug, pk)
    ask(can_import(request.user, found.review))
    if request.user.pk != found.applied_by_id:
        ask(can_lead(request.user, found.review))
    try:
        undoing.undo(found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Undone: all that “{found.name}” had changed is as it was before.")
    return redirect(found)


@require_POST
def import_abandon(request, slug, pk):
    found = _import(request, slug, pk)
    ask(can_import(request.user, found.review))
    try:
        choosing.abandon(found, by=request.user, version=_number(request.POST.get("version")))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    messages.success(request, f"“{found.name}” is abandoned. Nothing of it was applied.")
    return redirect("reviews:imports", slug=slug)
