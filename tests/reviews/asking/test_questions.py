"""What can be done with a question to the vendor, and what is refused?"""

from contextlib import suppress
from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.permissions import Refused
from audit.models import Event
from reviews import calendar
from reviews.asking import answers, questions, standard_questions
from reviews.catalogue import CatalogueError
from reviews.choices import About, Judged, OnCalendar, Outcome, QuestionState, Via
from reviews.models import Question, StandardQuestion
from reviews.reminders.sources import SOURCES
from tests.cast import CHECKLIST, item, record, settle
from tests.reviews.again.again import decide
from vendors.choices import Channel

TODAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-11-20T10:00:00Z", tick=False):
        yield


@pytest.fixture
def draft(small, reviewer):
    return questions.ask_new(
        small, by=reviewer, text="How long is a deleted conversation kept?", wanted="The retention policy",
        topic="Deletion", items=[item(small, 3), item(small, 1)],
    )  # fmt: skip


def put(question, by, **values):
    given = {"asked_of": "Account team", "via": Via.EMAIL, "due_on": date(2026, 12, 1)} | values
    return questions.put(question, by=by, **given)


def answer(question, by, text="Thirty days.", **values):
    given = {"source": "Account team", "said_on": TODAY, "via": Via.EMAIL} | values
    return answers.record(question, by=by, text=text, **given)


def in_state(draft, by, state):
    """The question in this state, reached as people reach it."""
    if state == QuestionState.WITHDRAWN:
        return questions.withdraw(draft, by=by, reason="Answered by the contract.")
    if state != QuestionState.DRAFT:
        put(draft, by)
    if state in {QuestionState.ANSWERED, QuestionState.SETTLED, QuestionState.INSUFFICIENT}:
        given = answer(draft, by)
        if state != QuestionState.ANSWERED:
            sufficient = state == QuestionState.SETTLED
            answers.judge(
                given, by=by, judged=Judged.SUFFICIENT if sufficient else Judged.INSUFFICIENT, reason="Says so."
            )
    draft.refresh_from_db()
    assert draft.state == state
    return draft


def test_a_question_is_numbered_within_its_review_and_knows_its_statements(small, draft, reviewer):
    second = questions.ask_new(small, by=reviewer, text="And the backups?")
    assert (draft.number, second.number, draft.state) == (1, 2, QuestionState.DRAFT)
    assert [each.number for each in draft.items.all()] == [1, 3]
    event = Event.objects.get(event_type="question.created", target_id=draft.pk)
    assert event.after["statements"] == [1, 3]
    assert event.business_context == "Small review, question 1"


def test_what_is_put_says_of_whom_through_which_channel_on_which_day_and_until_when(draft, reviewer):
    put(draft, reviewer, asked_on=date(2026, 11, 18))
    asked = Question.objects.get(pk=draft.pk)
    assert (asked.state, asked.asked_of, asked.asked_on, asked.due_on) == (
        QuestionState.ASKED, "Account team", date(2026, 11, 18), date(2026, 12, 1),
    )  # fmt: skip
    assert asked.asked_by == reviewer
    assert Event.objects.get(event_type="question.put").after["via"] == "email"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"asked_of": " \u202e "}, "Say of whom it is asked."),
        ({"asked_of": "x" * 201}, "Of whom it is asked has at most 200 characters."),
        ({"via": "pigeon"}, "Say through which channel it is asked."),
        ({"asked_on": date(2026, 11, 21)},
         "21 November 2026 has not come yet: write down what was asked when it is asked."),
        ({"due_on": date(2026, 11, 19)}, "The answer is wanted before the question was asked."),
    ],
)  # fmt: skip
def test_what_cannot_have_been_asked_is_refused(draft, reviewer, values, sentence):
    with pytest.raises(Refused) as refused:
        put(draft, reviewer, **values)
    assert str(refused.value) == sentence
    assert Question.objects.get(pk=draft.pk).state == QuestionState.DRAFT


PUT, ANSWERED, WITHDRAWN = "put", "answered", "withdrawn"


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (QuestionState.DRAFT, {PUT, ANSWERED, WITHDRAWN}),
        (QuestionState.ASKED, {PUT, ANSWERED, WITHDRAWN}),
        (QuestionState.ANSWERED, {ANSWERED, WITHDRAWN}),
        (QuestionState.INSUFFICIENT, {PUT, ANSWERED, WITHDRAWN}),
        (QuestionState.SETTLED, {ANSWERED}),
        (QuestionState.WITHDRAWN, set()),
    ],
)
def test_each_state_allows_what_the_table_says(draft, reviewer, state, possible):
    acts = {
        PUT: lambda: put(draft, reviewer),
        ANSWERED: lambda: answer(draft, reviewer, "Something newer."),
        WITHDRAWN: lambda: questions.withdraw(draft, by=reviewer, reason="Not needed."),
    }
    in_state(draft, reviewer, state)
    found = set()
    for act, attempt in acts.items():
        with suppress(Refused), transaction.atomic():
            attempt()
            found.add(act)
            transaction.set_rollback(True)
    assert found == possible


def test_a_stale_form_changes_nothing(draft, reviewer, second_reviewer):
    seen = draft.version
    questions.change(draft, by=second_reviewer, version=seen, text="How long, also in backups?")
    attempts = (
        lambda: questions.change(draft, by=reviewer, version=seen, text="How long?"),
        lambda: questions.withdraw(draft, by=reviewer, reason="Not needed.", version=seen),
        lambda: put(draft, reviewer, version=seen),
    )
    for attempt in attempts:
        with pytest.raises(questions.Stale) as stale:
            attempt()
        assert stale.value.newest.text == "How long, also in backups?"
    assert Question.objects.get(pk=draft.pk).state == QuestionState.DRAFT


def test_what_was_asked_stays_as_it_was_asked(small, draft, reviewer):
    asked = put(draft, reviewer)
    with pytest.raises(Refused, match="was asked as it stands"):
        questions.change(draft, by=reviewer, version=asked.version, text="How short?")
    relinked = questions.change(draft, by=reviewer, version=asked.version, items=[item(small, 2)])
    assert [each.number for each in relinked.items.all()] == [2]
    event = Event.objects.get(event_type="question.changed")
    assert (event.before, event.after) == ({"statements": [1, 3]}, {"statements": [2]})


def test_several_are_put_together_or_none(small, draft, reviewer):
    other = questions.ask_new(small, by=reviewer, text="And the backups?")
    questions.withdraw(other, by=reviewer, reason="Covered by the first.")
    with pytest.raises(Refused, match=r"^Nothing was written down\. Question 2 is not to be asked now: withdrawn\.$"):
        questions.put_all([other, draft], by=reviewer, asked_of="Account team", via=Via.EMAIL)
    assert Question.objects.get(pk=draft.pk).state == QuestionState.DRAFT


def test_only_who_works_on_the_vendor_asks(small, draft, auditor, stranger):
    for person in (auditor, stranger):
        with pytest.raises(PermissionDenied):
            questions.ask_new(small, by=person, text="Why?")
        with pytest.raises(PermissionDenied):
            put(draft, person)
    assert small.questions.count() == 1


def test_a_statement_of_another_review_is_not_what_a_question_is_about(small, review, reviewer):
    with pytest.raises(Refused, match="statements of this review"):
        questions.ask_new(small, by=reviewer, text="Why?", items=[item(review, 1)])


def test_what_was_asked_fills_the_ground_of_an_item_that_cannot_be_confirmed(small, draft, reviewer):
    each = record(item(small, 1), reviewer, finding="unconfirmed", asked="Is it so?", asked_of="Support")
    with pytest.raises(Refused, match="was not asked yet"):
        questions.fill_asked(each, draft, by=reviewer)
    asked = put(draft, reviewer)
    filled = questions.fill_asked(each, asked, by=reviewer)
    assert filled.asked == (
        "Is it so?\n\nHow long is a deleted conversation kept? (question 1, asked on 20 November 2026)"
    )
    assert filled.asked_of == "Support; Account team"
    assert questions.fill_asked(filled, asked, by=reviewer).version == filled.version


# The questions that ship with the checklist

FILE = """\
checklist: twelve-points
version: 1
questions:
  - {key: who-signed, topic: Papers, text: Who signed?, wanted: The page., numbers: [1, 2]}
  - {key: second-factor, topic: Sign-in, text: Is there one?, numbers: [3], channels: [claude_enterprise]}
"""


@pytest.fixture
def file(tmp_path, twelve):
    """Return a function that writes the file above with some words replaced, and gives its path."""

    def written(*replaced):
        path = tmp_path / "list.questions.yaml"
        text = FILE.replace("twelve-points", twelve.slug)
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        return path

    return written


def test_loading_brings_the_questions_up_to_date_and_the_same_file_again_changes_nothing(file, small, reviewer):
    assert standard_questions.load(file())[1] == "loaded"
    assert standard_questions.load(file())[1] == "unchanged"
    standard = StandardQuestion.objects.get(key="who-signed")
    [asked] = questions.ask_standard(small, [standard], by=reviewer)
    newer = file(("Who signed?", "Who signed and when?"), ("key: second-factor", "key: any-factor"))
    assert standard_questions.load(newer)[1] == "replaced"
    rows = StandardQuestion.objects.order_by("key").values_list("key", "text", "is_retired")
    assert list(rows) == [
        ("any-factor", "Is there one?", False), ("second-factor", "Is there one?", True),
        ("who-signed", "Who signed and when?", False),
    ]  # fmt: skip
    events = Event.objects.filter(event_type="checklist.questions_loaded").order_by("pk")
    assert [event.after for event in events] == [
        {"added": ["second-factor", "who-signed"], "changed": [], "retired": []},
        {"added": ["any-factor"], "changed": ["who-signed"], "retired": ["second-factor"]},
    ]
    asked.refresh_from_db()
    assert asked.text == "Who signed?"


@pytest.mark.parametrize(
    ("replaced", "sentences"),
    [
        (("topic: Papers, ", ""), ["line 4: questions[0].topic: is missing."]),
        (("key: second-factor", "key: who-signed"),
         ["line 5: questions[1].key: who-signed is used twice; the first is on line 4."]),
        (("[1, 2]", "[1, 1]"), ["line 4: questions[0].numbers[1]: 1 is used twice; the first is on line 4."]),
        (("[3]", "[33]"), ["questions[1].numbers: there is no statement 33 in {slug}, version 1."]),
        (("version: 1", "version: 7"), ["{slug}, version 7 is not loaded: load the checklist first."]),
    ],
)  # fmt: skip
def test_a_wrong_file_of_questions_is_refused_by_line_and_field(file, twelve, replaced, sentences):
    with pytest.raises(CatalogueError) as refused:
        standard_questions.load(file(replaced))
    assert refused.value.sentences == [sentence.format(slug=twelve.slug) for sentence in sentences]
    assert not StandardQuestion.objects.exists()


def test_who_signs_in_how_is_asked_only_where_the_vendor_runs_the_sign_in(checklist, deployment, review, reviewer):
    standard_questions.load(standard_questions.beside(CHECKLIST))
    enterprise = {each.key for each in standard_questions.fitting(review)}
    deployment.channel, deployment.regimes = Channel.CLAUDE_API, ["gdpr"]
    api = {each.key for each in standard_questions.fitting(review)}
    assert enterprise - api == {
        "identity-provider", "mfa-at-sign-on", "session-length", "sign-in-log", "removed-from-directory",
        "who-read-what", "only-from-our-network", "baa",
    }  # fmt: skip
    assert api - enterprise == {"delete-after-each-call"}
    first, *_ = standard_questions.fitting(review)
    [asked] = questions.ask_standard(review, [first], by=reviewer)
    assert first not in standard_questions.fitting(review)
    assert [each.number for each in asked.items.all()] == first.numbers
    with pytest.raises(Refused, match="among this review's questions already"):
        questions.ask_standard(review, [first], by=reviewer)


# Who is reminded, and what the calendar shows


def told(about, days):
    """`{name: step}` of who hears of it on so many days after today."""
    names = dict(User.objects.values_list("pk", "name"))
    return {names[each.person_id]: each.step for each in SOURCES[about].wanted(TODAY + timedelta(days=days))}


def test_who_asked_and_the_lead_hear_of_a_missing_answer_until_it_is_there(draft, reviewer):
    assert told(About.QUESTION, 0) == {}
    put(draft, reviewer, due_on=TODAY + timedelta(days=20))
    assert [told(About.QUESTION, days).get("Reviewer") for days in (0, 6, 19, 20, 26, 27, 34)] == [
        "30", "14", "1", "0", "0", "+7", "+14",
    ]  # fmt: skip
    assert told(About.QUESTION, 20) == {"Reviewer": "0", "Lead": "0"}
    answer(draft, reviewer)
    assert told(About.QUESTION, 20) == {}


def test_who_asked_hears_of_an_answer_until_it_is_judged(draft, reviewer, lead):
    put(draft, reviewer)
    given = answer(draft, lead)
    assert [told(About.ANSWER, days) for days in (0, 1, 14)] == [{}, {"Reviewer": "+1"}, {"Reviewer": "+14"}]
    answers.judge(given, by=lead, judged=Judged.SUFFICIENT)
    assert told(About.ANSWER, 14) == {}


def test_an_approval_leaves_a_question_open_for_calendar_and_reminders(small, draft, reviewer, evidence):
    settle(small, range(1, 11), reviewer, evidence)
    decide(small)
    put(draft, reviewer)
    assert told(About.QUESTION, 11) == {"Reviewer": "0", "Lead": "0"}
    day = date(2026, 12, 1)
    assert [each.day for each in calendar.entries(reviewer, day, day, kind=OnCalendar.ANSWER)] == [day]


def test_a_refused_review_asks_nobody_for_answers_any_more(small, draft, reviewer):
    put(draft, reviewer)
    other = questions.ask_new(small, by=reviewer, text="And the backups?")
    answer(other, reviewer)
    assert (told(About.QUESTION, 14) != {}, told(About.ANSWER, 14)) == (True, {"Reviewer": "+14"})
    decide(small, Outcome.REFUSE)
    assert (told(About.QUESTION, 14), told(About.ANSWER, 14)) == ({}, {})


def test_the_calendar_shows_the_day_an_answer_is_wanted(small, draft, reviewer, stranger):
    put(draft, reviewer)
    december = (date(2026, 12, 1), date(2026, 12, 31))
    [entry] = calendar.entries(reviewer, *december, kind=OnCalendar.ANSWER)
    assert (entry.day, entry.title, entry.url) == (date(2026, 12, 1), draft.text, draft.get_absolute_url())
    put(questions.ask_new(small, by=reviewer, text="And the backups?"), reviewer)
    [entry] = calendar.entries(reviewer, *december, kind=OnCalendar.ANSWER)
    assert (entry.title, entry.url) == ("2 answers wanted: Small review", f"/reviews/{small.slug}/questions/")
    assert calendar.entries(stranger, *december, kind=OnCalendar.ANSWER) == []
