"""Which statements does a re-assessment have to look at again, and why? Only what the data prove.

Every reason is a sentence. It is kept with the item, so that it can be read years later.
"""

import json
import re
from collections import defaultdict

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from audit.models import Event
from evidence.validity import in_words
from reviews import gate, standing
from reviews.choices import DECIDED, SATISFIED, Act, AnsweredBy, Outcome, State, Trigger
from reviews.models import Checklist, Statement

NEXT_TIME = relativedelta(months=3)
NAMED = re.compile(r"\bstatements?\s+(\d+(?:(?:\s*,\s*|\s+and\s+|\s*,\s+and\s+)\d+)*)", re.IGNORECASE)
# What in an event says that the vendor or our use of it is another than when the item was signed.
SCOPE = {"channel": "The channel", "data_classes": "The data classes in scope", "regimes": "The regimes in scope"}
WATCHED = ("deployment.changed", "vendor.changed")
FACTS = ("fact.created", "fact.changed", "fact.deleted")
CONTACTS = ("contact.created", "contact.changed", "contact.deleted")
# Which of the 47 an occasion puts in question: the source's pairs about incidents, and those whose guidance asks for
# sub-processors (processing, residency, training, sharing, GDPR).
OF_THE_47 = {Trigger.INCIDENT: (12, 13, 43, 44), Trigger.SUBPROCESSOR: (4, 17, 20, 24, 38)}
THE_47 = "claude-security-review"


def of(review, items, due_on):
    """`{item id: [reason, ...]}` of those `items`, in force in `review`, that a quarterly one due on `due_on` looks at.

    `items` are read with standing. Costs the same number of queries for any number of items.
    """
    found = defaultdict(list)
    conditional = _of_conditions(review)
    newer = _newer_wording(review)
    happened = _events(review)
    for item in items:
        found[item.pk] += _of_standing(item, due_on + NEXT_TIME)
        found[item.pk] += conditional.get(item.number, [])
        if (text := newer.get(item.number, item.statement.text)) != item.statement.text:
            found[item.pk].append(f"The newest version of the checklist words it differently: “{text}”")
        found[item.pk] += _of_events(item, happened)
    return {pk: list(dict.fromkeys(reasons)) for pk, reasons in found.items() if reasons}


def _of_standing(item, next_time):
    state = standing.state_of(item)
    if state == State.LAPSED:
        return [f"Its sign-off lapsed. {standing.lapse_reason(item)}"]
    if state == State.UNCONFIRMED:
        return ["It cannot be confirmed."]
    if state not in DECIDED:
        return [f"It was not settled: {state.label.lower()}."]
    last, citation = standing.lapses_after(item)
    if last and last < next_time:
        return [f"{citation.evidence.title} expires on {in_words(last)}, before the quarter after this one ends."]
    return []


def _of_conditions(review):
    """`{number: [reason]}` from the last decision, if it was an approval with conditions."""
    decision = review.decisions.order_by("-pk").first()
    if decision is None or decision.outcome != Outcome.CONDITIONAL:
        return {}
    found = defaultdict(list)
    for number, state, _ in json.loads(decision.content)["items"]:
        if state not in SATISFIED:
            found[number].append("It was not satisfied when the deployment was approved with conditions.")
    for condition in decision.conditions.all():
        for numbers in NAMED.findall(condition.text):
            for number in map(int, re.findall(r"\d+", numbers)):
                found[number].append(f"A condition of the last approval names it: “{condition.text}”")
    return found


def _newer_wording(review):
    """`{number: text}` of the newest version of the review's checklist; empty when the review has that one."""
    newest = Checklist.objects.filter(slug=review.checklist.slug).order_by("-version").first()
    if newest.pk == review.checklist_id:
        return {}
    return dict(Statement.objects.filter(checklist=newest).values_list("number", "text"))


def _events(review):
    """What happened to the vendor and to this deployment, the oldest first."""
    types = (*WATCHED, *FACTS, *CONTACTS)
    rows = Event.objects.filter(vendor_id=review.deployment.vendor_id, event_type__in=types).order_by("pk")
    deployment = str(review.deployment_id)
    team = {str(pk) for pk in gate.escalation_contacts(review).values_list("pk", flat=True)}
    return [row for row in rows if _matters(row, deployment, team)]


def _matters(event, deployment, team):
    if event.event_type in CONTACTS:
        said = event.before.get("is_account_team") or event.after.get("is_account_team")
        return bool(said) or event.target_id in team
    return event.event_type != "deployment.changed" or event.target_id == deployment


def _of_events(item, happened):
    signed = standing.last_signoff(item)
    if signed is None or signed.act != Act.SIGNED:
        return []
    since = (event for event in happened if event.occurred_at > signed.signed_at)
    return [reason for event in since for reason in _of_event(item, event)]


def _of_event(item, event):
    """Why this event puts the item in question, as sentences.

    Channel and data classes concern every statement, a regime those that name it; what the vendor says in public, the
    vendor's answers; another account team, what it was asked.
    """
    day = in_words(timezone.localdate(event.occurred_at))
    if event.event_type == "deployment.changed":
        changed = [key for key in SCOPE if key in event.after and _concerns(item, key, event)]
        return [f"{SCOPE[key]} changed on {day}." for key in changed]
    if event.event_type == "vendor.changed":
        moved = "trust_centre" in event.after and item.answered_by == AnsweredBy.VENDOR
        return [f"The vendor's trust centre moved on {day}."] if moved else []
    if event.event_type in FACTS:
        public = item.answered_by == AnsweredBy.VENDOR
        return [f"What the vendor says in public changed on {day}: “{event.target_label}”"] if public else []
    return [f"The vendor's account team changed on {day}."] if item.asked else []


def _concerns(item, key, event):
    if key != "regimes":
        return True
    changed = set(event.before["regimes"]) ^ set(event.after["regimes"])
    return bool(changed & {*item.statement.regimes, *item.statement.regime_notes})


def suggested(items, trigger, *, evidence=None, person=None):
    """`{number: reason}` of the `items` in force that such an occasion puts in question, to be chosen from."""
    if trigger == Trigger.DOCUMENT and evidence:
        cited = [item for item in items if any(c.evidence_id == evidence.pk for c in item.citations.all())]
        return {item.number: f"It cites {evidence.title}." for item in cited}
    if trigger == Trigger.OWNER_LEFT and person:
        held = [item for item in items if (item.owner or item.review.holders.get(item.role)) == person]
        return {item.number: f"{person.name} held it." for item in held}
    label = Trigger(trigger).label.lower() if trigger else ""
    numbers = OF_THE_47.get(trigger, ())
    return {
        item.number: f"It is about what {label} puts in question."
        for item in items
        if item.number in numbers and item.statement.checklist.slug == THE_47
    }
