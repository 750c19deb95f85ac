"""How do a review's questions leave as a file or a mail, and how do the answers come back from a workbook?"""

from urllib.parse import quote

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask
from evidence import content_types
from evidence.reading import HEADERS
from reviews import events
from reviews.asking import question_export, question_import
from reviews.asking.question_forms import AnswersFileForm, QuestionFilterForm
from reviews.permissions import can_ask
from reviews.views.find import review_alone


def _open_ones(request, review):
    rows = QuestionFilterForm(request.GET).of(review.questions.all(), timezone.localdate())
    return question_export.open_ones(rows)


@require_safe
def questions_export(request, slug):
    """The open questions that the list's filter shows, as a file for the vendor."""
    review = review_alone(request, slug)
    ending = request.GET.get("format", "xlsx")
    if ending not in {"xlsx", "docx"}:
        raise Http404
    found = _open_ones(request, review)
    try:
        if ending == "xlsx":
            content, kind = question_export.as_workbook(found), content_types.XLSX
        else:
            content, kind = question_export.as_document(found, review), content_types.DOCX
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('reviews:questions', args=[slug])}?{request.GET.urlencode()}")
    _note(review, found, request.user, ending)
    disposition = content_disposition_header(as_attachment=True, filename=question_export.file_name(review, ending))
    return HttpResponse(content, content_type=kind.mime, headers=HEADERS | {"Content-Disposition": disposition})


@transaction.atomic
def _note(review, found, by, form):
    numbers = [question.number for question in found]
    after = {"questions": numbers, "format": form}
    events.record("review.questions_exported", review, review=review, by=by, after=after)


@require_safe
def questions_mail(request, slug):
    """The same questions as a text to copy into a mail; a short one opens in one's own mail program."""
    review = review_alone(request, slug)
    found = _open_ones(request, review)
    subject, text = question_export.as_mail(found, review)
    address = f"mailto:?subject={quote(subject)}&body={quote(text)}"
    context = {
        "review": review,
        "count": len(found),
        "subject": subject,
        "text": text,
        "address": address if len(address) <= question_export.LONGEST_MAIL_LINK else "",
    }
    return render(request, "reviews/questions_mail.html", context)


@require_http_methods(["GET", "POST"])
def questions_import(request, slug):
    """Choose a workbook; a POST shows what it would record and what is wrong with it, and records nothing."""
    review = review_alone(request, slug)
    ask(can_ask(request.user, review))
    form = AnswersFileForm(request.POST or None, request.FILES or None)
    context = {"review": review, "form": form}
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            found = question_import.preview(review, upload, upload.name)
            sealed = question_import.seal(found, review, by=request.user) if found.new and not found.problems else ""
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            context |= {"preview": found, "sealed": sealed, "form": AnswersFileForm()}
    elif request.method == "POST" and not form.is_bound:
        context["form"] = form = AnswersFileForm({}, {})
        form.is_valid()
    return render(request, "reviews/questions_import.html", context, status=422 if form.errors else 200)


@require_POST
def questions_record(request, slug):
    """Record what the preview showed: all of it or nothing."""
    review = review_alone(request, slug)
    ask(can_ask(request.user, review))
    try:
        count, known = question_import.record(review, request.POST.get("sealed", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("reviews:questions_import", slug=slug)
    again = f" {known} {'was' if known == 1 else 'were'} recorded already." if known else ""
    messages.success(request, f"{count} answer{'' if count == 1 else 's'} recorded.{again}")
    return redirect("reviews:questions", slug=slug)
