"""Which questions to the vendor does the demo show? Some of those that ship with the checklist, in several states."""

from django.utils import timezone

from reviews.asking import answers, questions
from reviews.choices import Via


def ask(scene, review, entry):
    """Ask the standard questions named in the demo's file, as far as they are loaded, with what came back so far."""
    by = scene.people[entry["by"]]
    wanted = review.checklist.standard_questions.filter(key__in=entry["asked"] | dict.fromkeys(entry["drafts"]))
    for question in questions.ask_standard(review, wanted, by=by):
        said = entry["asked"].get(question.standard.key, ...)
        if said is ...:
            continue
        asked_on, due_on = (scene.day(offset) for offset in entry["days"])
        put = {"asked_of": entry["asked_of"], "via": Via.EMAIL, "asked_on": asked_on, "due_on": due_on}
        question = questions.put(question, by=by, **put)
        if said:
            _answer(scene, question, said, by)


def _answer(scene, question, said, by):
    answer = answers.record(
        question, by=by, text=said["answer"], source=said["source"], said_on=timezone.localdate(), via=Via.EMAIL
    )
    if "judged" in said:
        answers.judge(answer, by=by, judged=said["judged"], reason=said.get("reason", ""))
