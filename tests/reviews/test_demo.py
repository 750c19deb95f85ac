"""Does a first start get the demo it promises: whole, plainly made up, and within the rules?"""

import io
import re
import subprocess
from collections import Counter

import pypdf
import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from evidence.choices import Confidentiality
from evidence.models import Evidence, Version
from reviews import catalogue, gate, signoffs, standing, warnings
from reviews.choices import Act, State, Status
from reviews.gate import Recommendation
from reviews.models import Citation, Decision, Item, Obligation, Occurrence, Review, SignOff
from reviews.recurring import plan
from vendors.models import Vendor

pytestmark = pytest.mark.xdist_group("demo")

MARK = "MADE UP FOR DEMONSTRATION – not a document of Anthropic"


@pytest.fixture(scope="module")
def loaded_once(django_db_setup, django_db_blocker, checklist_file, tmp_path_factory):
    """Loading takes seconds, so it is done once for this module, and undone after it."""
    folder, said = tmp_path_factory.mktemp("demo"), io.StringIO()
    whole = transaction.atomic()
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder):
        whole.__enter__()
        catalogue.store(checklist_file)
        call_command("load_demo", stdout=said)
    yield folder, said.getvalue()
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        whole.__exit__(None, None, None)


@pytest.fixture
def loaded(loaded_once, db, files_dir, settings):
    """The demo, and what loading it said. What a test changes is gone after the test."""
    settings.MEDIA_ROOT, said = loaded_once
    return said


def _review(channel):
    return Review.objects.with_context().get(deployment__channel=channel)


def _states(review):
    return Counter(gate.assess(review).states.values())


def _papers():
    """All but the vendor's CAIQ, which is a workbook and says in its first row that it is made up."""
    return Version.objects.filter(content_type="application/pdf").select_related("evidence")


def _pdf(version):
    with version.file.open() as file:
        return [page.extract_text() for page in pypdf.PdfReader(file, strict=True).pages]


def test_the_first_load_names_the_people_and_their_password(loaded):
    assert loaded.splitlines()[0] == "Demo loaded: people, evidence and three reviews, all of it made up."
    assert "Sign in with the password countersign-demo as" in loaded
    assert set(re.findall(r"\S+@example\.com", loaded)) == set(User.objects.values_list("email", flat=True))
    assert User.objects.count() == 10
    assert all(person.check_password("countersign-demo") for person in User.objects.all())


def test_the_review_just_opened_has_45_items_to_start_and_two_without_owner(loaded):
    review = _review("claude_api")
    assert _states(review) == {State.NOT_STARTED: 45, State.UNOWNED: 2}
    assert [item.number for item in gate.assess(review).items_in(State.UNOWNED)] == [37, 45]
    assert gate.assess(review).recommendation == Recommendation.IN_REVIEW


def test_two_signatures_of_the_ciso_bring_the_enterprise_review_to_go(loaded):
    review = _review("claude_enterprise")
    assessed = gate.assess(review)
    assert assessed.recommendation == Recommendation.IN_REVIEW
    assert assessed.sum_in_words == "40 confirmed + 3 not applicable = 43 of 47"
    waiting = assessed.items_in(State.AWAITING)
    assert [item.number for item in waiting] == [6, 14]
    assert _states(review)[State.IN_PROGRESS] == _states(review)[State.NOT_STARTED] == 1
    ciso = User.objects.get(email="ciso@example.com")
    for item in waiting:
        signoffs.sign(item, by=ciso, shown=signoffs.shown(item, to=ciso))
    assert gate.assess(review).recommendation == Recommendation.GO
    assert gate.assess(review).satisfied == 45


def test_the_bedrock_review_must_be_escalated_and_was(loaded):
    review = _review("bedrock")
    assessed = gate.assess(review)
    assert assessed.recommendation == Recommendation.ESCALATE
    assert assessed.unconfirmed == 11
    asked = [item for item in assessed.items_in(State.UNCONFIRMED) if item.asked]
    assert len(asked) == 10
    assert {item.asked_of for item in asked} == {"Account team"}
    assert [contact.email for contact in gate.escalation_contacts(review)] == ["account-team@example.com"]
    decision = Decision.objects.get(review=review)
    assert (decision.outcome, decision.signer_name) == ("escalate", "CISO")


def test_the_bedrock_review_shows_a_contradiction_and_a_lapsed_signature(loaded):
    assessed = gate.assess(_review("bedrock"))
    assert [(one.number, other.number) for one, other, _ in warnings.contradictions(assessed.items)] == [(12, 43)]
    [lapsed] = assessed.items_in(State.LAPSED)
    assert lapsed.number == 24
    assert standing.lapse_reason(lapsed)
    assert [version.number for version in lapsed.citations.first().evidence.versions.all()] == [2, 1]


def test_something_is_late_and_something_is_due_this_week(loaded):
    review = _review("claude_enterprise")
    today = gate.assess(review).today
    assert [item.number for item in review.items.all() if standing.is_late(item, today)] == [27]
    due = [(item.due_on - today).days for item in review.items.exclude(status=Status.COMPLETE).order_by("due_on")]
    assert due == [-2, 3, 3, 4]
    assert [(today - review.opened_at.date()).days for review in Review.objects.all()] == [0, 24, 67]


def test_nobody_signed_their_own_work(loaded):
    signed = SignOff.objects.filter(act=Act.SIGNED).select_related("item")
    assert signed.count() == 75
    for signoff in signed:
        uploaders = {citation.evidence.current.uploaded_by_id for citation in signoff.item.citations.all()}
        assert signoff.signer_id not in uploaders | {signoff.item.submitted_by_id, signoff.item.finding_by_id}
        assert signoff.signer_id == signoff.item.holder.pk
    assert SignOff.objects.filter(act=Act.WITHDRAWN).count() == 1


def test_every_piece_of_evidence_says_on_every_page_that_it_is_made_up(loaded):
    assert Evidence.objects.count() == 22
    assert Version.objects.count() == 23
    assert Evidence.objects.filter(confidentiality=Confidentiality.RESTRICTED).count() == 2
    for version in Version.objects.select_related("evidence"):
        assert version.evidence.title.endswith("(made up)")
        assert "made-up" in version.name
    for version in _papers():
        pages = _pdf(version)
        assert pages
        assert all(page.count(MARK) == 2 for page in pages)


def test_evidence_is_a_pdf_that_an_ordinary_reader_draws(loaded, tmp_path):
    version = Version.objects.get(evidence__title="SOC 2 Type II report (made up)")
    drawn = tmp_path / "page"
    subprocess.run(["pdftoppm", "-r", "30", "-png", version.file.path, drawn], check=True, capture_output=True)
    assert len(list(tmp_path.glob("page*.png"))) == 3


def test_every_citation_leads_to_a_section_that_is_there(loaded):
    pages = {version.pk: _pdf(version) for version in _papers()}
    assert Citation.objects.count() == 101
    for citation in Citation.objects.select_related("evidence"):
        page, section = map(int, re.fullmatch(r"p\. (\d+), section (\d+)", citation.locator).groups())
        text = pages[citation.evidence.current.pk][page - 1]
        assert f"Section {section}: " in text, citation
        assert citation.quote in " ".join(text.split()), citation


def test_the_description_says_that_the_demo_is_invented(loaded):
    vendor = Vendor.objects.get()
    assert "invented" in vendor.description
    assert vendor.trust_centre == "https://trust.anthropic.com"
    assert all(fact.source and fact.address and fact.seen_on for fact in vendor.facts.all())
    assert vendor.facts.count() == 13


def test_a_second_load_changes_nothing_and_says_so(loaded, capsys):
    item = Item.objects.filter(status=Status.NOT_STARTED).first()
    Item.objects.filter(pk=item.pk).update(notes="What a person wrote.")
    User.objects.filter(email="auditor@example.com").update(name="Renamed")
    before = [model.objects.count() for model in (User, Event, Evidence, Version, Review, SignOff)]
    call_command("load_demo")
    assert capsys.readouterr().out.splitlines()[0] == "The demo is here already; nothing was changed."
    assert [model.objects.count() for model in (User, Event, Evidence, Version, Review, SignOff)] == before
    assert Item.objects.get(pk=item.pk).notes == "What a person wrote."
    assert User.objects.get(email="auditor@example.com").name == "Renamed"


def test_what_recurs_is_there_in_four_states(loaded):
    today = timezone.localdate()
    first = {each.title: each.occurrences.order_by("number").first() for each in Obligation.objects.all()}
    assert {title: (each.state, (each.due_on - today).days) for title, each in first.items()} == {
        "Access review": ("open", -6),
        "Data-handling spot check": ("open", 9),
        "Incident response drill": ("awaiting", -2),
        "API key rotation": ("done", -20),
    }
    following = Occurrence.objects.get(obligation__duty="key_rotation", state="open")
    assert (following.due_on - today).days == 72
    assert plan.materialise() == 0
