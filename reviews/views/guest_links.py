"""What do we see and do about pages for the vendor's people? Who was invited, what they answered; invite, change, end."""

from django.contrib import messages
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Refused, ask
from reviews import events
from reviews.asking import guests
from reviews.asking.guest_forms import InviteForm, LinkForm
from reviews.choices import QuestionState
from reviews.models import Answer, Review
from reviews.permissions import can_ask
from reviews.reminders import outbox

OK, UNPROCESSABLE = 200, 422


def _review(request, slug):
    return get_object_or_404(Review.objects.visible_to(request.user).with_names(), slug=slug)


def _link(request, slug, pk):
    """The link of a review one may see."""
    rows = guests.of(_review(request, slug))
    return get_object_or_404(rows, pk=pk)


def _open_questions(review):
    return review.questions.unsettled()


@require_http_methods(["GET", "HEAD", "POST"])
def guest_links(request, slug):
    review = _review(request, slug)
    may = can_ask(request.user, review)
    if request.method == "POST":
        ask(may)
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        questions=_open_questions(review),
        contacts=review.vendor.contacts.order_by("-is_account_team", "name"),
    )
    if form.is_valid():
        try:
            link = guests.invite(review, by=request.user, **form.said())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{link.name} is invited. The mail with the address goes out within minutes.")
            return redirect("reviews:guest_link", slug=review.slug, pk=link.pk)
    context = {
        "review": review,
        "links": _dressed(review, guests.of(review)),
        "form": form,
        "no_inviting": may.reason,
    }
    return render(request, "reviews/guest_links.html", context, status=UNPROCESSABLE if form.errors else OK)


@require_http_methods(["GET", "HEAD", "POST"])
def guest_link(request, slug, pk):
    """One link: what became of its mails, which questions wait there; POST changes questions and last day."""
    link = _link(request, slug, pk)
    may = can_ask(request.user, link.review)
    if request.method == "POST":
        ask(may)
    own = Answer.objects.filter(guest=link)
    there = list(link.questions.prefetch_related(Prefetch("answers", queryset=own, to_attr="own_answers")))
    form = LinkForm(
        request.POST if request.method == "POST" else None,
        questions=_choosable(link, there),
        initial={"questions": [each.pk for each in there], "until": timezone.localdate(link.expires_at)},
    )
    if form.is_valid():
        try:
            guests.change(link, by=request.user, **form.said())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Saved. They see it as soon as they open a page.")
            return redirect("reviews:guest_link", slug=link.review.slug, pk=link.pk)
    context = {
        "review": link.review,
        "link": _dressed(link.review, [link])[0],
        "questions": there,
        "mails": outbox.with_kinds(request.user, guests.mails(link).select_related("vendor")),
        "form": form,
        "no_change": may.reason,
        **events.history(link),
    }
    return render(request, "reviews/guest_link.html", context, status=UNPROCESSABLE if form.errors else OK)


def _choosable(link, there):
    """Those put to them already, and whatever is open in the review."""
    kept = {each.pk: each for each in there if each.state != QuestionState.WITHDRAWN}
    kept |= {each.pk: each for each in _open_questions(link.review)}
    return sorted(kept.values(), key=lambda each: each.number)


def _dressed(review, links):
    """Each with how it stands, in words and as it looks, and with its newest mail. Three queries for all."""
    is_wanted, mails = guests.answers_wanted(review), guests.newest_mails(review)
    links = list(links)
    for link in links:
        link.why_closed = guests.why_closed(link, is_wanted=is_wanted)
        link.look, link.stands = _stands(link)
        link.mail = mails.get(link.pk)
        link.mail_look = outbox.LOOK.get(link.mail.state, "") if link.mail else ""
    return links


def _stands(link):
    if link.ended_at:
        return "inactive", "Ended"
    if link.expires_at <= timezone.now():
        return "expired", "Time is over"
    if link.why_closed:
        return "inactive", "Closed"
    if link.asked and link.answered == link.asked:
        return "complete", "All answered"
    if link.answered:
        return "in_progress", f"{link.answered} of {link.asked} answered"
    return (
        ("in_progress", "Opened, nothing answered yet") if link.seen_at else ("queued", "Waiting for the first visit")
    )


@require_POST
def guest_again(request, slug, pk):
    link = _link(request, slug, pk)
    ask(can_ask(request.user, link.review))
    try:
        guests.send_again(link, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The mail with the address goes out again within minutes.")
    return redirect("reviews:guest_link", slug=slug, pk=pk)


@require_POST
def guest_end(request, slug, pk):
    link = _link(request, slug, pk)
    ask(can_ask(request.user, link.review))
    guests.end(link, by=request.user)
    messages.success(request, f"The page of {link.name} is closed. What was answered stays.")
    return redirect("reviews:guests", slug=slug)
