"""Do pages ask the database as often for much as for little?"""

import itertools

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import absences
from accounts.choices import Access, Role
from audit.models import Event
from evidence import library
from reviews import decisions, findings, gate, opening, ownership, signoffs, workflow
from reviews.choices import Finding, Outcome
from reviews.models import Comment, Obligation, SignOff
from reviews.recurring import obligations, occurrences
from tests.cast import add_evidence, item, pdf, person, record, settle, sign, submit
from tests.reviews.conftest import address, field, sign_in_the_browser, typed
from tests.reviews.recurring.dates import add
from tests.reviews.recurring.dates import record as completion_of
from vendors.models import Deployment


@pytest.fixture
def queries_of(client):
    """The statements a signed-in person's page runs, session and all; the first visit warms what a process keeps."""

    def count(person, path):
        client.logout()
        client.force_login(person)
        assert client.get(path).status_code == 200
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return [query["sql"] for query in queries]

    return count


def listed(statements):
    return "\n".join(f"{number:3} {statement[:200]}" for number, statement in enumerate(statements, 1))


def in_many_states(review, vendor, reviewer, evidence, lead):
    """Confirmed, not applicable, unconfirmed, lapsed, awaiting, in work, handed over, late, commented."""
    lapsing = add_evidence(vendor, reviewer, f"Lapsing {review.pk}", content=f"lapsing {review.pk}")
    settle(review, [1, 3], reviewer, evidence)
    settle(review, [4], reviewer, finding=Finding.NOT_APPLICABLE)
    settle(review, [5], reviewer, finding=Finding.UNCONFIRMED)
    settle(review, [6], reviewer, lapsing)
    library.add_version(lapsing, by=reviewer, upload=pdf(f"newer {review.pk}"))
    submit(item(review, 7), reviewer, evidence)
    record(item(review, 8), reviewer, Finding.UNCONFIRMED, notes="In work.")
    findings.comment(item(review, 8), by=reviewer, text="Look.")
    ownership.hand_over([item(review, 9)], to=review.holders["ciso"], by=lead)
    ownership.set_due([item(review, 10)], due_on=timezone.localdate().replace(year=2020), by=lead)


def hold(review):
    ciso = review.holders["ciso"]
    shown = decisions.shown(gate.assess(review), to=ciso)
    decisions.decide(review, by=ciso, outcome=Outcome.HOLD, reason="Too early.", shown=shown)


def grow_history(review, evidence, vendor, reviewer, ciso):
    """A hundred and more comments, events, citations and versions, and ten rounds of signing, on what is there."""
    for _ in range(10):
        each = item(review, 1)
        signoffs.withdraw(each, by=ciso, reason="Once more.")
        workflow.apply(workflow.SUBMIT, each, by=reviewer)
        sign(each)
    for number in range(10):
        library.add_version(evidence, by=reviewer, upload=pdf(f"version {number}"))
    Comment.objects.bulk_create(
        Comment(item=each, author=author, text="Again.")
        for each, author in itertools.product(review.items.all(), [reviewer, ciso] * 5)
    )
    Event.objects.bulk_create(
        Event(event_type="item.recorded", actor_name="Reviewer", target_type="item", target_id=str(each.pk))
        for each in list(review.items.all()) * 10
    )


@pytest.mark.parametrize("name", ["reviewer", "lead", "ciso", "auditor"])
def test_the_page_of_a_review_of_47_items_takes_at_most_14_queries(
    review, vendor, reviewer, evidence, lead, queries_of, request, name
):
    in_many_states(review, vendor, reviewer, evidence, lead)
    hold(review)
    statements = queries_of(request.getfixturevalue(name), review.get_absolute_url())
    assert len(statements) <= 14, listed(statements)


def test_the_page_of_a_review_costs_the_same_after_a_long_history(
    review, vendor, reviewer, evidence, lead, ciso, queries_of
):
    in_many_states(review, vendor, reviewer, evidence, lead)
    before = queries_of(lead, review.get_absolute_url())
    grow_history(review, evidence, vendor, reviewer, ciso)
    settle(review, range(11, 31), reviewer, add_evidence(vendor, reviewer, "Another"))
    assert SignOff.objects.filter(item__review=review).count() > 40
    after = queries_of(lead, review.get_absolute_url())
    assert len(after) == len(before), listed(after)


def test_the_page_of_an_item_costs_the_same_after_a_long_history(
    review, vendor, reviewer, evidence, lead, ciso, queries_of
):
    in_many_states(review, vendor, reviewer, evidence, lead)
    before = queries_of(lead, address(review, 1))
    grow_history(review, evidence, vendor, reviewer, ciso)
    after = queries_of(lead, address(review, 1))
    assert len(after) == len(before), listed(after)


def test_the_page_of_an_item_costs_the_same_for_one_citation_and_for_many(
    small, vendor, reviewer, evidence, queries_of
):
    record(item(small, 1), reviewer)
    findings.cite(item(small, 1), evidence, by=reviewer)
    before = queries_of(reviewer, address(small, 1))
    for number in range(20):
        findings.cite(item(small, 1), add_evidence(vendor, reviewer, f"Report {number}"), by=reviewer)
    after = queries_of(reviewer, address(small, 1))
    assert len(after) == len(before), listed(after)


@pytest.fixture
def open_many(vendor, twelve, lead, reviewer, evidence, stakeholders):
    def open_them(count):
        for number in range(count):
            deployment = Deployment.objects.create(vendor=vendor, name=f"Way {number} of {count}", channel="claude_api")
            review = opening.open_review(deployment, twelve, by=lead, holders=stakeholders)
            if number >= count - 3:  # so that they are on the first page
                in_many_states(review, vendor, reviewer, evidence, lead)
            else:
                record(item(review, 1), reviewer, Finding.NOT_APPLICABLE)
                workflow.apply(workflow.SUBMIT, item(review, 1), by=reviewer)

    return open_them


OF_A_TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def asked(visit, path, values=None, *, status):
    with CaptureQueriesContext(connection) as queries:
        assert visit(path, values).status_code == status
    return [each["sql"] for each in queries if not each["sql"].startswith(OF_A_TRANSACTION)]


def test_an_item_is_read_saved_and_signed_in_few_queries_however_many_reviews_there_are(
    small, vendor, twelve, stakeholders, lead, reviewer, evidence, ciso
):
    signer, writer = Client(), Client()
    signer.force_login(ciso)
    writer.force_login(reviewer)
    for number in (1, 3, 4):
        submit(item(small, number), reviewer, evidence)
    sign_in_the_browser(signer, small, 1)

    def statements(number, notes):
        page = asked(signer.get, address(small, number), status=200)
        shown = field(signer.get(address(small, number)), "shown")
        signed = asked(signer.post, address(small, number, "sign/"), {"shown": shown}, status=302)
        values = typed(item(small, 2), notes=notes)
        return page, signed, asked(writer.post, address(small, 2, "record/"), values, status=302)

    record(item(small, 2), reviewer)
    few = statements(3, "Once.")
    for found, most in zip(few, (12, 12, 7), strict=True):
        assert len(found) <= most, listed(found)
    for number in range(3):
        deployment = Deployment.objects.create(vendor=vendor, name=f"Way {number}", channel="claude_api")
        other = opening.open_review(deployment, twelve, by=lead, holders=stakeholders)
        submit(item(other, 1), reviewer, evidence)
    many = statements(4, "Twice.")
    assert list(map(len, many)) == list(map(len, few)), "\n\n".join(map(listed, many))


@pytest.mark.parametrize("path", ["/reviews/", "/reviews/?gate=in_review", "/", "/search/?q=exists"])
def test_a_list_costs_the_same_for_one_review_and_for_thirty(open_many, queries_of, ciso, lead, path):
    open_many(1)
    before = {who.pk: queries_of(who, path) for who in (ciso, lead)}
    open_many(29)
    for who in (ciso, lead):
        after = queries_of(who, path)
        assert len(after) == len(before[who.pk]), listed(after)


@pytest.mark.parametrize("path", ["/", "/?show=sign"])
def test_my_work_costs_the_same_for_who_acts_for_one_and_for_thirty(open_many, queries_of, ciso, legal, vendor, path):
    today = timezone.localdate()
    open_many(1)
    absences.plan(ciso, legal, today, today, by=ciso)
    before = queries_of(legal, path)
    open_many(29)
    for number in range(29):
        other = person(f"Other {number}", Role.LEGAL, vendor, Access.SIGN)
        absences.plan(other, legal, today, today, by=other)
    after = queries_of(legal, path)
    assert len(after) == len(before), listed(after)


def test_the_page_of_decisions_costs_the_same_after_many_of_them(
    small, vendor, reviewer, evidence, lead, ciso, queries_of
):
    in_many_states(small, vendor, reviewer, evidence, lead)
    hold(small)
    before = queries_of(ciso, f"{small.get_absolute_url()}decision/")
    for _ in range(10):
        hold(small)
    after = queries_of(ciso, f"{small.get_absolute_url()}decision/")
    assert len(after) == len(before), listed(after)


def recurring(vendor, lead, ciso, reviewer, number):
    """Overdue, awaiting a signature with a long record, done, and proposed or ended ones."""
    for each in range(number):
        add(vendor, lead, title=f"Call {each}", owner=ciso, first_on=timezone.localdate())
        drill = add(vendor, lead, title=f"Drill {each}", duty="drill", owner=ciso, first_on=timezone.localdate())
        for _ in range(2):
            occurrence = drill.occurrences.first()
            completion_of(occurrence, reviewer, done_on=timezone.localdate())
            occurrences.return_to_open(occurrence, by=ciso, reason="More.")
        completion_of(occurrence, reviewer, done_on=timezone.localdate())
        obligations.end(add(vendor, lead, title=f"Over {each}", first_on=timezone.localdate()), by=lead, reason="Over.")


@pytest.mark.parametrize("path", ["/obligations/", "/obligations/?state=awaiting", "/", "/vendors/anthropic/"])
def test_what_recurs_costs_the_same_for_one_and_for_thirty(small, vendor, queries_of, lead, ciso, reviewer, path):
    obligations.propose(small, by=ciso)
    recurring(vendor, lead, ciso, reviewer, 1)
    person = lead if path != "/" else ciso
    one = queries_of(person, path)
    recurring(vendor, lead, ciso, reviewer, 29)
    thirty = queries_of(person, path)
    assert len(thirty) == len(one), f"{listed(one)}\n\n{listed(thirty)}"


def test_the_pages_of_one_obligation_cost_the_same_after_thirty_dates(vendor, queries_of, lead, ciso, reviewer):
    drill = add(vendor, lead, duty="drill", owner=ciso, every=1, unit="day", first_on=timezone.localdate())
    # Thirty dates of a day each, and none of them too early to have been done today.
    Obligation.objects.update(unit="quarter")
    first, *rest = drill.occurrences.order_by("number")[:31]
    completion_of(first, reviewer, done_on=timezone.localdate())
    few = [queries_of(ciso, each.get_absolute_url()) for each in (drill, first)]
    for occurrence in rest:
        completion_of(
            occurrence,
            reviewer,
            done_on=timezone.localdate(),
            evidence=[add_evidence(vendor, reviewer, content=str(occurrence))],
        )
        occurrences.return_to_open(first, by=ciso, reason="More.")
        completion_of(first, reviewer, done_on=timezone.localdate())
    many = [queries_of(ciso, each.get_absolute_url()) for each in (drill, first)]
    for before, after in zip(few, many, strict=True):
        assert len(after) == len(before), f"{listed(before)}\n\n{listed(after)}"
