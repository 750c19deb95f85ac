"""What do the dossier's summary, decisions and open matters say?"""

import json

from dossiers.wording import day, moment, shortened
from reviews import checks as gaps
from reviews import gate as gates
from reviews import progress, warnings
from reviews.asking import red_flags, replies
from reviews.choices import Outcome, State

OPEN_STATES = (State.IN_PROGRESS, State.INHERITED, State.NOT_STARTED, State.UNOWNED)


def gate(assessed):
    """The recommendation with its sum, its reason, and the shortest way to Go (rules 10 to 12)."""
    next_expiry = assessed.next_expiry
    return {
        "state": assessed.recommendation.value,
        "label": assessed.recommendation.label,
        "sum": assessed.sum_in_words,
        "why": assessed.why,
        "confirmed": assessed.confirmed,
        "not_applicable": assessed.not_applicable,
        "unconfirmed": assessed.unconfirmed,
        "satisfied": assessed.satisfied,
        "needed": assessed.needed,
        "escalate_at": assessed.escalate_at,
        "total": assessed.total,
        "counts": [
            {"state": state.value, "label": state.label, "count": assessed.counts[state]}
            for state in State
            if assessed.counts[state]
        ],
        "steps": [
            {"text": step.text, "numbers": [item.number for item in step.items]} for step in assessed.shortest_way
        ],
        "next_expiry": f"{day(next_expiry[0])} (statement {next_expiry[1].number})" if next_expiry else "",
        "lost_on": day(assessed.lost_on),
    }


def approval(assessed, decided):
    """What the newest decision means at this instant, or None when nothing was decided."""
    if not decided:
        return None
    means = gates.approval(assessed, decided[0], assessed.review.replaced_by)
    row = decided[0]
    return {
        "label": means.label,
        "state": _decision_state(row) if means.holds or not row.is_approval else "hold",
        "holds": means.holds,
        "approves": row.is_approval,
        "why": shortened(means.why, 2_000),
        "signer": row.signer_name,
        "role": row.role_in_words,
        "at": moment(row.decided_at),
    }


def _decision_state(row):
    states = {
        Outcome.GO: "go",
        Outcome.CONDITIONAL: "conditional",
        Outcome.ESCALATE: "escalate",
        Outcome.REFUSE: "refuse",
    }
    return states.get(row.outcome, "hold")


def decision(row):
    content = json.loads(row.content)
    return {
        "number": row.number,
        "outcome": row.get_outcome_display(),
        "state": _decision_state(row),
        "recommendation": gates.Recommendation(row.recommendation).label,
        "sum": content["sum"],
        "reason": shortened(row.reason, 5_000),
        "signer": row.signer_name,
        "role": row.role_in_words,
        "at": moment(row.decided_at),
        "meaning": row.meaning,
        "digest": row.digest,
        "escalated_to": content.get("escalated_to", []),
        "conditions": [_condition(condition) for condition in row.conditions.all()],
    }


def _condition(condition):
    met = f"Met on {moment(condition.met_at)} by {condition.met_by.name}" if condition.met_at else ""
    return {
        "text": shortened(condition.text, 2_000),
        "owner": condition.owner.name,
        "due": day(condition.due_on),
        "met": met,
        "note": shortened(condition.met_note, 2_000),
    }


def share(group):
    """One line of the summary tables."""
    return {
        "name": group.name,
        "person": group.person.name if group.person else "",
        "satisfied": group.satisfied,
        "total": group.total,
        "unconfirmed": group.counts[State.UNCONFIRMED],
        "awaiting": group.counts[State.AWAITING],
        "lapsed": group.counts[State.LAPSED],
        "open": sum(group.counts[state] for state in OPEN_STATES),
    }


def categories(assessed, items):
    """The items in the order of their numbers, under their categories."""
    return [
        {
            "key": category.key,
            "name": category.name,
            "satisfied": assessed.satisfied_among(members),
            "total": len(members),
            "items": [items[item.pk] for item in members],
        }
        for category, members in progress.grouped(assessed.items)
    ]


def escalation(assessed, decided, contacts):
    """What was escalated and to whom, and whom it goes to when nothing was yet (rule 11)."""
    return {
        "due": assessed.recommendation == gates.Recommendation.ESCALATE,
        "made": [decision(row) for row in decided if row.outcome == Outcome.ESCALATE],
        "contacts": [" · ".join(filter(None, (c.name, c.job_title, c.email))) for c in contacts],
    }


def letters(rows, today):
    """Every letter that was sent to the account team, newest first: its days, and what came of each statement."""
    found = replies.of_each(rows, today)
    return [_letter(row, found[row.pk]) for row in rows]


def _letter(row, answered):
    closed = f"Closed on {moment(row.closed_at)} by {row.closed_by.name}" if row.closed_at else ""
    return {
        "number": row.number,
        "state": row.get_state_display(),
        "sent": f"{moment(row.sent_at)}, {row.sent_by.name}",
        "how": "by mail" if row.mailed else "by hand",
        "to": [each["name"] for each in row.said["to"]],
        "answer_by": day(row.answer_by),
        "closed": closed,
        "closed_reason": shortened(row.closed_reason, 2_000),
        "digest": row.digest,
        "items": [_reply(reply) for reply in answered],
    }


def _reply(reply):
    return {
        "number": reply.row.item.number,
        "text": reply.row.item.statement.text,
        "question": reply.row.question.number,
        "state": reply.state,
        "words": reply.words,
        "note": shortened(reply.row.note, 2_000),
        "red_flag": reply.red_flag,
    }


def flagged(assessed):
    """The statements with the source's red flag: the account team did not answer, or would not."""
    flags = red_flags.of(assessed.items, assessed.today)
    return [
        {"number": item.number, "text": item.statement.text, "red_flag": flags[item.pk].text}
        for item in assessed.items
        if item.pk in flags
    ]


def checks(assessed):
    """Checks that ask for attention, and those set aside with the reason."""
    ground = gaps.ground_of(assessed.review, assessed.today, assessed.items)
    return [
        {
            "title": shortened(each.title, 300),
            "why": shortened(each.why, 2_000),
            "set_aside": bool(each.dismissal),
            "by": f"{each.dismissal.by.name}, {moment(each.dismissal.at)}" if each.dismissal else "",
            "reason": shortened(each.dismissal.reason, 2_000) if each.dismissal else "",
        }
        for each in gaps.of(assessed.review, ground=ground)
    ]


def contradictions(assessed):
    return [
        {
            "one": item.number,
            "one_finding": item.get_finding_display(),
            "other": other.number,
            "other_finding": other.get_finding_display(),
            "why": why,
        }
        for item, other, why in warnings.contradictions(assessed.items)
    ]
