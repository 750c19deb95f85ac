"""What does the browser get of letters to the account team: the list, the editor, the letter, what came of it?"""

from urllib.parse import quote, urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Refused, ask
from reviews import events, gate
from reviews.asking import escalations, letter_mail, letters, replies
from reviews.asking.escalation_forms import ChooseForm, ClosingForm, LetterForm, OutcomeForm, VersionForm
from reviews.choices import EscalationOutcome, EscalationState, State
from reviews.models import EscalatedItem, Escalation
from reviews.permissions import can_escalate
from reviews.views.find import review_of

OK, UNPROCESSABLE = 200, 422
LONGEST_MAILTO = 1_800  # characters of an address that every mail program takes


def _escalation(request, slug, number):
    rows = Escalation.objects.visible_to(request.user).with_names().select_related("decision", "closed_by")
    return get_object_or_404(rows, review__slug=slug, number=number)


@require_safe
def escalations_list(request, slug):
    review = review_of(request, slug)
    context = {
        "review": review,
        "letters": replies.listed(Escalation.objects.visible_to(request.user).filter(review=review)),
        "write_reason": can_escalate(request.user, review).reason,
    }
    return render(request, "reviews/escalations.html", context)


@require_http_methods(["GET", "POST"])
def escalation_new(request, slug):
    review = review_of(request, slug)
    ask(can_escalate(request.user, review))
    assessed = gate.assess(review, gate.items_in_force(review))
    due = [str(item.pk) for item in assessed.items_in(State.UNCONFIRMED)]
    form = ChooseForm(request.POST or None, items=assessed.items, initial={"items": due})
    if request.method == "POST" and form.is_valid():
        try:
            made = escalations.draft(review, by=request.user, items=form.cleaned_data["items"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{made} is begun. Nothing was sent: read it, change it, then send it.")
            return redirect(made)
    context = {"review": review, "form": form, "gate": assessed, "due": len(due)}
    return render(request, "reviews/escalation_new.html", context, status=UNPROCESSABLE if form.errors else OK)


@require_safe
def escalation(request, slug, number):
    return _page(request, _escalation(request, slug, number))


def _page(request, escalation, status=OK, form=None, stale=None):
    """The editor of a draft, for whoever may write it; else the letter with what came of it."""
    reason = can_escalate(request.user, escalation.review).reason
    context = {"review": escalation.review, "escalation": escalation, "write_reason": reason, "stale": stale}
    context |= events.history(escalation)
    if escalation.state == EscalationState.DRAFT and not reason:
        form = form or _form(escalation, initial=LetterForm.initial_of(escalation))
        context |= {"form": form, "in_our_words": escalations.in_our_words(escalation)}
        return render(request, "reviews/escalation_edit.html", context, status=status)
    rows = replies.of(escalation)
    context |= {
        "rows": rows,
        "first_flag": next((reply for reply in rows if reply.red_flag), None),
        "unsettled": sum(not reply.row.outcome for reply in rows),
        "outcomes": EscalationOutcome.choices,
        "clock": escalations.due_in_words(escalation),
        "undelivered": letter_mail.undelivered(escalation) if escalation.mailed and not reason else [],
    }
    return render(request, "reviews/escalation.html", context, status=status)


def _form(escalation, data=None, initial=None):
    items = gate.items_in_force(escalation.review)
    return LetterForm(data, escalation=escalation, items=sorted(items, key=lambda item: item.number), initial=initial)


@require_POST
def escalation_edit(request, slug, number):
    found = _escalation(request, slug, number)
    ask(can_escalate(request.user, found.review))
    form = _form(found, request.POST)
    if not form.is_valid():
        return _page(request, found, UNPROCESSABLE, form)
    try:
        escalations.change(found, by=request.user, **form.changes())
    except escalations.Stale as refusal:
        messages.error(request, str(refusal))
        form.data = form.data.copy() | form.based_on(refusal.newest)
        return _page(request, found, UNPROCESSABLE, form, replies.differing(refusal.newest, form.cleaned_data))
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, UNPROCESSABLE, form)
    messages.success(request, "Saved. Nothing was sent.")
    if "read" in request.POST:
        return redirect("reviews:escalation_letter", slug, number)
    return redirect(found)


@require_safe
def escalation_letter(request, slug, number):
    """The letter exactly as it reads, with the text of its mail to copy; a draft is sent from here."""
    found = _escalation(request, slug, number)
    sender = letters.sender_of(found, request.user)
    now = letters.content(found, sender)
    said = found.said if found.content else now
    text = letters.as_text(found, said=said)
    addressees = list(found.addressees.select_related("contact"))
    context = {
        "review": found.review,
        "escalation": found,
        "letter": letters.printed(found, said=said),
        "reading": letters.reading_of(now),
        "text": text,
        "mailto": _mailto(found, said, addressees, text),
        "write_reason": can_escalate(request.user, found.review).reason,
        "in_our_words": escalations.in_our_words(found),
        "not_mailed": escalations.why_not_to_send(found, addressees, mailed=True),
        "not_sent": escalations.why_not_to_send(found, addressees, mailed=False),
        "mailed_to": [each for each in addressees if each.email],
        "by_hand": [each for each in addressees if not each.email],
    }
    return render(request, "reviews/escalation_letter.html", context)


def _mailto(escalation, letter, addressees, text):
    """An address that opens a mail of one's own; without the text where that is too long for one."""
    to = ",".join(quote(each.email) for each in addressees if each.email)
    said = {"subject": letters.subject(escalation, letter), "body": text}
    address = f"mailto:{to}?{urlencode(said, quote_via=quote)}"
    return (
        address
        if len(address) <= LONGEST_MAILTO
        else f"mailto:{to}?{urlencode({'subject': said['subject']}, quote_via=quote)}"
    )


@require_POST
def escalation_send(request, slug, number):
    mailed = request.POST.get("mailed") == "1"
    said = "Sent. Its questions count as asked." if mailed else "It counts as sent. Copy the text or print the letter."
    return _versioned(
        request, slug, number, said,
        lambda found, form: escalations.send(
            found,
            by=request.user,
            version=form.cleaned_data["version"],
            mailed=mailed,
            read=form.cleaned_data["read"],
        ),
    )  # fmt: skip


@require_POST
def escalation_withdraw(request, slug, number):
    return _versioned(
        request, slug, number, "Given up: nothing was sent.",
        lambda found, form: escalations.withdraw(
            found, by=request.user, version=form.cleaned_data["version"], reason=form.cleaned_data["reason"]
        ),
    )  # fmt: skip


def _versioned(request, slug, number, said, act):
    found = _escalation(request, slug, number)
    ask(can_escalate(request.user, found.review))
    form = VersionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Nothing was done: the form did not say what it showed. Open the page again.")
        return redirect("reviews:escalation_letter", slug, number)
    return _done(request, found, said, lambda: act(found, form))


@require_POST
def escalation_remind(request, slug, number):
    found = _escalation(request, slug, number)
    return _done(request, found, "Reminded by mail.", lambda: escalations.remind(found, by=request.user))


@require_POST
def escalation_settle(request, slug, number, pk):
    found = _escalation(request, slug, number)
    row = get_object_or_404(EscalatedItem.objects.select_related("item__statement"), pk=pk, escalation=found)
    ask(can_escalate(request.user, found.review))
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        error = next(iter(form.errors.values()))[0]
        messages.error(request, f"Statement {row.item.number}: nothing was written down. {error}")
        return redirect(found)
    said = f"Statement {row.item.number}: written down."
    return _done(request, found, said, lambda: escalations.settle(row, by=request.user, **form.cleaned_data))


@require_POST
def escalation_close(request, slug, number):
    found = _escalation(request, slug, number)
    ask(can_escalate(request.user, found.review))
    form = ClosingForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"Not closed. {next(iter(form.errors.values()))[0]}")
        return redirect(found)
    reason = form.cleaned_data["reason"]
    return _done(request, found, "Closed.", lambda: escalations.close(found, by=request.user, reason=reason))


def _done(request, escalation, said, act):
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect(escalation)
