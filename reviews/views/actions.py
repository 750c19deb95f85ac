"""What does the browser get of one action: what was agreed, and whether it is done?"""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Refused, ask
from reviews import events
from reviews.choices import ActionState
from reviews.models import Action, Sync
from reviews.permissions import can_see_to
from reviews.weekly import actions
from reviews.weekly.sync_forms import ChangedActionForm, NoteForm


def _action(request, pk):
    """What one may not see does not exist (rule 23)."""
    return get_object_or_404(Action.objects.visible_to(request.user).with_names(), pk=pk)


@require_http_methods(["GET", "POST"])
def action(request, pk):
    action = _action(request, pk)
    if request.method != "POST":
        return _page(request, action)
    ask(can_see_to(request.user, action))
    form = ChangedActionForm(request.POST, people=actions.possible_owners(action))
    if not form.is_valid():
        return _page(request, action, 422, form=form)
    try:
        actions.change(action, by=request.user, **form.cleaned_data)
    except actions.Stale as stale:
        messages.error(request, str(stale))
        return _page(request, stale.newest, 422, **_both(form, stale.newest))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, _action(request, pk), 422, form=form)
    messages.success(request, "Saved.")
    return redirect(action)


def _page(request, action, status=200, **given):
    no_acting = can_see_to(request.user, action).reason
    context = {
        "action": action,
        "no_acting": no_acting,
        "sees_sync": Sync.objects.visible_to(request.user).filter(pk=action.sync_id).exists(),
        "note_form": NoteForm(auto_id="note_%s"),
        **events.history(action),
    }
    if "form" not in given and not no_acting:
        context["form"] = ChangedActionForm(initial=_typed(action), people=actions.possible_owners(action))
    return render(request, "reviews/action.html", context | given, status=status)


def _typed(action):
    return {"text": action.text, "owner": action.owner, "due_on": action.due_on, "version": action.version}


def _both(form, newest):
    """What was typed, now based on the newest version, with both where they differ."""
    typed = form.data.copy()
    typed["version"] = newest.version
    stored = _typed(newest)
    both = [
        {"label": form.fields[name].label, "theirs": stored[name], "yours": value}
        for name, value in form.cleaned_data.items()
        if name != "version" and stored[name] != value
    ]
    return {"form": ChangedActionForm(typed, people=actions.possible_owners(newest)), "stale": both}


@require_POST
def action_close(request, pk):
    action = _action(request, pk)
    ask(can_see_to(request.user, action))
    form, state = NoteForm(request.POST, auto_id="note_%s"), request.POST.get("state", "")
    if not form.is_valid() or state not in ActionState.values:
        messages.error(request, "Not saved. Say whether it is done or dropped, in at most 2,000 characters.")
        return _page(request, action, 422, note_form=form)
    try:
        actions.close(action, by=request.user, state=state, note=form.cleaned_data["note"])
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, _action(request, pk), 422, note_form=form)
    messages.success(request, f"“{action}” is {ActionState(state).label.lower()}.")
    return _back(request, action)


def _back(request, action):
    """To the page whose button it was, else to the action."""
    address = request.POST.get("back", "")
    ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, {request.get_host()})
    return redirect(address if ours else action)
