"""What does the browser get of sources that contradict each other? Forms below an item's page, and the acts."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Refused, ask
from reviews import conflicts
from reviews.conflict_forms import ConflictForm, ResolveForm, side_formset, sides_of
from reviews.forms import RemarkForm
from reviews.models import Conflict
from reviews.permissions import can_edit, can_work_on
from reviews.views.find import item_of
from reviews.views.item import again


@require_http_methods(["GET", "POST"])
def conflict_new(request, slug, number):
    item = item_of(request, slug, number)
    ask(can_work_on(request.user, item))
    form, sides = ConflictForm(request.POST or None), side_formset(item, request.POST or None)
    if request.method == "POST" and form.is_valid() and sides.is_valid():
        try:
            conflicts.open_conflict(item, by=request.user, title=form.cleaned_data["title"], sides=sides_of(sides))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Written down. Until it is settled, nobody signs the statement.")
            return redirect(f"{item.get_absolute_url()}#conflicts")
    return _form(request, item, form, sides)


@require_http_methods(["GET", "POST"])
def conflict_edit(request, slug, number, pk):
    item = item_of(request, slug, number)
    conflict = _of(item, pk)
    ask(can_work_on(request.user, item))
    rows = list(conflict.sides.all())
    form = ConflictForm(request.POST or None, instance=_of(item, pk))
    sides = side_formset(item, request.POST or None, rows)
    stale = None
    if request.method == "POST" and form.is_valid() and sides.is_valid():
        data = form.cleaned_data
        try:
            conflicts.change(
                conflict, by=request.user, version=data["version"], title=data["title"], sides=sides_of(sides)
            )
        except conflicts.Stale as newer:
            messages.error(request, str(newer))
            stale = _differences(newer.newest, data["title"], sides_of(sides))
            form = _on_newest(form, newer.newest)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect(f"{item.get_absolute_url()}#conflicts")
    return _form(request, item, form, sides, conflict=conflict, stale=stale)


def _form(request, item, form, sides, **given):
    context = {"item": item, "review": item.review, "form": form, "sides": sides, "conflict": None, "stale": None}
    status = 422 if request.method == "POST" else 200
    return render(request, "reviews/conflict_form.html", context | given, status=status)


def _on_newest(form, newest):
    """What was typed, now based on the newest version: saving again is a decision, not an accident."""
    data = form.data.copy()
    data["version"] = newest.version
    return ConflictForm(data, instance=newest)


def _differences(newest, title, sides):
    theirs = "\n".join(_line(side) for side in newest.sides.all())
    yours = "\n".join(_line(side) for side in sides)
    pairs = (("What they disagree about", newest.title, title), ("The sources", theirs, yours))
    return [{"label": label, "theirs": one, "yours": other} for label, one, other in pairs if one != other]


def _line(side):
    return f"{side.source} ({side.dated.isoformat()}): {side.says}"


@require_POST
def conflict_resolve(request, slug, number, pk):
    item = item_of(request, slug, number)
    conflict = _of(item, pk)
    ask(can_edit(request.user, item))
    form = ResolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Not settled. {next(iter(form.errors.values()))[0]}")
        return again(request, item, resolving=_typed(conflict, form))
    try:
        conflicts.resolve(conflict, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return again(request, item, resolving=_typed(conflict, form))
    messages.success(request, "Settled. Whoever signs the statement signs this with it.")
    return redirect(f"{item.get_absolute_url()}#conflicts")


def _typed(conflict, form):
    return {"pk": conflict.pk, "prevails": form["prevails"].value(), "resolution": form["resolution"].value() or ""}


@require_POST
def conflict_reopen(request, slug, number, pk):
    item = item_of(request, slug, number)
    conflict = _of(item, pk)
    ask(can_edit(request.user, item))
    form = RemarkForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(form.errors["remark"][0])
        conflicts.reopen(conflict, by=request.user, reason=form.cleaned_data["remark"])
    except Refused as refusal:
        messages.error(request, f"Nothing changed. {refusal}")
        return again(request, item, reopening={"pk": conflict.pk, "remark": request.POST.get("remark", "")})
    messages.success(request, "The conflict is open again.")
    return redirect(f"{item.get_absolute_url()}#conflicts")


def _of(item, pk):
    """A conflict of this very item; another's does not exist here."""
    conflict = Conflict.objects.filter(item=item, pk=pk).with_sides().select_related("item").first()
    if conflict is None:
        raise Http404
    return conflict
