"""Which deadlines of reviews, items, conditions and questions fall into the span, and which sign-offs lapse in it?"""

from collections import Counter, defaultdict

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from reviews import standings
from reviews.calendar.entry import Entry, due_state, said
from reviews.choices import (
    DECIDED,
    OnCalendar,
    QuestionState,
    State,
)
from reviews.models import (
    Condition,
    Question,
    Review,
)

# Items of which nobody has to do anything on their due day.
SETTLED = DECIDED | {State.LAPSED}


REVIEW_NAMES = (
    "review_id",
    "review__title",
    "review__slug",
    "review__deployment_id",
    "review__deployment__name",
    "review__deployment__vendor__name",
)


def reviews(asked):
    at_work = Exists(Review.objects.at_work().filter(pk=OuterRef("pk")))
    rows = Review.objects.visible_to(asked.user).with_names().annotate(at_work=at_work)
    rows = rows.filter(asked.of_vendor("deployment__vendor"), asked.of_person("lead"), due_on__range=asked.days)
    return [
        Entry(
            key=f"review-{row.pk}",
            kind=OnCalendar.REVIEW,
            day=row.due_on,
            title=said(row.title, row.deployment.name),
            outside=said("Review deadline", row.vendor.name, row.title),
            url=row.get_absolute_url(),
            vendor=row.vendor.name,
            state=due_state(row.due_on, asked.today, done=not row.at_work),
        )
        for row in rows
    ]


def items(asked):
    """The person's own items one by one, those of others as a number for each review and day."""
    rows = standings.all_of_them().with_due_day().visible_to(asked.user).on(asked.today)
    rows = rows.filter(asked.of_vendor("review__deployment__vendor"), asked.of_person("holder"))
    rows = rows.filter(due_on__range=asked.days).exclude(today_state__in=SETTLED)
    own = rows.filter(holder=asked.user)
    own = list(own.values("item_id", "due_on", "today_state", "item__statement__number", *REVIEW_NAMES))
    others = list(_counted(rows.exclude(holder=asked.user), "due_on"))
    names = _names([*own, *others])
    return [*_own_items(own, names, asked), *_items_of_others(others, names, asked)]


def _names(rows):
    """`{review's id: what tells it apart}`: the deployment, with the review's title where several of it are among them."""
    reviews = {row["review_id"]: row for row in rows}
    of_each = Counter(row["review__deployment_id"] for row in reviews.values())
    return {
        pk: said(
            row["review__deployment__name"], row["review__title"] if of_each[row["review__deployment_id"]] > 1 else ""
        )
        for pk, row in reviews.items()
    }


def _own_items(rows, names, asked):
    for row in rows:
        number, slug = row["item__statement__number"], row["review__slug"]
        vendor, title = row["review__deployment__vendor__name"], row["review__title"]
        yield Entry(
            key=f"item-{row['item_id']}",
            kind=OnCalendar.ITEM,
            day=row["due_on"],
            title=said(f"Statement {number}", names[row["review_id"]]),
            outside=said(f"Statement {number} due", vendor, title),
            url=reverse("reviews:item", args=[slug, number]),
            vendor=vendor,
            state="awaiting" if row["today_state"] == State.AWAITING else due_state(row["due_on"], asked.today),
        )


def _items_of_others(rows, names, asked):
    for row in rows:
        yield _group(
            row,
            names,
            f"items-{row['review_id']}-{row['due_on']}",
            OnCalendar.ITEM,
            row["due_on"],
            f"{row['number']} item{'' if row['number'] == 1 else 's'} due",
            due_state(row["due_on"], asked.today),
        )


def _counted(rows, day):
    return rows.order_by().values(day, *REVIEW_NAMES).annotate(number=Count("pk"))


def _group(row, names, key, kind, day, words, state):
    """One entry for several items of a review."""
    vendor, title = row["review__deployment__vendor__name"], row["review__title"]
    return Entry(
        key=key,
        kind=kind,
        day=day,
        title=said(words, names[row["review_id"]]),
        outside=said(words, vendor, title),
        url=reverse("reviews:review", args=[row["review__slug"]]) + "#items",
        vendor=vendor,
        state=state,
    )


def lapses(asked):
    rows = standings.all_of_them().counting().visible_to(asked.user).filter(until__range=asked.days)
    rows = rows.filter(asked.of_vendor("review__deployment__vendor"), asked.of_person("holder"))
    counted = list(_counted(rows, "until"))
    names = _names(counted)
    return [
        _group(
            row,
            names,
            f"lapse-{row['review_id']}-{row['until']}",
            OnCalendar.LAPSE,
            row["until"],
            f"{row['number']} sign-off{' lapses' if row['number'] == 1 else 's lapse'}",
            "lapsed" if row["until"] < asked.today else "neutral",
        )
        for row in counted
    ]


def conditions(asked):
    rows = Condition.objects.visible_to(asked.user).in_force().filter(due_on__range=asked.days)
    rows = rows.filter(asked.of_vendor("decision__review__deployment__vendor"), asked.of_person("owner"))
    found = []
    for row in rows.select_related("decision__review__deployment__vendor"):
        review = row.decision.review
        found.append(
            Entry(
                key=f"condition-{row.pk}",
                kind=OnCalendar.CONDITION,
                day=row.due_on,
                title=row.text,
                outside=said("Condition of an approval", review.vendor.name, review.title),
                url=reverse("reviews:decision", args=[review.slug]),
                vendor=review.vendor.name,
                state=due_state(row.due_on, asked.today, done=row.met_at is not None),
            )
        )
    return found


def answers(asked):
    """Answers wanted of a vendor: one entry for all that a review wants on one day."""
    rows = Question.objects.visible_to(asked.user).filter(state=QuestionState.ASKED, due_on__range=asked.days)
    rows = rows.filter(review__in=Review.objects.in_force())
    rows = rows.filter(asked.of_vendor("review__deployment__vendor"), asked.of_person("asked_by"))
    wanted = defaultdict(list)
    for row in rows.select_related("review__deployment__vendor"):
        wanted[row.review, row.due_on].append(row)
    return [
        Entry(
            key=f"answers-{review.pk}-{day}",
            kind=OnCalendar.ANSWER,
            day=day,
            title=questions[0].text if len(questions) == 1 else f"{len(questions)} answers wanted: {review.title}",
            outside=said("Answer wanted", review.vendor.name, review.title),
            url=questions[0].get_absolute_url()
            if len(questions) == 1
            else reverse("reviews:questions", args=[review.slug]),
            vendor=review.vendor.name,
            state=due_state(day, asked.today),
        )
        for (review, day), questions in wanted.items()
    ]
