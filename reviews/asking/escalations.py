"""What do we ask of the vendor's account team in a letter, when does it go out, and what came of it? (rule 11)

Locks are taken in one order: the vendor's row (when a number is counted), the escalation's, the review's, the
question's. Nothing else writes `Escalation.state`.
"""

import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence.choices import Kind as EvidenceKind
from evidence.validity import in_words
from reviews import events, gate
from reviews.asking import letters, questions, red_flags, standard_questions
from reviews.choices import EscalationOutcome, EscalationState, Outcome, Via
from reviews.models import TEXT_LIMIT, EscalatedItem, Escalation, Message
from reviews.permissions import can_escalate
from reviews.reminders import outsiders
from vendors.models import Vendor

WORKING_DAYS = 10  # to answer in, unless the letter says otherwise
LONGEST_NOTE = EscalatedItem._meta.get_field("note").max_length
NEED_A_WORD = frozenset({EscalationOutcome.DECLINED, EscalationOutcome.DROPPED})


class Stale(Refused):
    """Someone changed the letter meanwhile: `newest` is the letter as it is stored now."""

    def __init__(self, newest):
        super().__init__(
            f"Not done: someone changed escalation {newest.number} meanwhile. What you typed is still here; compare it "
            "with what is stored now."
        )
        self.newest = newest


def lock(escalation, *, by, version=None):
    """The escalation as it is in the database, locked until the transaction ends, for somebody who may write it.

    Raises PermissionDenied; Stale when `version` is given and is not the stored one.
    """
    rows = Escalation.objects.select_for_update(of=("self",)).with_names()
    locked = rows.get(pk=escalation.pk)
    ask(can_escalate(by, locked.review))
    if version is not None and locked.version != version:
        raise Stale(locked)
    return locked


def working_day_after(day, count):
    """The day that is so many working days, Monday to Friday, after this one. Holidays differ by country; the date can be changed."""
    while count:
        day += datetime.timedelta(days=1)
        count -= day.weekday() < 5
    return day


@transaction.atomic
def draft(review, *, by, items=None, decision=None):
    """Begin a letter about these items, by default those the gate escalates, each with its question; returns it.

    It carries out `decision`, by default the review's newest if that escalates. Raises Refused when there is nothing to
    escalate, PermissionDenied for whoever may not.
    """
    ask(can_escalate(by, review))
    # Rows that point at the vendor are written meanwhile by who waits for the review: only numbers wait for each other.
    vendor = Vendor.objects.select_for_update(no_key=True).get(pk=review.deployment.vendor_id)
    items = _to_escalate(review) if items is None else list(items)
    if not items:
        raise Refused("Choose at least one statement that the letter is about.")
    last = vendor.escalations.aggregate(last=Max("number"))["last"] or 0
    escalation = Escalation.objects.create(
        vendor=vendor,
        review=review,
        number=last + 1,
        decision=decision or _decided(review),
        opening=letters.opening(review, len(items)),
        answer_by=working_day_after(timezone.localdate(), WORKING_DAYS),
        created_by=by,
    )
    _address(escalation, gate.escalation_contacts(review))
    _add(escalation, items, by)
    note("escalation.drafted", escalation, by=by, after={"statements": sorted(item.number for item in items)})
    return escalation


def _to_escalate(review):
    assessed = gate.assess(review)
    if assessed.recommendation != gate.Recommendation.ESCALATE:
        raise Refused(f"The gate does not say “Escalate”: {assessed.why} Choose the statements yourself.")
    return assessed.to_escalate


def _decided(review):
    newest = review.decisions.order_by("-pk").first()
    return newest if newest and newest.outcome == Outcome.ESCALATE else None


def _address(escalation, contacts):
    escalation.addressees.all().delete()
    for contact in contacts:
        escalation.addressees.create(
            contact=contact, name=contact.name, job_title=contact.job_title, email=contact.email
        )


def _add(escalation, items, by):
    """Each item with a question no other item of the letter puts: its oldest that can be put, a standard question that
    helps it, or one made of the statement's guidance."""
    review = escalation.review
    used = set(escalation.escalated.values_list("question_id", flat=True))
    standard = standard_questions.fitting(review)
    for item in sorted(items, key=lambda item: item.number):
        there = item.questions.filter(review=review, state__in=questions.TO_BE_PUT).exclude(pk__in=used)
        question = there.order_by("number").first() or _new_question(review, item, standard, by)
        escalation.escalated.create(item=item, question=question)
        used.add(question.pk)


def _new_question(review, item, standard, by):
    if item.review_id != review.pk:  # a re-assessment rests on earlier reviews' items
        return questions.ask_new(review, by=by, text=item.statement.ask, wanted=wanted_for(item.statement))
    for each in standard:
        if item.number in each.numbers:
            standard.remove(each)
            return questions.ask_standard(review, [each], by=by)[0]
    return questions.ask_new(review, by=by, text=item.statement.ask, wanted=wanted_for(item.statement), items=[item])


def wanted_for(statement):
    """Which kinds of evidence usually settle it. What a good answer looks like is written for us, not for the vendor."""
    kinds = [EvidenceKind(proof["kind"]).label for proof in statement.proofs]
    return f"{', '.join(kinds)}." if kinds else ""


def in_our_words(escalation):
    """The numbers of the statements that are asked about in the words of the guidance, which speaks to us."""
    return [
        row.item.number
        for row in escalation.with_questions
        if row.question.text == row.item.statement.ask
        or (row.question.wanted and row.question.wanted == wanted_for(row.item.statement))
    ]


@transaction.atomic
def change(escalation, *, by, version, opening=None, answer_by=None, contacts=None, items=None, wording=None):
    """Change a draft: what it says first, the day, to whom it goes, which items, and `wording`
    `{escalated item's pk: (question, evidence wanted, version of the question that was shown)}`, the last optional. What
    is None stays. Returns it.

    A question that was asked before stays as it was asked: said otherwise, it becomes a question of its own.
    Raises Stale, and Refused for a letter that went out, an answer wanted in the past, or no items.
    """
    locked = _draft(escalation, by=by, version=version)
    before = {"answer_by": locked.answer_by.isoformat()}
    if opening is not None:
        locked.opening = opening.replace("\r\n", "\n").strip()
        if len(locked.opening) > TEXT_LIMIT:
            raise Refused(f"What the letter says first has at most {TEXT_LIMIT:,} characters.")
    if answer_by is not None:
        _must_be_ahead(answer_by)
        locked.answer_by = answer_by
    if contacts is not None:
        _address(locked, contacts)
    if items is not None:
        as_begun = locked.opening == letters.opening(locked.review, locked.escalated.count())
        _choose(locked, items, by)
        if as_begun:  # it says of how many statements
            locked.opening = letters.opening(locked.review, locked.escalated.count())
    for escalated in locked.with_questions:
        if escalated.pk in (wording or {}):
            _reword(locked, escalated, *wording[escalated.pk], by=by)
    locked.version += 1
    locked.save(update_fields=["opening", "answer_by", "version"])
    numbers = list(locked.escalated.values_list("item__statement__number", flat=True))
    after = {"answer_by": locked.answer_by.isoformat(), "statements": numbers}
    note("escalation.changed", locked, by=by, before=before, after=after)
    return locked


def _draft(escalation, *, by, version):
    locked = lock(escalation, by=by, version=version)
    if locked.state != EscalationState.DRAFT:
        raise Refused(f"{locked} is {locked.get_state_display().lower()}: what it says stays as it was.")
    return locked


def _must_be_ahead(day):
    if day <= timezone.localdate():
        raise Refused("The answer is wanted on a day that is still to come.")


def _choose(escalation, items, by):
    wanted = {item.pk: item for item in items}
    if not wanted:
        raise Refused("Choose at least one statement that the letter is about.")
    escalation.escalated.exclude(item__in=wanted).delete()
    there = set(escalation.escalated.values_list("item_id", flat=True))
    _add(escalation, [item for item in items if item.pk not in there], by)


def _reword(escalation, escalated, text, wanted, version=None, *, by):
    question = questions.lock(escalated.question)
    same = (question.text, question.wanted) == tuple(each.replace("\r\n", "\n").strip() for each in (text, wanted))
    if same:
        return
    if version is not None and question.version != version:
        raise Stale(escalation)
    if question.asked_on is None:
        questions.change(question, by=by, version=question.version, text=text, wanted=wanted)
        return
    about = list(question.items.all())
    escalated.question = questions.ask_new(
        question.review, by=by, text=text, wanted=wanted, topic=question.topic, items=about
    )
    escalated.save(update_fields=["question"])


@transaction.atomic
def send(escalation, *, by, version, mailed, read=None):
    """Freeze the letter, ask its questions, and have it mailed, or note that somebody sends it by hand. Returns it.

    `read` is `letters.reading` of what was on the screen. Raises Stale when that or the version is another by now, and
    Refused when it has no addressee, one of them is no such contact any more, nobody has an address to mail to, the day
    is over, or a question was answered meanwhile.
    """
    locked = _draft(escalation, by=by, version=version)
    addressees = list(locked.addressees.select_related("contact"))
    refusal = why_not_to_send(locked, addressees, mailed)
    if refusal:
        raise Refused(refusal)
    _must_be_ahead(locked.answer_by)
    locked.state, locked.mailed = EscalationState.SENT, mailed
    locked.sent_by, locked.sent_at = by, timezone.now()
    _put(locked, addressees, by)
    # A question is changed on its own page, too; from here on it is locked.
    if read is not None and letters.reading(locked, by) != read:
        raise Stale(lock(escalation, by=by))
    locked.content, locked.digest = letters.frozen(locked)
    locked.version += 1
    locked.save()
    if mailed:
        _mail(locked, addressees, 1)
    note(
        "escalation.sent", locked, by=by, content_hash=f"sha256:{locked.digest}",
        after={"to": [each.name for each in addressees], "mailed": mailed, "answer_by": locked.answer_by.isoformat()},
    )  # fmt: skip
    return locked


def why_not_to_send(escalation, addressees, mailed):
    """What the letter lacks, or ''."""
    if not addressees:
        return "The letter goes to nobody. Choose who gets it, or add the vendor's account team as contacts."
    if gone := [each.name for each in addressees if _has_changed(each)]:
        return f"{', '.join(gone)}: no contact of the vendor with this name and address any more. Choose again who gets it."
    if mailed and not any(each.email for each in addressees):
        return "Nobody it goes to has an e-mail address. Send it by hand, or add an address on the vendor's page."
    if not escalation.escalated.exists():
        return "The letter is about no statement."
    return ""


def _has_changed(addressee):
    """Whether the contact was deleted, renamed or has another address since the draft was written."""
    contact = addressee.contact
    return contact is None or (contact.name, contact.email) != (addressee.name, addressee.email)


def _put(escalation, addressees, by):
    asked_of = ", ".join(each.name for each in addressees)[: questions.LONGEST_NAME]
    asked = {each.question_id: each.question for each in escalation.with_questions}
    questions.put_all(
        asked.values(), by=by, asked_of=asked_of, via=Via.LETTER, due_on=escalation.answer_by
    )  # fmt: skip


def _mail(escalation, addressees, turn):
    for each in addressees:
        if each.email:
            key = f"letter:{escalation.pk}:{each.pk}:{turn}"
            outsiders.queue(key, name=each.name, email=each.email, vendor=escalation.vendor)


@transaction.atomic
def remind(escalation, *, by):
    """Mail a sent letter once more with a line that asks for the answers. Raises Refused unless it waits for one, and a
    second time on the same day."""
    locked = lock(escalation, by=by)
    if locked.state != EscalationState.SENT:
        raise Refused(f"{locked} does not wait for an answer: it is {locked.get_state_display().lower()}.")
    if all(row.outcome or row.is_answered for row in red_flags.asked(locked.escalated.all())):
        raise Refused(
            "Every question of the letter was answered or has its outcome: there is nothing to remind them of."
        )
    addressees = [each for each in locked.addressees.all() if each.email]
    if not addressees:
        raise Refused("Nobody the letter went to has an e-mail address: remind them by hand.")
    key = f"letter:{locked.pk}:{addressees[0].pk}:"
    past = Message.objects.filter(key__startswith=key)
    if past.filter(day=timezone.localdate()).exists():
        raise Refused("They were written to today already. Remind them tomorrow.")
    _mail(locked, addressees, past.count() + (1 if locked.mailed else 2))
    note("escalation.reminded", locked, by=by, after={"to": [each.name for each in addressees]})
    return locked


@transaction.atomic
def withdraw(escalation, *, by, version, reason):
    """Give up a letter that did not go out. Its questions stay. Raises Stale and Refused."""
    locked = _draft(escalation, by=by, version=version)
    locked.closed_reason = _word(reason, "Say why the letter is not sent.")
    _end(locked, EscalationState.WITHDRAWN, by)
    note("escalation.withdrawn", locked, by=by, reason=locked.closed_reason)
    return locked


@transaction.atomic
def settle(escalated, *, by, outcome, remark=""):
    """Write down what the letter brought for one item; again as long as the escalation is open. Raises Refused without
    a word where the account team declined or it is no longer asked."""
    locked = lock(escalated.escalation, by=by)
    if locked.state != EscalationState.SENT:
        raise Refused(f"{locked} is {locked.get_state_display().lower()}: its outcomes stay as they are.")
    if outcome not in EscalationOutcome.values:
        raise Refused("Say what came of it.")
    row = EscalatedItem.objects.select_related("item__statement").get(pk=escalated.pk, escalation=locked)
    before = {"outcome": row.outcome}
    row.outcome, row.by, row.at = outcome, by, timezone.now()
    row.note = _word(remark, "Say in a word how they declined, or why it is no longer asked.", outcome in NEED_A_WORD)
    row.save(update_fields=["outcome", "by", "at", "note"])
    note(
        "escalation.settled", locked, by=by, before=before, reason=row.note,
        after={"statement": row.item.number, "outcome": row.get_outcome_display()},
    )  # fmt: skip
    return row


@transaction.atomic
def close(escalation, *, by, reason=""):
    """End an escalation all of whose items have an outcome. Raises Refused, naming those that have none."""
    locked = lock(escalation, by=by)
    if locked.state != EscalationState.SENT:
        raise Refused(f"{locked} is {locked.get_state_display().lower()} already.")
    open_ones = locked.escalated.filter(outcome="").values_list("item__statement__number", flat=True)
    if open_ones:
        raise Refused(f"Say first what came of statement {', '.join(map(str, open_ones))}.")
    locked.closed_reason = _word(reason, "", needed=False)
    _end(locked, EscalationState.CLOSED, by)
    note("escalation.closed", locked, by=by, reason=locked.closed_reason)
    return locked


def _end(locked, state, by):
    locked.state, locked.closed_at, locked.closed_by = state, timezone.now(), by
    locked.version += 1
    locked.save(update_fields=["state", "closed_at", "closed_by", "closed_reason", "version"])


def _word(text, missing, needed=True):
    text = text.replace("\r\n", "\n").strip()
    if needed and not text:
        raise Refused(missing)
    if len(text) > LONGEST_NOTE:
        raise Refused(f"That is longer than {LONGEST_NOTE:,} characters.")
    return text


def note(event_type, escalation, *, by, **said):
    """One event about an escalation."""
    events.record(event_type, escalation, review=escalation.review, by=by, about=str(escalation).lower(), **said)


def due_in_words(escalation, today=None):
    """The answer clock: “answer due in 6 days”, “3 days late”."""
    days = (escalation.answer_by - (today or timezone.localdate())).days
    if days == 0:
        return "answer due today"
    one = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"answer due in {one}, on {in_words(escalation.answer_by)}" if days > 0 else f"{one} late"
