"""What does the browser get of a review's questions: the list, new ones, the standard ones, and putting several?"""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Refused, ask
from reviews.asking import questions, standard_questions
from reviews.asking.question_export import TO_VENDOR
from reviews.asking.question_forms import PutSeveralForm, QuestionFilterForm, QuestionForm, StandardForm
from reviews.permissions import can_ask
from reviews.views.find import review_alone

PER_PAGE = 50


@require_safe
def questions_list(request, slug):
    review = review_alone(request, slug)
    today = timezone.localdate()
    filters = QuestionFilterForm(request.GET)
    rows = filters.of(review.questions.all(), today).with_progress()
    context = {
        "review": review,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "chips": filters.chips(review.questions.all(), today, request.path),
        "wanted": filters.wanted,
        "query": f"{urlencode(filters.wanted)}&" if filters.wanted else "",
        "to_export": rows.filter(state__in=TO_VENDOR).count(),
        "offered": len(standard_questions.fitting(review)),
        "no_asking": can_ask(request.user, review).reason,
    }
    return render(request, "reviews/questions.html", context)


@require_http_methods(["GET", "POST"])
def question_new(request, slug):
    """A question of one's own; `?statement=17` begins with what that statement's guidance says to ask."""
    review = review_alone(request, slug)
    ask(can_ask(request.user, review))
    form = QuestionForm(request.POST or None, review=review, initial=_from_guidance(request, review))
    if request.method == "POST" and form.is_valid():
        try:
            question = questions.ask_new(review, by=request.user, **form.values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Question {question.number} is written down. Say here when it is asked.")
            return redirect(question)
    context = {"form": form, "review": review}
    return render(request, "reviews/question_form.html", context, status=422 if form.errors else 200)


def _from_guidance(request, review):
    number = request.GET.get("statement", "")
    if not number.isdecimal() or len(number) > 6:
        return {}
    item = review.items.filter(statement__number=int(number)).select_related("statement__category").first()
    if item is None:
        return {}
    return {"text": item.statement.ask, "topic": item.statement.category.name[:60], "items": [item.pk]}


@require_http_methods(["GET", "POST"])
def questions_standard(request, slug):
    review = review_alone(request, slug)
    ask(can_ask(request.user, review))
    offered = standard_questions.fitting(review)
    form = StandardForm(request.POST or None, offered=offered)
    if request.method == "POST" and form.is_valid():
        try:
            added = questions.ask_standard(review, form.standards, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            count = f"{len(added)} question{'' if len(added) == 1 else 's'}"
            messages.success(request, f"{count} added. Put them to the vendor next.")
            return redirect("reviews:questions_put", slug=slug)
    chosen = form.data.getlist("chosen") if form.is_bound else [str(each.pk) for each in offered]
    topics = list(dict.fromkeys(each.topic for each in offered))
    by_topic = sorted(offered, key=lambda each: topics.index(each.topic))
    context = {"form": form, "review": review, "offered": by_topic, "chosen": chosen}
    return render(request, "reviews/questions_standard.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def questions_put(request, slug):
    """Write down that several were put to one person."""
    review = review_alone(request, slug)
    ask(can_ask(request.user, review))
    form = PutSeveralForm(request.POST or None, review=review)
    if request.method == "POST" and form.is_valid():
        try:
            count = questions.put_all(form.cleaned_data["questions"], by=request.user, **form.values)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{count} question{'' if count == 1 else 's'} put to {form.values['asked_of']}.")
            return redirect("reviews:questions", slug=slug)
    waiting = list(form.fields["questions"].queryset)
    chosen = form.data.getlist("questions") if form.is_bound else [str(each.pk) for each in waiting]
    context = {"form": form, "review": review, "waiting": waiting, "chosen": chosen}
    return render(request, "reviews/questions_put.html", context, status=422 if form.errors else 200)
