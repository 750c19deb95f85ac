"""Who does what until when? What was agreed in a sync lives on until it is done or dropped."""

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence.validity import in_words
from reviews import events
from reviews.choices import ActionState
from reviews.models import Action, Sync
from reviews.permissions import can_see_to
from reviews.stale import Stale
from reviews.weekly import sync_people

YEARS_AHEAD = 5
TEXT_AT_MOST = 500
NOTE_AT_MOST = 2000


def agree(action, *, by, text, owner, due_on):
    """Store a new action; in the caller's transaction, who has asked whether this person may."""
    action.text, action.owner, action.due_on = _words(text), owner, due_on
    _must_be_ahead(due_on)
    _must_be_able(action)
    action.save()
    _note("action.agreed", action, by=by, after=_said(action))
    return action


@transaction.atomic
def change(action, *, by, version, text, owner, due_on):
    """Change an open action as typed on `version` of it. Raises Stale when somebody saved meanwhile, Refused else."""
    action = _lock(action, by)
    changed = {"text": _words(text), "owner": owner, "due_on": due_on}
    changed = {name: value for name, value in changed.items() if getattr(action, name) != value}
    if not changed:
        return action
    if action.version != version:
        raise Stale(action)
    before = _said(action)
    for name, value in changed.items():
        setattr(action, name, value)
    if "due_on" in changed:
        _must_be_ahead(due_on)
    _must_be_able(action)
    action.version += 1
    action.save()
    _note("action.changed", action, by=by, before=before, after=_said(action))
    return action


@transaction.atomic
def close(action, *, by, state, note=""):
    """Mark an open action as done, or drop it and say why. Raises Refused when somebody was faster."""
    action = _lock(action, by)
    state, note = ActionState(state), note.strip()
    if state == ActionState.OPEN:
        raise Refused("Say whether it is done or dropped.")
    if state == ActionState.DROPPED and not note:
        raise Refused("Say why it is dropped.")
    if len(note) > NOTE_AT_MOST:
        raise Refused(f"A note has {NOTE_AT_MOST:,} characters at most.")
    action.state, action.closed_at, action.closed_by, action.closed_note = state, timezone.now(), by, note
    action.version += 1
    action.save()
    _note(f"action.{state}", action, by=by, after={"note": note})
    return action


def _lock(action, by):
    # Without its people: a join would read those of before the wait.
    Action.objects.select_for_update().get(pk=action.pk)
    action = Action.objects.with_names().get(pk=action.pk)
    ask(can_see_to(by, action))
    if action.state != ActionState.OPEN:
        day = in_words(timezone.localdate(action.closed_at))
        raise Refused(
            f"Not saved: {action.closed_by.name} marked this as {action.get_state_display().lower()} on {day}."
        )
    return action


def carried(sync):
    """Open actions that were agreed before, soonest first: of this sync's review, or of all of its reviews."""
    found = Action.objects.open().exclude(sync=sync)
    if sync.review_id:
        return found.filter(review=sync.review_id)
    reviews = sync.reviews.values("pk")
    through = Sync.reviews.through.objects.filter(sync_id=OuterRef("sync_id"))
    about_all = Q(review=None) & ~Exists(through.exclude(review_id__in=reviews))
    return found.filter(Q(review__in=reviews) | about_all)


def possible_owners(action):
    """Who may be given it: people who may work on what it is about."""
    if action.review is None:
        return sync_people.who_can_act(action.sync)
    return list(sync_people.who_can_work_on(action.review.vendor))


def mine(user):
    """The person's open actions, soonest first."""
    return Action.objects.visible_to(user).open().filter(owner=user).with_names()


def _words(text):
    text = " ".join(text.split())
    if not text:
        raise Refused("Say what is to be done.")
    if len(text) > TEXT_AT_MOST:
        raise Refused(f"An action has {TEXT_AT_MOST} characters at most; this one has {len(text)}.")
    return text


def _must_be_ahead(due_on):
    today = timezone.localdate()
    if due_on < today:
        raise Refused("This day has passed. Choose one that is still to come.")
    if due_on > today + relativedelta(years=YEARS_AHEAD):
        raise Refused(f"An action is due within {YEARS_AHEAD} years. Choose an earlier day.")


def _must_be_able(action):
    if action.owner not in possible_owners(action):
        about = action.review.vendor.name if action.review else "all that this sync is about"
        raise Refused(f"{action.owner.name} may not work on {about}. Choose somebody else.")


def _said(action):
    return {
        "text": action.text,
        "owner": action.owner.name,
        "due_on": action.due_on,
        "item": action.item.number if action.item else None,
    }


def _note(event_type, action, *, by, **said):
    events.record_sync(event_type, action, sync=action.sync, review=action.review, by=by, **said)
