"""What does the browser get of one item: its page, and every act on it?"""

from copy import copy

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import absences, reauthentication
from accounts.choices import Role
from accounts.permissions import Refused, ask
from evidence import library, validity
from reviews import events, findings, ownership, signoffs, standing, warnings, workflow
from reviews.again import lasttime
from reviews.choices import Finding, Status
from reviews.forms import CiteForm, CommentForm, FindingForm, OwnerForm, RemarkForm, SignForm
from reviews.imports import claims
from reviews.models import Item
from reviews.permissions import can_answer, can_edit, can_lead, can_work_on
from reviews.views.find import item_of, item_with_standing

# Where what a sheet called complete may still stand unsigned.
CLAIMED = frozenset({Status.IN_PROGRESS, Status.AWAITING})
MOVES = {each.key: each for each in workflow.TRANSITIONS if each.offered and each.key not in {"sign", "start"}}


@require_safe
def item(request, slug, number):
    return render(request, "reviews/item.html", item_context(request, item_with_standing(request, slug, number)))


def item_context(request, item, **given):
    """Everything the item's page prints. `given` forms replace fresh ones, so that nothing typed is lost."""
    others = _beside(item)
    later = max((other for other in others if other.inherited_from_id == item.pk), key=_pk, default=None)
    siblings = {other.number: other for other in others if other.inherited_from_id != item.pk} | {item.number: item}
    own = [other for other in siblings.values() if other.review_id == item.review_id]
    related = [siblings[each["number"]] for each in item.statement.related if each["number"] in siblings]
    offers = workflow.available(item, request.user)
    context = {
        "item": item,
        "review": item.review,
        "state": standing.state_of(item),
        "lapse_reason": standing.lapse_reason(item) if item.status == Status.COMPLETE else "",
        "signoff": standing.last_signoff(item) if item.status == Status.COMPLETE else None,
        "valid_until": standing.expires_on(item),
        "holder_away": absences.on().in_words(item.holder) if item.holder else "",
        "offers": offers,
        "warnings": [
            *(warnings.red_flags_for(item) if item.has_letters else ()),
            *warnings.warnings_for(item, siblings),
        ],
        "citations": [_citation(item, citation) for citation in item.citations.all()],
        "related": related,
        "previous": max((other for other in own if other.number < item.number), key=_number, default=None),
        "next": min((other for other in own if other.number > item.number), key=_number, default=None),
        "later": later,
        "claim": claims.of(item) if item.has_claims and item.status in CLAIMED else None,
        "proofs": standing.proofs_in_words(item),
        "conflicts": item.conflicts.all(),
        "disputed": workflow.disputed(item),
        "comments": item.comments.select_related("author"),
        "edit_reason": can_edit(request.user, item).reason,
        "work_reason": can_work_on(request.user, item).reason,
        "may_lead": can_lead(request.user, item.review),
        "suggests_not_applicable": warnings.suggests_not_applicable(item),
        "suggested_role": item.statement.suggested_role and Role(item.statement.suggested_role),
        "finding_form": FindingForm(instance=item),
        "comment_form": CommentForm(),
        "remark_form": RemarkForm(),
        "owner_form": OwnerForm(item=item),
        "stale": None,
        "differences": None,
    }
    context |= events.history(item)
    if item.status == Status.AWAITING:
        context |= _signing(request, item)
    if last := lasttime.of(item):
        rows = lasttime.compared(item, last)
        context |= {"last_time": last, "compared": rows, "differing": any(differs for *_, differs in rows)}
    return context | given


def _beside(item):
    """The items named on the page, in one query: related ones, the one before, the next, and who looks at it again."""
    own = Item.objects.filter(review=item.review)
    before = own.filter(statement__number__lt=item.number).order_by("-statement__number")
    after = own.filter(statement__number__gt=item.number).order_by("statement__number")
    related = Q(statement__number__in=[each["number"] for each in item.statement.related])
    named = related | Q(pk__in=before.values("pk")[:1]) | Q(pk__in=after.values("pk")[:1])
    found = Item.objects.in_force(item.review).filter(named) | Item.objects.filter(inherited_from=item)
    return list(found.select_related("statement", "review").without_guidance())


def _number(item):
    return item.number


def _pk(item):
    return item.pk


def _signing(request, item):
    return {
        "meaning": signoffs.words(item, by=request.user),
        "sign_form": SignForm(
            initial={"shown": signoffs.shown(item, to=request.user)}, needs_password=needs_password(request)
        ),
    }


def _citation(item, citation):
    return {
        "citation": citation,
        "evidence": citation.evidence,
        "version": citation.evidence.current,
        "dates": validity.dates_in_words(citation.evidence.current),
        "unusable": standing.unusable_reason(item, citation),
    }


@require_POST
def item_record(request, slug, number):
    item = item_of(request, slug, number)
    ask(can_work_on(request.user, item))
    form = FindingForm(request.POST, instance=copy(item))
    if closed := can_edit(request.user, item).reason:
        form.add_error(None, f"Not saved. {closed}")  # Submitted meanwhile: what was typed stays on the page.
    if not form.is_valid():
        return again(request, item, finding_form=form)
    try:
        item = findings.record(item, by=request.user, version=form.cleaned_data["version"], **form.values)
    except findings.Stale as stale:
        messages.error(request, str(stale))
        return again(request, item, finding_form=_merged(form, stale), stale=_stale_lines(stale))
    messages.success(request, "Saved.")
    if "and_submit" in request.POST:
        return _move(request, item, workflow.SUBMIT)
    return redirect(item)


def _merged(form, stale):
    """The form with what was typed, now based on the newest version: saving again is a decision, not an accident."""
    data = form.data.copy()
    data["version"] = stale.version
    return FindingForm(data, instance=form.instance)


def _stale_lines(stale):
    labels = {
        "finding": "Finding",
        "reason": "Reason or justification",
        "asked": "What was asked",
        "asked_of": "Asked of whom",
        "notes": "Notes",
    }
    words = dict(Finding.choices)
    return [
        {
            "label": label,
            "theirs": words.get(stale.theirs[name], stale.theirs[name]) if name == "finding" else stale.theirs[name],
            "yours": words.get(stale.yours[name], stale.yours[name]) if name == "finding" else stale.yours[name],
        }
        for name, label in labels.items()
        if stale.theirs[name] != stale.yours[name]
    ]


def again(request, item, **given):
    """The page once more, with the item as it is now and what was typed."""
    fresh = item_with_standing(request, item.review.slug, item.number)
    return render(request, "reviews/item.html", item_context(request, fresh, **given), status=422)


@require_POST
def item_move(request, slug, number, key):
    item = item_of(request, slug, number)
    if key not in MOVES:
        raise Http404
    form = RemarkForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing changed. {form.errors['remark'][0]}")
        return again(request, item, remark_form=RemarkForm(initial=form.data.dict()), refused=key)
    return _move(request, item, MOVES[key], remark=form.cleaned_data["remark"])


def _move(request, item, transition, remark=""):
    """Make the move; a refusal shows its sentence on the page, with the remark as it was typed."""
    try:
        if transition is workflow.WITHDRAW:
            signoffs.withdraw(item, by=request.user, reason=remark)
        else:
            workflow.apply(transition, item, by=request.user, remark=remark)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return again(request, item, remark_form=RemarkForm(initial={"remark": remark}), refused=transition.key)
    messages.success(request, DONE[transition.key].format(number=item.number))
    return redirect(item)


DONE = {
    "submit": "Statement {number} is submitted; its owner can sign it now.",
    "take_back": "Statement {number} is back in work.",
    "return": "Statement {number} went back with your comment.",
    "withdraw": "Your sign-off is withdrawn; the signed row stays on record.",
    "reopen": "Statement {number} is open again.",
}


@require_POST
def item_sign(request, slug, number):
    item = item_of(request, slug, number)
    form = SignForm(request.POST, needs_password=needs_password(request))
    if "password" in form.fields or not form.is_valid():
        ask(can_answer(request.user, item))  # Who may not sign proves nothing here; otherwise the signature asks.
    if not form.is_valid():
        messages.error(request, f"Not signed. {next(iter(form.errors.values()))[0]}")
        return again(request, item)
    try:
        reauthenticate(request, form)
        signoffs.sign(item, by=request.user, shown=form.cleaned_data["shown"])
    except signoffs.Changed as changed:
        messages.error(request, str(changed))
        return again(request, item, differences=changed.differences)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return again(request, item)
    messages.success(request, f"Signed: statement {number}, {item.get_finding_display().lower()}.")
    return redirect(item)


def needs_password(request):
    return not reauthentication.is_recent(request)


def reauthenticate(request, form):
    """Raise Refused unless the person proved themselves again a moment ago or does so with this form (rule 6)."""
    if "password" in form.fields and not reauthentication.confirm(request, form.cleaned_data["password"]):
        raise Refused("Not signed: this is not your password.")


@require_http_methods(["GET", "POST"])
def item_cite(request, slug, number):
    item = item_of(request, slug, number)
    ask(can_edit(request.user, item))
    form = CiteForm(request.POST or None, request.FILES or None, item=item)
    if request.method == "POST" and form.is_valid():
        try:
            citation = _cite(item, form, request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Cited: {citation.evidence.title}.")
            return redirect(item)
    status = 422 if form.errors else 200
    return render(
        request,
        "reviews/item_cite.html",
        {"item": item, "review": item.review, "form": form, "proofs": standing.proofs_in_words(item)},
        status=status,
    )


def _cite(item, form, by):
    """Not one transaction: a new file stays in the library, whole, also when the citation is then refused."""
    data = form.cleaned_data
    evidence = data["evidence"] or library.add_file(item.review.vendor, data["upload"], by=by, **form.file_values)
    return findings.cite(item, evidence, by=by, locator=data["locator"], quote=data["quote"])


@require_POST
def item_uncite(request, slug, number, citation):
    item = item_of(request, slug, number)
    citation = get_object_or_404(item.citations.select_related("evidence"), pk=citation)
    findings.uncite(citation, by=request.user)
    messages.success(request, f"No longer cited: {citation.evidence.title}.")
    return redirect(item)


@require_POST
def item_comment(request, slug, number):
    item = item_of(request, slug, number)
    ask(can_work_on(request.user, item))
    form = CommentForm(request.POST)
    if not form.is_valid():
        return again(request, item, comment_form=form)
    findings.comment(item, by=request.user, text=form.cleaned_data["text"])
    return redirect(f"{item.get_absolute_url()}#discussion")


@require_POST
def item_owner(request, slug, number):
    """Set role, hand-over and due day; or accept the suggested role with one click."""
    item = item_of(request, slug, number)
    ask(can_work_on(request.user, item))
    if "accept" in request.POST and item.statement.suggested_role:
        ownership.take_role(item, item.statement.suggested_role, by=request.user)
        messages.success(request, f"Statement {number} belongs to {Role(item.statement.suggested_role).label} now.")
        return redirect(item)
    form = OwnerForm(request.POST, item=item)
    if not form.is_valid():
        return again(request, item, owner_form=form)
    try:
        _own(item, form, request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return again(request, item, owner_form=form)
    messages.success(request, "Saved.")
    return redirect(item)


@transaction.atomic
def _own(item, form, by):
    data = form.cleaned_data
    if data["role"] and data["role"] != item.role:
        item = ownership.take_role(item, data["role"], by=by)
    if data["owner"] != item.owner:
        ownership.hand_over([item], to=data["owner"], by=by)
    if data["due_on"] != item.due_on:
        ownership.set_due([item], due_on=data["due_on"], by=by)
