"""What does the browser get of the questionnaires a vendor filled in, and what can be done with what they propose?"""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask
from reviews.choices import ImportKind, ImportState, ProposalState
from reviews.models import Import, Proposal
from reviews.permissions import can_contribute, can_edit, can_work_on
from reviews.questionnaires import bringing, taking
from reviews.questionnaires.forms import MappingForm, QuestionnaireForm
from reviews.questionnaires.showing import with_names
from reviews.views.find import review_alone

PER_PAGE = 50
UNFINISHED = frozenset({ImportState.WAITING, ImportState.READING})
SHOWN = {
    "": ("To look at", Q(state=ProposalState.OPEN)),
    "against": ("Speaks against", Q(is_against=True)),
    "taken": ("Taken", Q(state=ProposalState.TAKEN)),
    "aside": ("Set aside", Q(state=ProposalState.DISMISSED)),
    "all": ("All", Q()),
}


@require_http_methods(["GET", "POST"])
def questionnaires_list(request, slug):
    """What was handed in, and the form for another; a POST keeps the file for the worker."""
    review = review_alone(request, slug)
    may = can_contribute(request.user, review)
    form = QuestionnaireForm(review=review)
    if request.method == "POST":
        ask(may)
        form = QuestionnaireForm(request.POST, request.FILES, review=review)
        if form.is_valid():
            try:
                return redirect(_brought(request, review, form))
            except Refused as refusal:
                form.add_error("file", str(refusal))
    counted = {state.value: Count("proposals", filter=Q(proposals__state=state)) for state in ProposalState}
    rows = review.imports.filter(kind=ImportKind.QUESTIONNAIRE).without_content().defer("found")
    rows = rows.select_related("review", "evidence", "created_by").annotate(**counted).order_by("-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"review": review, "page": page, "form": form, "no_bringing": may.reason}
    return render(request, "reviews/questionnaires.html", context, status=422 if form.errors else 200)


def _brought(request, review, form):
    newest = review.imports.order_by("-pk").values_list("pk", flat=True).first() or 0
    source = bringing.bring(review, form.cleaned_data["file"], by=request.user, **form.values)
    if source.pk <= newest:
        messages.info(request, "This file is here already: nothing changed.")
    return source


def _source(request, slug, pk):
    rows = Import.objects.visible_to(request.user).without_content().filter(kind=ImportKind.QUESTIONNAIRE)
    rows = rows.select_related("review__deployment__vendor", "review__checklist", "evidence", "created_by")
    return get_object_or_404(rows, review__slug=slug, pk=pk)


@require_safe
def questionnaire(request, slug, pk):
    source = _source(request, slug, pk)
    show = request.GET.get("show", "")
    rows = source.proposals.filter(SHOWN.get(show, SHOWN[""])[1])
    numbers = source.review.items.values_list("statement__number", "pk")
    context = {
        "source": source,
        "review": source.review,
        "is_unfinished": source.state in UNFINISHED,
        "page": Paginator(with_names(rows), PER_PAGE).get_page(request.GET.get("page")),
        "chips": _chips(source, show, request.path),
        "numbers": dict(numbers),
        "no_deciding": can_contribute(request.user, source.review).reason,
        "mapping_form": MappingForm(source=source) if bringing.can_choose(source) else None,
    }
    return render(request, "reviews/questionnaire.html", context)


def _chips(source, show, path):
    counts = source.proposals.aggregate(**{f"n_{key}": Count("pk", filter=each) for key, (_, each) in SHOWN.items()})
    return [
        {"label": label, "count": counts[f"n_{key}"], "url": f"?show={key}" if key else path, "active": key == show}
        for key, (label, _) in SHOWN.items()
    ]


@require_POST
def questionnaire_choose(request, slug, pk):
    """Have it read by another mapping."""
    source = _source(request, slug, pk)
    ask(can_contribute(request.user, source.review))
    form = MappingForm(request.POST, source=source)
    if not form.is_valid():
        messages.error(request, "Nothing changed. Choose one of the questionnaires of the list.")
        return redirect(source)
    data = form.cleaned_data
    try:
        bringing.choose(source, by=request.user, slug=data["mapping"], version=data["version"])
    except Refused as refusal:
        messages.error(request, f"Nothing changed. {refusal}")
    return redirect(source)


DONE = {
    "take": "Statement {number}: {question} is in the notes and cited. It confirms nothing by itself.",
    "take_text": "Statement {number}: {question} is in the notes. It confirms nothing by itself.",
    "dismiss": "Statement {number}: {question} is set aside.",
    "bring_back": "Statement {number}: {question} is proposed again.",
}


@require_POST
def questionnaire_decide(request, slug, pk, proposal, act):
    """Take a proposal with or without the citation, set it aside, or bring it back."""
    if act not in DONE:
        raise Http404
    source = _source(request, slug, pk)
    row = get_object_or_404(with_names(source.proposals), pk=proposal)
    user, item = request.user, row.item
    ask(can_work_on(user, item))
    back = f"{item.get_absolute_url()}#questionnaire" if "on_item" in request.POST else source
    closed = can_edit(user, item).reason if act.startswith("take") else ""
    try:
        if closed:  # Submitted meanwhile.
            raise Refused(closed)
        _decide(row, act, user)
    except Refused as refusal:
        messages.error(request, f"Nothing changed. {refusal}")
    else:
        messages.success(request, DONE[act].format(number=item.number, question=row.question_id))
    return redirect(back)


def _decide(row: Proposal, act, user):
    if act == "dismiss":
        taking.dismiss(row, by=user)
    elif act == "bring_back":
        taking.bring_back(row, by=user)
    else:
        taking.take(row, by=user, cite=act == "take")
