"""What does the browser get of one question to the vendor, its answers, and every act on them?"""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask
from evidence import reading
from reviews import events
from reviews.asking import answers, questions
from reviews.asking.question_forms import (
    AnswerForm,
    JudgeForm,
    PutForm,
    QuestionForm,
    TakeForm,
    WithdrawForm,
    opened_for,
)
from reviews.choices import UNSETTLED, QuestionState
from reviews.models import Attachment, Question
from reviews.permissions import can_ask, can_edit, can_judge
from reviews.views.find import item_of

GONE = 410
STALE_LABELS = {"text": "Question", "wanted": "Evidence wanted", "topic": "Topic"}


def question_of(request, slug, number):
    """What one may not see does not exist (rule 23)."""
    rows = Question.objects.visible_to(request.user).select_related(
        "review__deployment__vendor", "asked_by", "created_by", "standard"
    )
    return get_object_or_404(rows, review__slug=slug, number=number)


def _answer(question, number):
    return get_object_or_404(question.answers.select_related("guest", "recorded_by"), number=number)


@require_safe
def question(request, slug, number):
    return _page(request, question_of(request, slug, number))


def _page(request, question, status=200, **given):
    """Everything the page prints. `given` forms replace fresh ones, so that nothing typed is lost."""
    review = question.review
    rows = question.answers.select_related("recorded_by", "guest").order_by("-number")
    said = list(rows.prefetch_related("attachments__taken__evidence", "judgements__by", "taken__evidence"))
    for each in said:
        each.is_taken = any(taken.attachment_id is None for taken in each.taken.all())
    no_asking = can_ask(request.user, review).reason
    context = {
        "question": question,
        "review": review,
        "items": question.items.select_related("statement", "review").without_guidance(),
        "answers": said,
        "no_asking": no_asking,
        "no_judging": can_judge(request.user, question).reason,
        "may_put": question.state in questions.TO_BE_PUT,
        "may_judge": question.state in answers.JUDGED_IN,
        "may_withdraw": question.state in UNSETTLED,
        "may_answer": question.state != QuestionState.WITHDRAWN,
        **events.history(question),
    }
    if not no_asking:
        context |= _forms(question)
    return render(request, "reviews/question.html", context | given, status=status)


def _forms(question):
    version = {"version": question.version}
    return {
        "put_form": PutForm(vendor=question.review.vendor, initial=opened_for(question), auto_id="put_%s"),
        "answer_form": AnswerForm(
            initial={"said_on": timezone.localdate(), "source": question.asked_of, "via": question.via},
            auto_id="answer_%s",
        ),
        "judge_form": JudgeForm(initial=version, auto_id="judge_%s"),
        "withdraw_form": WithdrawForm(initial=version, auto_id="withdraw_%s"),
    }


def _act(request, question, form, name, act, done):
    """Call the domain with what was typed; a refusal shows its sentence on the page, with what was typed."""
    if not form.is_valid():
        messages.error(request, "Nothing changed: the form says why.")
        return _page(request, question, 422, **{name: form})
    try:
        act(form)
    except Refused as refusal:
        messages.error(request, str(refusal))
        newest = question_of(request, question.review.slug, question.number)
        return _page(request, newest, 422, **{name: _on_newest(form, newest)})
    messages.success(request, done)
    return redirect(question)


def _on_newest(form, newest):
    """What was typed, now based on the newest version: sending it again is a decision, not an accident."""
    if "version" in form.fields:
        form.data = form.data.copy()
        form.data["version"] = newest.version
    return form


@require_http_methods(["GET", "POST"])
def question_edit(request, slug, number):
    """Change a draft; of what was asked only the statements it is about."""
    question = question_of(request, slug, number)
    ask(can_ask(request.user, question.review))
    only_items = question.state != QuestionState.DRAFT
    initial = {name: getattr(question, name) for name in ("text", "wanted", "topic", "version")}
    initial["items"] = list(question.items.values_list("pk", flat=True))
    form = QuestionForm(request.POST or None, review=question.review, only_items=only_items, initial=initial)
    context = {"form": form, "review": question.review, "question": question}
    if request.method == "POST" and form.is_valid():
        try:
            questions.change(question, by=request.user, version=form.cleaned_data["version"], **form.values)
        except questions.Stale as stale:
            messages.error(request, str(stale))
            context |= {"form": _on_newest(form, stale.newest), "stale": _differences(form, stale.newest)}
            return render(request, "reviews/question_form.html", context, status=422)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved.")
            return redirect(question)
    return render(request, "reviews/question_form.html", context, status=422 if form.errors else 200)


def _differences(form, newest):
    return [
        {"label": label, "theirs": getattr(newest, name), "yours": form.values[name]}
        for name, label in STALE_LABELS.items()
        if name in form.values and getattr(newest, name) != form.values[name]
    ]


@require_POST
def question_put(request, slug, number):
    question = question_of(request, slug, number)
    ask(can_ask(request.user, question.review))
    form = PutForm(request.POST, vendor=question.review.vendor, auto_id="put_%s")

    def act(form):
        questions.put(question, by=request.user, version=form.cleaned_data["version"], **form.values)

    return _act(request, question, form, "put_form", act, f"Question {number} is asked; the answer is waited for.")


@require_POST
def question_answer(request, slug, number):
    question = question_of(request, slug, number)
    ask(can_ask(request.user, question.review))
    form = AnswerForm(request.POST, request.FILES, auto_id="answer_%s")

    def act(form):
        answers.record(question, by=request.user, **form.values)

    return _act(request, question, form, "answer_form", act, "The answer is recorded. Does it suffice?")


@require_POST
def question_judge(request, slug, number, answer):
    question = question_of(request, slug, number)
    said = _answer(question, answer)
    ask(can_judge(request.user, question))
    form = JudgeForm(request.POST, auto_id="judge_%s")

    def act(form):
        answers.judge(said, by=request.user, **form.cleaned_data)

    return _act(request, question, form, "judge_form", act, "Judged.")


@require_POST
def question_withdraw(request, slug, number):
    question = question_of(request, slug, number)
    ask(can_ask(request.user, question.review))
    form = WithdrawForm(request.POST, auto_id="withdraw_%s")

    def act(form):
        questions.withdraw(question, by=request.user, **form.cleaned_data)

    return _act(request, question, form, "withdraw_form", act, f"Question {number} is withdrawn.")


@require_http_methods(["GET", "POST"])
def question_take(request, slug, number, answer):
    """Take an answer, or with `?file=` one file that came with it, into the evidence."""
    question = question_of(request, slug, number)
    answer = _answer(question, answer)
    attachment = _attachment(answer, request.GET["file"]) if "file" in request.GET else None
    ask(can_ask(request.user, question.review))
    form = TakeForm(request.POST or None, initial={"issued_on": answer.said_on})
    items = list(question.items.select_related("statement", "review__deployment__vendor"))
    if request.method == "POST" and form.is_valid():
        try:
            evidence = answers.take(answer, by=request.user, attachment=attachment, **form.said())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"In the library now: “{evidence}”.")
            for sentence in answers.cite(evidence, items, by=request.user) if form.cleaned_data["cite"] else ():
                messages.warning(request, sentence)
            return redirect(question)
    context = {
        "form": form, "question": question, "review": question.review, "answer": answer, "attachment": attachment,
        "items": items,
    }  # fmt: skip
    return render(request, "reviews/question_take.html", context, status=422 if form.errors else 200)


def _attachment(answer, pk):
    if not str(pk).isdecimal() or len(str(pk)) > 18:
        raise Http404
    return get_object_or_404(answer.attachments, pk=int(pk))


@require_safe
def question_file(request, slug, number, pk):
    """A file that came with an answer, recorded before its first byte; never shown in the browser itself."""
    question = question_of(request, slug, number)
    rows = Attachment.objects.select_related("answer__question__review__deployment__vendor")
    attachment = get_object_or_404(rows, pk=pk, answer__question=question)
    try:
        file = answers.read_attachment(attachment, by=request.user)
    except Refused as refusal:
        messages.error(request, f"{attachment.name} is not handed out. {refusal}")
        return _page(request, question, GONE)
    return reading.attachment(file, name=attachment.name, content_type=attachment.content_type)


@require_POST
def item_asked(request, slug, number, question):
    """Write into the item's finding what a question asked, and of whom (rule 4)."""
    item = item_of(request, slug, number)
    asked = get_object_or_404(Question.objects.filter(review__slug=slug), number=question, items=item)
    ask(can_edit(request.user, item))
    try:
        questions.fill_asked(item, asked, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Taken over from question {asked.number}: what was asked, and of whom.")
    return redirect(f"{item.get_absolute_url()}#finding")
