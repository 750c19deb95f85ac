"""What does the overview print as a paper? The same figures, with the rights of whoever asked for it."""

from collections import Counter

from django.utils import timezone

from evidence.validity import in_words
from reviews import lookahead
from reviews.dashboard import glance, glance_rows
from reviews.gate import Recommendation

ROWS_PRINTED = 100  # of each list; the page on the screen has them all


def find(user, subject):
    """The filters a paper is called after; everybody may have the overview of what they see."""
    return glance.Filters.from_subject(subject)


def file_name(filters):
    return f"overview-{timezone.localdate().isoformat()}"


def printed(filters, user):
    """Plain texts and numbers, as of today."""
    seen = glance.of(user, filters)
    ids = [each.review.pk for each in seen.outlooks]
    return {
        "filters": filters.in_words(user),
        "reviews": seen.now.reviews,
        "satisfied": seen.now.satisfied,
        "total": seen.now.total,
        "gates": _numbers(seen.outlooks, lambda each: each.now.gate.recommendation.label, Recommendation.labels),
        "approvals": _numbers(
            seen.outlooks, lambda each: glance.APPROVALS[glance.approval_of(each)], glance.APPROVALS.values()
        ),
        "figures": _figures(seen),
        "rows": [_row(each) for each in seen.outlooks],
        "points": [
            {"day": in_words(each.day), "satisfied": each.satisfied, "total": each.total, "at_go": each.at_go}
            for each in seen.points
        ],
        "weeks": [
            {"day": in_words(week.first), "lapsing": week.lapsing, "lost": [_name(each) for each in week.lost[:5]]}
            for week in seen.weeks
            if week.lapsing or week.lost
        ],
        "days": lookahead.DAYS,
        "people": [
            {"name": each.name, "roles": _roles(each), "too_much": glance.is_overloaded(each), **each.counts}
            for each in seen.load[:ROWS_PRINTED]
        ],
        "much": glance.MUCH,
        "much_late": glance.MUCH_LATE,
        "lists": [_list(show, ids, seen.today) for show in ("conditions", "escalations", "questions")],
    }


def _numbers(outlooks, words, names):
    """How many of the reviews printed there are by each of these names."""
    found = Counter(map(words, outlooks))
    return [{"name": name, "number": found[name]} for name in names]


def _roles(each):
    return each.roles if each.roles != each.name else ""


def _figures(seen):
    return [
        {"name": "Late items", "number": seen.items["late"]},
        {"name": "Lapsed sign-offs", "number": seen.items["lapsed"]},
        {"name": "Items awaiting a sign-off", "number": seen.items["awaiting"]},
        {"name": "Items without an owner", "number": seen.items["unowned"]},
        {"name": "Red flags", "number": seen.items["red_flag"]},
        {"name": "Overdue obligations", "number": seen.obligations},
        {"name": "Overdue conditions", "number": seen.conditions},
        {"name": "Unanswered questions", "number": seen.questions},
        {"name": "Unanswered escalations", "number": seen.escalations},
        {"name": "People with too much", "number": len(seen.overloaded)},
    ]


def _name(outlook):
    return f"{outlook.review.vendor.name} · {outlook.review.deployment.name}"


def _row(outlook):
    review, tally = outlook.review, outlook.now.gate
    return {
        "vendor": review.vendor.name,
        "deployment": review.deployment.name,
        "title": review.title,
        "gate": tally.recommendation.value,
        "gate_in_words": tally.recommendation.label,
        "satisfied": tally.satisfied,
        "needed": tally.needed,
        "approval": glance.APPROVALS[glance.approval_of(outlook)],
        "lead": review.lead.name,
        "deadline": in_words(review.due_on),
        "lost_on": in_words(outlook.lost.day) if outlook.lost else "",
    }


def _list(show, ids, today):
    rows = glance_rows.behind(show, ids, today)
    lines = glance_rows.lines(show, rows[:ROWS_PRINTED])
    return {
        "title": glance_rows.TITLES[show],
        "more": max(0, rows.count() - ROWS_PRINTED),
        "lines": [
            {
                "text": line.text,
                "about": line.about,
                "person": line.person,
                "due_on": in_words(line.due_on) if line.due_on else "",
            }
            for line in lines
        ],
    }
