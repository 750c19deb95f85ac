"""Why is an item talked about? One plain sentence for each list it is on, with who and since when."""

from collections import defaultdict

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from accounts import absences
from accounts.choices import Role
from audit.models import Event
from evidence.validity import in_words
from reviews import standing, workflow
from reviews.choices import WITH_VENDOR, EscalationState, Status
from reviews.models import EscalatedItem, Item, Question

RETURNED = tuple(f"item.{each.key}" for each in workflow.RETURNING)


def read(ids, known=()):
    """`{id: item}` with everything that says why it does not move, in a constant number of queries.

    `known` are the items of a page that has read them as `gate.items_in_force` does.
    """
    sent = EscalatedItem.objects.filter(outcome="", escalation__state=EscalationState.SENT)
    items = {item.pk: item for item in known or Item.objects.filter(pk__in=ids).with_standing().without_guidance()}
    found = [items[pk] for pk in ids]
    prefetch_related_objects(
        found,
        Prefetch("questions", Question.objects.filter(state__in=WITH_VENDOR), to_attr="unanswered"),
        Prefetch("escalated", sent.select_related("escalation"), to_attr="unanswered_letters"),
    )
    return {item.pk: item for item in found}


class Reasons:
    """Says why for any of `items`, as of `today`; `flags` are those of `concerns`."""

    def __init__(self, items, today, flags):
        self.today, self.flags = today, flags
        self.away = absences.on(today)
        self.returned_at = _returned_at(items)

    def why(self, key, item):
        """The sentence under this key of `concerns.TITLES` or `URGENCY`."""
        if key == "late_blocked":
            return f"{self._late(item)} {self._blocked(item)}"
        return getattr(self, f"_{key}")(item)

    def _red_flag(self, item):
        return self.flags[item.pk].text

    def _lapsed(self, item):
        return standing.lapse_reason(item, self.today) if item.status == Status.COMPLETE else "Its sign-off ended."

    def _lapsing(self, item):
        day, citation = standing.lapses_after(item)
        if day is None:
            return "Its sign-off is about to end."
        return f"The sign-off ends on {in_words(day)}, with “{citation.evidence.title}”."

    def _late(self, item):
        return f"It {self._since_due(item.due_on)}; {self._where(item)}."

    def _soon(self, item):
        days = (item.due_on - self.today).days
        when = "today" if not days else "tomorrow" if days == 1 else f"in {days} days"
        return f"Due {when}, on {in_words(item.due_on)}; {self._where(item)}."

    def _unowned(self, item):
        suggested = item.statement.suggested_role
        return f"Nobody owns it. {Role(suggested).label} is suggested." if suggested else "Nobody owns it."

    def _awaiting(self, item):
        return f"Waits for {self._holder(item)} {self._since(timezone.localdate(item.submitted_at))}."

    def _returned(self, item):
        at = self.returned_at.get(item.pk)
        since = f" {self._since(timezone.localdate(at))}" if at else ""
        return f"Back with {item.returned_to.name}{since}." if item.returned_to else "Back in work."

    def _blocked(self, item):
        said = workflow.no_owner(item)
        if item.status == Status.AWAITING:
            said += workflow.missing_ground(item) + workflow.changed_since_submission(item)
        said += [f"Sources disagree about it: {each.title}." for each in item.conflicts.all() if each.is_open]
        said += [f"Question {each.number} to {self._asked(each)} is not answered." for each in item.unanswered]
        said += [
            f"Escalation {each.escalation.number} is not answered; {self._answer_by(each.escalation)}."
            for each in item.unanswered_letters
        ]
        return " ".join(said) or "What it cites has changed since it was submitted."

    def _asked(self, question):
        whom = question.asked_of or "the vendor"
        return f"{whom}, asked {self._since(question.asked_on)}," if question.asked_on else whom

    def _answer_by(self, letter):
        if letter.answer_by < self.today:
            return self._since_due(letter.answer_by)
        return f"the answer is due on {in_words(letter.answer_by)}"

    def _where(self, item):
        if item.status == Status.AWAITING:
            return f"it waits for {self._holder(item)}"
        return f"{item.get_status_display().lower()}, {f'with {self._holder(item)}' if item.holder else 'without an owner'}"

    def _holder(self, item):
        if item.holder is None:
            return "an owner"
        away = self.away.in_words(item.holder)
        return f"{item.holder.name} ({away})" if away else item.holder.name

    def _since_due(self, day):
        days = (self.today - day).days
        return f"was due on {in_words(day)}, {days} day{'s' * (days != 1)} ago"

    def _since(self, day):
        days = (self.today - day).days
        if days <= 0:
            return "since today"
        return f"for {days} day{'s' * (days != 1)}, since {in_words(day)}"


def _returned_at(items):
    """`{item id: when it was last returned}` of those that were."""
    back = [str(item.pk) for item in items if item.returned_to_id]
    found = defaultdict(lambda: None)
    rows = Event.objects.filter(target_type="item", target_id__in=back, event_type__in=RETURNED).order_by("pk")
    for target_id, at in rows.values_list("target_id", "occurred_at"):
        found[int(target_id)] = at
    return found
