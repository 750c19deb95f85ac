"""What did the vendor answer, does it suffice, and how does it become evidence?

An answer, a file that came with it and a judgement are rows that never change, by trigger; a better answer is another
row, another opinion another judgement, and the newest counts.
"""

from contextlib import ExitStack

from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.permissions import Refused, ask
from evidence import library, reading, storage
from evidence.choices import Confidentiality, Kind
from evidence.names import LONGEST_TITLE, one_line, plain
from evidence.validity import EARLIEST, in_words
from reviews import findings
from reviews.asking import questions
from reviews.choices import Judged, QuestionState, Via
from reviews.models import TEXT_LIMIT, Answer, AnswerTaken, Attachment, Judgement
from reviews.models.questions import stored_attachment
from reviews.permissions import can_ask, can_edit, can_judge

LONGEST_SOURCE = Answer._meta.get_field("source").max_length
LONGEST_REASON = Judgement._meta.get_field("reason").max_length
MOST_ATTACHMENTS = 5
JUDGED_IN = frozenset({QuestionState.ANSWERED, QuestionState.SETTLED, QuestionState.INSUFFICIENT})
AFTER_JUDGEMENT = {Judged.SUFFICIENT: QuestionState.SETTLED, Judged.INSUFFICIENT: QuestionState.INSUFFICIENT}


def record(question, *, by=None, guest=None, text, source, said_on, via, attachments=()):
    """Write down what was answered, with the files that came with it; the question waits to be judged then.

    Exactly one of `by` (one of us) and `guest` (the link the vendor's contact came through) is given; whether the
    guest may is asked before. An answer to a draft says that it was asked that day. After a settlement the judging is
    open again. Raises Refused with a sentence, and then neither row nor file is left; PermissionDenied.
    """
    if by:
        ask(can_ask(by, question.review))
    values = checked(text=text, source=source, said_on=said_on, via=via)
    attachments = not_too_many(attachments)
    described = [(upload, library.inspected(upload)) for upload in attachments]
    with ExitStack() as files:
        place = Attachment(answer=Answer(question=question))
        stored = [
            content
            | {
                "file": files.enter_context(
                    storage.kept(stored_attachment(place, ""), upload, sha256=content["sha256"])
                )
            }
            for upload, content in described
        ]
        return _record(question, by, guest, values, stored)


def not_too_many(files):
    """The files as a list, before any of them is looked into."""
    files = list(files)
    if len(files) > MOST_ATTACHMENTS:
        raise Refused(f"At most {MOST_ATTACHMENTS} files come with one answer; record another answer for the others.")
    return files


@transaction.atomic
def _record(question, by, guest, values, files):
    locked = questions.lock(question)
    if locked.state == QuestionState.WITHDRAWN:
        raise Refused(f"Question {locked.number} was withdrawn: {locked.withdrawn_reason}")
    if not guest and _is_there(locked, values, files):
        raise Refused("This answer is recorded already, with the same source and day.")
    last = locked.answers.aggregate(last=Max("number"))["last"] or 0
    answer = Answer.objects.create(question=locked, number=last + 1, recorded_by=by, guest=guest, **values)
    Attachment.objects.bulk_create(Attachment(answer=answer, **file) for file in files)
    before = {"state": locked.state}
    questions.set_state(locked, QuestionState.ANSWERED, **_asked_with_it(locked, values, by))
    questions.note(
        "question.answered",
        locked,
        by=by,
        before=before,
        after={
            "answer": answer.number,
            "said": values["text"][: questions.SAID_IN_EVENT],
            "source": values["source"],
            "said_on": values["said_on"],
            "via": values["via"],
            "files": [file["name"] for file in files],
        }
        | ({"guest": guest.name} if guest else {}),
    )
    answer.question = locked
    return answer


def checked(*, text, source, said_on, via):
    """The values of an answer, tidied. Raises Refused with a sentence for what cannot be."""
    text, source = plain(text), one_line(plain(source))
    if not text:
        raise Refused("Write down what was answered.")
    if len(text) > TEXT_LIMIT:
        raise Refused(
            f"The answer has {len(text):,} characters; at most {TEXT_LIMIT:,} can be kept. Attach it as a file."
        )
    if not source:
        raise Refused("Say where the answer comes from: who said it, or which document.")
    if len(source) > LONGEST_SOURCE:
        raise Refused(f"Where the answer comes from has at most {LONGEST_SOURCE} characters.")
    if said_on > timezone.localdate():
        raise Refused(f"An answer cannot be dated {in_words(said_on)}: that day has not come yet.")
    if said_on < EARLIEST:
        raise Refused(f"An answer of {in_words(said_on)}? Look at the day again.")
    if via not in Via.values:
        raise Refused("Say through which channel the answer came.")
    return {"text": text, "source": source, "said_on": said_on, "via": via}


def is_known(question, values):
    """Whether the same words of the same source and day are recorded already."""
    return _same(question, values).exists()


def _same(question, values):
    return question.answers.filter(**{name: values[name] for name in ("text", "source", "said_on")})


def _is_there(question, values, files):
    """Whether one of us recorded this already, every file included, as with a second click."""
    if not files:
        return is_known(question, values)
    hashes = sorted(file["sha256"] for file in files)
    said = _same(question, values).filter(guest=None).prefetch_related("attachments")
    return any(sorted(file.sha256 for file in each.attachments.all()) == hashes for each in said)


def _asked_with_it(question, values, by):
    """What to say of the asking when nobody wrote down that it was asked."""
    if question.state != QuestionState.DRAFT:
        return {}
    return {
        "asked_on": values["said_on"],
        "asked_by": by,
        "asked_of": values["source"][: questions.LONGEST_NAME],
        "via": values["via"],
    }


@transaction.atomic
def judge(answer, *, by, judged, reason="", version=None):
    """Say whether the newest answer suffices; the question is settled then, or can be asked again.

    Not sufficient needs the reason: it is what is asked next. The same opinion of the same person twice is one row.
    Raises Refused with a sentence, questions.Stale, PermissionDenied.
    """
    question = questions.lock(answer.question, version)
    ask(can_judge(by, question))
    newest = question.answers.order_by("-number").first()
    if newest != answer:
        raise Refused(f"There is a newer answer to question {question.number}: judge that one.")
    if question.state not in JUDGED_IN:
        raise Refused(f"Nothing to judge now: question {question.number} is “{question.get_state_display()}”.")
    judged, reason = Judged(judged), reason.strip()
    if judged == Judged.INSUFFICIENT and not reason:
        raise Refused("Say what is missing: it is what the vendor has to answer next.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"The reason is longer than {LONGEST_REASON:,} characters.")
    last = newest.judgements.order_by("-pk").first()
    if last and (last.judged, last.reason, last.by_id) == (judged, reason, by.pk):
        return last
    judgement = Judgement.objects.create(answer=newest, judged=judged, reason=reason, by=by)
    before = {"state": question.state}
    questions.set_state(question, AFTER_JUDGEMENT[judged])
    after = {"answer": newest.number, "judged": judged, "state": question.state}
    questions.note("question.judged", question, by=by, before=before, after=after, reason=reason)
    return judgement


def read_attachment(attachment, *, by):
    """The stored file, opened and found to be what was stored, after the event of reading it. Raises as `reading.opened`."""
    return reading.opened(
        attachment.file,
        size=attachment.size,
        sha256=attachment.sha256,
        record=lambda damage: record_reading(attachment, by=by, damage=damage),
    )


def record_reading(attachment, *, by, damage=""):
    """Write down, in the caller's transaction, that the file was read, or what is wrong with it."""
    questions.note(
        "question.file_damaged" if damage else "question.file_read",
        attachment.answer.question,
        by=by,
        content_hash=f"sha256:{attachment.sha256}",
        after={"answer": attachment.answer.number, "name": attachment.name},
        reason=damage,
    )


def take(
    answer, *, by, attachment=None, kind=Kind.VENDOR_STATEMENT, confidentiality=Confidentiality.CONFIDENTIAL, title="",
    **dates,
):  # fmt: skip
    """Take the answer, or one file that came with it, into the vendor's evidence, and return that Evidence.

    Of an answer becomes a small text file that says what was asked and answered. Whoever takes it is its uploader, so
    that person signs nothing that cites it (rule 5), and neither does whoever of us recorded the answer. Raises Refused
    with a sentence, also when it was taken before.
    """
    ask(can_ask(by, answer.question.review))
    if attachment is not None and attachment.answer_id != answer.pk:
        raise Refused("This file came with another answer.")
    title = title or _title(answer.question, answer, attachment)
    said = {"kind": kind, "confidentiality": confidentiality, "title": title, "issued_on": answer.said_on} | dates
    # Before the transaction: that a file was found damaged stays written down.
    with _content(answer.question, answer, attachment, by) as content:
        return _take(answer, attachment, content, by, said)


@transaction.atomic
def _take(answer, attachment, content, by, said):
    question = questions.lock(answer.question)
    if taken := AnswerTaken.objects.filter(answer=answer, attachment=attachment).select_related("evidence").first():
        raise Refused(f"It was taken already, as “{taken.evidence}”.")
    evidence = library.add_file(question.review.vendor, content, by=by, **said)
    AnswerTaken.objects.create(answer=answer, attachment=attachment, evidence=evidence, by=by)
    questions.note(
        "question.taken",
        question,
        by=by,
        content_hash=f"sha256:{evidence.current.sha256}",
        after={"answer": answer.number, "evidence": evidence.title},
    )
    return evidence


def _title(question, answer, attachment):
    if attachment:
        return ""
    return f"Answer {answer.number} to question {question.number}: {question.topic or question.text}"[:LONGEST_TITLE]


def _content(question, answer, attachment, by):
    if attachment:
        return File(read_attachment(attachment, by=by).file, name=attachment.name)
    name = f"question-{question.number}-answer-{answer.number}.txt"
    return SimpleUploadedFile(name, in_full(question, answer).encode(), "text/plain")


def in_full(question, answer):
    """An answer as a text that stands by itself: what was asked of whom and when, what was said, by whom and when."""
    asked = f"asked of {question.asked_of} on {in_words(question.asked_on)}, {question.get_via_display().lower()}"
    came = f"{answer.source}, dated {in_words(answer.said_on)}, {answer.get_via_display().lower()}"
    recorded_by = answer.guest.name if answer.guest else answer.recorded_by.name
    parts = [
        f"{question.review.title} ({question.review.deployment})",
        f"Question {question.number}, {asked}:\n{question.text}",
        f"Evidence wanted:\n{question.wanted}" if question.wanted else "",
        f"Answer {answer.number} ({came}):\n{answer.text}",
        f"Recorded by {recorded_by} on {in_words(timezone.localdate(answer.recorded_at))}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def cite(evidence, items, *, by):
    """Cite what was taken on these items, as far as they are open. Returns a sentence for each that does not cite it."""
    left = []
    for item in items:
        try:
            if reason := can_edit(by, item).reason:
                raise Refused(reason)
            findings.cite(item, evidence, by=by)
        except Refused as refusal:
            left.append(f"Statement {item.number} does not cite it: {refusal}")
    return left
