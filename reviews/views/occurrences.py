"""What does the browser get of one date of an obligation, and of every act on it?"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Refused, ask
from reviews import events
from reviews.again import reassessments
from reviews.choices import Duty, OccurrenceState
from reviews.forms import SignForm
from reviews.models import Occurrence
from reviews.permissions import can_countersign
from reviews.recurring import access_lists, completions, consequences, duties, occurrences
from reviews.recurring.time_forms import CompletionForm, ListForm, MoveForm, ReasonForm, rows_formset
from reviews.views.item import needs_password, reauthenticate
from vendors.permissions import can_contribute, can_lead


def _occurrence(request, pk):
    """What one may not see does not exist (rule 23)."""
    found = Occurrence.objects.visible_to(request.user).with_names().select_related("review")
    return get_object_or_404(found.select_related("obligation__escalate_to"), pk=pk)


@require_safe
def occurrence(request, pk):
    return _page(request, _occurrence(request, pk))


def _page(request, occurrence, status=200, **given):
    """Everything the page prints. `given` forms replace fresh ones, so that nothing typed is lost."""
    obligation = occurrence.obligation
    recorded = list(occurrence.completions.select_related("by", "signoff").order_by("-number"))
    for completion in recorded:
        completion.occurrence = occurrence
    context = {
        "occurrence": occurrence,
        "obligation": obligation,
        "recorded": [{"completion": each, "answers": _answers(each)} for each in recorded],
        "no_lead": can_lead(request.user, obligation.vendor_id).reason,
        "no_contribution": can_contribute(request.user, obligation.vendor_id).reason,
        "countersigned": obligation.duty in completions.COUNTERSIGNED,
        "move_form": MoveForm(auto_id="move_%s", initial={"due_on": occurrence.due_on}),
        "skip_form": ReasonForm(auto_id="skip_%s"),
        **events.history(occurrence),
    }
    if occurrence.state == OccurrenceState.OPEN and not obligation.review_kind and not context["no_contribution"]:
        context |= _recording(occurrence, given)
    if obligation.review_kind and occurrence.state == OccurrenceState.OPEN and not occurrence.review:
        context["hindrance"] = reassessments.hindrance(occurrence)
    if occurrence.state == OccurrenceState.AWAITING:
        context |= _signing(request, recorded[0])
    return render(request, "reviews/occurrence.html", context | given, status=status)


def _recording(occurrence, given):
    obligation = occurrence.obligation
    forms = {}
    if "form" not in given:
        forms["form"] = CompletionForm(obligation=obligation, reopenable=_reopenable(obligation))
    if obligation.duty == Duty.ACCESS_REVIEW:
        forms["list_form"] = ListForm()
        if "rows" not in given:
            people = access_lists.from_grants(obligation.vendor)
            forms["rows"] = rows_formset(people[: completions.MOST_ROWS])
            forms["not_listed"] = len(people[completions.MOST_ROWS :])
    return forms


def _reopenable(obligation):
    """The statements a failure of this duty opens again by default, as far as a review has them."""
    numbers = duties.REOPENS.get(Duty(obligation.duty), ())
    there = consequences.reopenable(obligation).filter(statement__number__in=numbers)
    return sorted(set(there.values_list("statement__number", flat=True)))


def _signing(request, completion):
    return {
        "meaning": occurrences.meaning(completion, by=request.user),
        "sign_reason": can_countersign(request.user, completion).reason,
        "sign_form": SignForm(
            initial={"shown": occurrences.shown(completion, to=request.user)}, needs_password=needs_password(request)
        ),
        "may_take_back": completion.by == request.user,
        "return_form": ReasonForm(auto_id="return_%s"),
    }


def _answers(completion):
    """`[(question, text or lines)]` as it was recorded."""
    said = completion.said["answers"]
    asked = completions.FIELDS[Duty(completion.said["duty"])]
    return [(field.label, said[field.name], field.rows) for field in asked if said.get(field.name)]


@require_POST
def occurrence_record(request, pk):
    """Record it, or read a list of who has access first and show its lines."""
    occurrence = _occurrence(request, pk)
    obligation = occurrence.obligation
    ask(can_contribute(request.user, obligation.vendor_id))
    form = CompletionForm(request.POST, obligation=obligation)
    given = {"form": form}
    rows = []
    if obligation.duty == Duty.ACCESS_REVIEW:
        if "read_list" in request.POST:
            return _read_list(request, occurrence, form)
        given["rows"] = rows_formset(data=request.POST, keep_rest=form["keep_rest"].value())
        if given["rows"].is_valid():
            rows = [row for row in given["rows"].cleaned_data if any(row.values())]
    if not form.is_valid() or not all(each.is_valid() for each in given.values()):
        return _page(request, occurrence, 422, **given)
    try:
        _record(request, occurrence, form, rows)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _occurrence(request, pk), 422, **given)
    messages.success(request, "Recorded.")
    return redirect(occurrence)


def _record(request, occurrence, form, rows):
    data = form.cleaned_data
    occurrences.record(
        occurrence,
        by=request.user,
        done_on=data["done_on"],
        result=data["result"],
        answers=form.answers | {"rows": rows},
        evidence=data["evidence"],
        reopens=data["reopens"],
    )


def _read_list(request, occurrence, form):
    """The page again, with what was typed and the lines of the list; nothing is recorded."""
    list_form = ListForm(request.POST, request.FILES)
    # What is not finished yet is no error: only the list is judged here.
    written = {field.name: field.value() for field in form}
    typed = CompletionForm(initial=written, obligation=occurrence.obligation)
    given = {"form": typed, "list_form": list_form, "rows": rows_formset(data=request.POST)}
    if list_form.is_valid():
        try:
            given["rows"] = rows_formset(access_lists.from_file(list_form.cleaned_data["access_list"]))
        except Refused as refusal:
            list_form.add_error("access_list", str(refusal))
    return _page(request, occurrence, 422 if list_form.errors else 200, **given)


@require_POST
def occurrence_sign(request, pk):
    occurrence = _occurrence(request, pk)
    completion = occurrences.last_completion(occurrence)
    if completion and occurrence.state == OccurrenceState.AWAITING:
        completion.occurrence = occurrence
        ask(can_countersign(request.user, completion))
    else:
        ask(can_contribute(request.user, occurrence.obligation.vendor_id))
    form = SignForm(request.POST, needs_password=needs_password(request))
    if not form.is_valid():
        messages.error(request, f"Not signed. {next(iter(form.errors.values()))[0]}")
        return _page(request, occurrence, 422)
    try:
        reauthenticate(request, form)
        signoff = occurrences.sign(occurrence, by=request.user, shown=form.cleaned_data["shown"])
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _occurrence(request, pk), 422)
    told = ", ".join(map(str, signoff.completion.said["reopens"]))
    follows = f" What was found stands at statement {told}; what was complete there is open again." if told else ""
    messages.success(request, f"Signed: this date is done.{follows}")
    return redirect(occurrence)


@require_POST
def occurrence_return(request, pk):
    occurrence = _occurrence(request, pk)
    ask(can_contribute(request.user, occurrence.obligation.vendor_id))
    form = ReasonForm(request.POST, auto_id="return_%s")
    return _act(
        request, occurrence, occurrences.return_to_open, form, "return_form", "It is open again, with your words."
    )


@require_POST
def occurrence_move(request, pk):
    occurrence = _occurrence(request, pk)
    ask(can_lead(request.user, occurrence.obligation.vendor_id))
    form = MoveForm(request.POST, auto_id="move_%s")
    return _act(request, occurrence, occurrences.move, form, "move_form", "The date is moved.")


@require_POST
def occurrence_skip(request, pk):
    occurrence = _occurrence(request, pk)
    ask(can_lead(request.user, occurrence.obligation.vendor_id))
    form = ReasonForm(request.POST, auto_id="skip_%s")
    return _act(request, occurrence, occurrences.skip, form, "skip_form", "This date is skipped.")


@require_POST
def occurrence_prepare(request, pk):
    """Open the review that this date is done by, however far off it is."""
    occurrence = _occurrence(request, pk)
    try:
        review = reassessments.prepare_now(occurrence, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(occurrence)
    messages.success(request, f"{review.title} is prepared, with {review.items.count()} statements to look at.")
    return redirect(review)


def _act(request, occurrence, act, form, name, done):
    if not form.is_valid():
        messages.error(request, "Nothing changed: the form says why.")
        return _page(request, occurrence, 422, **{name: form})
    try:
        act(occurrence, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _occurrence(request, occurrence.pk), 422, **{name: form})
    messages.success(request, done)
    return redirect(occurrence)
