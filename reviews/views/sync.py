"""What does the browser get of the weekly sync: the page of one review, of all reviews, and a list behind a number?"""

from itertools import pairwise

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from reviews import checks, gate, progress, standings
from reviews.choices import State
from reviews.models import Review
from reviews.views.find import item_with_standing, review_alone
from reviews.views.item import item_context
from reviews.weekly import agenda, concerns, side_by_side, since, syncs

AGENDA_SHOWN = 15
ALWAYS = ("blocked", "late", "soon", "awaiting")
REVIEWS_PER_PAGE, LINES_PER_PAGE = 25, 50


@require_safe
def review_sync(request, slug):
    review = review_alone(request, slug)
    if "show" in request.GET:
        return _listed(request, [review], review)
    last = syncs.last(review, request.user)
    instant, problem = _since(request, review, last)
    items = gate.items_in_force(review)
    figures = agenda.figures([review], request.user, instant, items=items)
    assessed = gate.assess(review, items)
    [reviewed] = figures.reviews
    context = {
        "gate": assessed,
        "groups": progress.tiles(assessed),
        "decision": reviewed.decision,
        "approval": reviewed.approval,
        "contacts": gate.escalation_contacts(review),
        "days_left": (review.due_on - figures.today).days,
        "days_over": (figures.today - review.due_on).days,
        "against": figures.forecast.against(review.due_on),
        "lists": [(key, title, figures.lists[key]) for key, title in concerns.TITLES.items() if _shows(key, figures)],
        "burn_up": _turns(figures.history),
        "burn_up_data": _burn_up(review, figures),
        "asking": checks.asking(checks.of(review, ground=checks.ground_of(review, figures.today, items))),
        "rests": any(item.review_id != review.pk for item in assessed.items),
    }
    return render(
        request, "reviews/sync_page.html", context | _shared(request, [review], figures, instant, problem, review, last)
    )


@require_safe
def all_sync(request):
    reviews = list(Review.objects.visible_to(request.user).at_work().with_names())
    if "show" in request.GET:
        return _listed(request, reviews)
    last = syncs.last(None, request.user)
    instant, problem = _since(request, None, last)
    figures = agenda.figures(reviews, request.user, instant, alone=False)
    page = Paginator(figures.reviews, REVIEWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": side_by_side.rows(list(page.object_list), instant, figures.today),
        "agenda_by_review": _by_review(figures),
        "totals": [
            (key, title, figures.totals[key]) for key, title in concerns.TITLES.items() if _counts(key, figures)
        ],
    }
    return render(
        request, "reviews/sync_all.html", context | _shared(request, reviews, figures, instant, problem, None, last)
    )


@require_safe
def item_beside(request, slug, number):
    """Only what stands beside the page: opening an item does not make the whole page again."""
    found = item_with_standing(request, slug, number)
    back = reverse("reviews:review_sync", args=[slug])
    return render(request, "reviews/item_beside.html", {"beside": {**item_context(request, found), "back": back}})


def _shared(request, reviews, figures, instant, problem, review, last):
    """What the page of one review and that of all have in common."""
    states = [state for state in State if figures.counts[state]]
    return {
        "review": review,
        "figures": figures,
        "agenda": figures.agenda[:AGENDA_SHOWN],
        "agenda_rest": figures.agenda[AGENDA_SHOWN:],
        "since": since.of(reviews, instant, figures.today, alone=bool(review), refreshed=True),
        "since_problem": problem,
        "since_day": timezone.localdate(instant),
        "waiting_for_vendor": len(figures.questions) + len(figures.letters),
        "states": states,
        "matrix": [(each, [(state, each.counts[state]) for state in states]) for each in figures.categories],
        "all_states": [(state, figures.counts[state]) for state in states],
        "sync": syncs.current(review, request.user),
        "last_sync": last,
        "beside": _beside(request, review),
    }


def _since(request, review, last):
    """From which instant on changes are shown, and what was wrong with the day that was asked for."""
    start = since.start(review, last)
    asked = request.GET.get("since", "").strip()
    if not asked:
        return start, ""
    if instant := since.asked_for(asked):
        return instant, ""
    return start, "Changes can be shown since a day that has been, written like 2026-01-31."


def _beside(request, review):
    """The item of `?item=` with all that its own page says; None without one. What one may not see is not found."""
    number = request.GET.get("item", "")
    slug = request.GET.get("of", "").replace("\x00", "") or (review.slug if review else "")
    if not (number.isascii() and number.isdecimal() and len(number) <= 6):
        return None
    return item_context(request, item_with_standing(request, slug, int(number)))


def _by_review(figures):
    """`[(review, its lines, how many more of its items wait)]`, in the order of the most urgent line."""
    groups = {}
    for line in figures.agenda:
        groups.setdefault(line.review.pk, (line.review, []))[1].append(line)
    return [(review, lines, figures.unlisted.get(review.pk, 0)) for review, lines in groups.values()]


def _burn_up(review, figures):
    """For the chart: a value for every day so far, and the range of days on which Go is expected."""
    expected = figures.forecast
    return {
        "labels": [day.isoformat() for day, _ in figures.history],
        "satisfied": [satisfied for _, satisfied in figures.history],
        "needed": figures.reviews[0].tally.needed,
        "total": figures.reviews[0].tally.total,
        "deadline": review.due_on.isoformat(),
        "earliest": expected.earliest and expected.earliest.isoformat(),
        "latest": expected.latest and expected.latest.isoformat(),
    }


def _shows(key, figures):
    """Blocked, late and due are always on the page; the other lists only when something is on them."""
    return key in ALWAYS or figures.lists[key]


def _counts(key, figures):
    return key in ALWAYS or figures.totals[key]


def _turns(history):
    """The days of the history on which the number changed, with the first and the last."""
    changed = [history[0], *(after for before, after in pairwise(history) if before[1] != after[1]), history[-1]]
    return list(dict.fromkeys(changed))


def _listed(request, reviews, review=None):
    """The items behind a number of the page: `?show=` a list, or a state, perhaps of one category or person."""
    today, ids = timezone.localdate(), [each.pk for each in reviews]
    standings.refresh()
    flags = concerns.flags(ids, today)
    found, title = _filtered(concerns.concerns(ids, today, flags), request.GET)
    page = Paginator(found.order_by("due_on", "review_id", "item_id"), LINES_PER_PAGE).get_page(request.GET.get("page"))
    key = request.GET["show"] if request.GET["show"] in concerns.TITLES else ""
    lines = agenda.lines_of(list(page.object_list), reviews, request.user, today, key, flags)
    context = {"review": review, "page": page, "lines": lines, "title": title, "beside": _beside(request, review)}
    return render(request, "reviews/sync_list.html", context)


def _filtered(found, wanted):
    """These `concerns` as the address asks for, and what they are in words."""
    show, words = wanted["show"], ["Items"]
    if show in concerns.TITLES:
        found, words = found.filter(**{show: True}), [concerns.TITLES[show]]
    elif show in State.values:
        found, words = found.filter(today_state=show), [State(show).label]
    elif show == "open":
        found, words = (
            found.filter(today_state__in=concerns.UNDONE).exclude(today_state=State.AWAITING),
            ["To be worked on"],
        )
    if category := wanted.get("category", "").replace("\x00", "")[:60]:
        found = found.filter(item__statement__category__key=category)
        words.append(_category(found, category))
    if (holder := wanted.get("holder", "")) == "nobody":
        found, words = found.filter(holder=None), [*words, "no owner"]
    elif holder.isascii() and holder.isdecimal() and len(holder) <= 18:
        found = found.filter(holder=int(holder))
        person = User.objects.filter(pk__in=found.values("holder")[:1]).first()
        words.append(person.name if person else "nobody here")
    return found, " · ".join(words)


def _category(found, key):
    first = found.order_by().values_list("item__statement__category__name", flat=True).first()
    return first or key
