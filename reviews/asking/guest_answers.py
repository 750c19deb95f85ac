"""What does a guest see and say on their page? The questions put to them, and their own answers given there; nothing else."""

from dataclasses import dataclass, field
from itertools import groupby

from django.db import transaction
from django.db.models import Prefetch

from accounts.permissions import Refused
from evidence import library
from reviews.asking import answers, guests, questions
from reviews.choices import QuestionState, Via
from reviews.models import Answer, GuestLink

OTHERS = "Other questions"
# To one question on one link: nobody fills our storage from a mailbox that was taken over.
MOST_ANSWERS = 20


@dataclass(frozen=True)
class Asked:
    """The questions of one link, by topic, each with `own_answers`: those given on it, the newest last."""

    questions: list
    topics: list = field(default_factory=list)  # [(topic, [Question])]

    @property
    def total(self):
        return len(self.questions)

    @property
    def answered(self):
        return sum(bool(question.own_answers) for question in self.questions)

    @property
    def is_done(self):
        return self.total > 0 and self.answered == self.total

    @property
    def next(self):
        """The first that waits for an answer, or None."""
        return next((question for question in self.questions if not question.own_answers), None)


def live(link):
    """The questions put to this link that are still asked."""
    own = Answer.objects.filter(guest=link).prefetch_related("attachments")
    rows = link.questions.exclude(state=QuestionState.WITHDRAWN)
    return rows.prefetch_related(Prefetch("answers", queryset=own, to_attr="own_answers"))


def asked(link):
    """In the order of the page: topics as they come up, what has none at the end."""
    rows = sorted(live(link), key=lambda question: question.number)
    first: dict[str, int] = {}
    for question in rows:
        first.setdefault(question.topic, question.number)
    rows.sort(key=lambda question: (not question.topic, first[question.topic], question.number))
    topics = [(topic or OTHERS, list(some)) for topic, some in groupby(rows, key=lambda question: question.topic)]
    return Asked(rows, topics)


@transaction.atomic
def give(link, question, *, text, source, said_on, files=()):
    """Record the guest's answer with its files, all of it or nothing; the same sent twice is one answer. Returns it.

    Raises Refused with a sentence, also when the link was closed or the question withdrawn meanwhile.
    """
    locked = GuestLink.objects.select_for_update(of=("self",)).select_related(
        "review__deployment__vendor", "contact"
    ).get(pk=link.pk)  # fmt: skip
    guests.must_be_open(locked)
    # Nobody withdraws it from here on: why is ours to know.
    questions.lock(question)
    if not live(locked).filter(pk=question.pk).exists():
        raise Refused("This question is no longer asked.")
    values = answers.checked(text=text, source=source, said_on=said_on, via=Via.PAGE)
    files = answers.not_too_many(files)
    if twin := _twin(locked, question, values, files):
        return twin
    if Answer.objects.filter(guest=locked, question=question).count() >= MOST_ANSWERS:
        raise Refused(
            f"You answered this question {MOST_ANSWERS} times. Reply to the mail that invited you to say more."
        )
    answer = answers.record(question, guest=locked, attachments=files, **values)
    guests.note_event(
        "guest.answered", locked, after={"question": question.number, "answer": answer.number, "files": len(files)}
    )
    return answer


def _twin(link, question, values, files):
    """The answer that says exactly this already, as after a second click."""
    hashes = sorted(library.inspected(upload)["sha256"] for upload in files)
    same = Answer.objects.filter(guest=link, question=question, **values).prefetch_related("attachments")
    return next((each for each in same if sorted(file.sha256 for file in each.attachments.all()) == hashes), None)
