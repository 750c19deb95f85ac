"""On which review does a move play, and how does it get to another vendor?"""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import User
from evidence import library
from reviews import conflicts, findings, signoffs, workflow
from reviews.asking import answers, escalations, questions
from reviews.choices import Judged, Outcome, SourceRank
from reviews.models import Arrival, Review
from reviews.twin import arrivals, packing
from reviews.weekly import syncs
from tests.cast import add_evidence, item, pdf, person, record, settle, sign, submit
from tests.reviews.again.again import decide
from tests.reviews.weekly.minutes import close
from vendors.models import Contact, Vendor

YESTERDAY = timezone.localdate() - timedelta(days=1)


@pytest.fixture
def full(small, reviewer, second_reviewer, lead, ciso, legal, evidence):
    """A review in which everything happened once: signed, withdrawn, lapsed, disputed, asked, written to, decided."""
    settle(small, [1, 2, 3], reviewer, evidence)
    signoffs.withdraw(item(small, 2), by=ciso, reason="Read the wrong report.")
    findings.comment(item(small, 2), by=legal, text="Which one was it?\nמה זה")
    _disputed(small, reviewer, evidence)
    _lapsed(small, reviewer, evidence)
    record(item(small, 9), reviewer, notes="Half done.")
    submit(item(small, 10), reviewer, evidence)
    _asked(small, reviewer, second_reviewer)
    decide(small, Outcome.HOLD)
    _letter(small, lead, evidence)
    _sync(small, lead, ciso)
    return Review.objects.with_context().get(pk=small.pk)


def _disputed(review, reviewer, evidence):
    sides = [
        conflicts.Side(SourceRank.CONTRACT, "Contract", "30 days", YESTERDAY, "§ 4", evidence),
        conflicts.Side(SourceRank.ARTICLE, "Blog", "90 days", YESTERDAY),
    ]
    found = conflicts.open_conflict(item(review, 7), by=reviewer, title="Retention", sides=sides)
    conflicts.resolve(found, by=reviewer, prevails=found.ranked[0].pk, resolution="A contract binds.")
    settle(review, [7], reviewer, evidence)


def _lapsed(review, reviewer, evidence):
    """Signed over a version that was replaced since, by a restricted file with a quote."""
    own = add_evidence(review.vendor, reviewer, "Retention policy", confidentiality="restricted")
    record(item(review, 8), reviewer)
    findings.cite(item(review, 8), own, by=reviewer, locator="p. 3", quote="Kept for 30 days.")
    sign(workflow.apply(workflow.SUBMIT, item(review, 8), by=reviewer))
    library.add_version(own, by=reviewer, upload=pdf("a newer one"))


def _asked(review, reviewer, second_reviewer):
    asked = questions.ask_new(review, by=reviewer, text="Which regions?", items=[item(review, 11)])
    questions.put(asked, by=reviewer, asked_of="Account team", via="email")
    values = {"text": "The EU.", "source": "Account team", "said_on": YESTERDAY, "via": "email"}
    answer = answers.record(asked, by=reviewer, attachments=[pdf("regions")], **values)
    answers.judge(answer, by=second_reviewer, judged=Judged.SUFFICIENT)
    taken = answers.take(answer, by=second_reviewer, attachment=answer.attachments.get())
    settle(review, [11], second_reviewer, taken)


def _letter(review, lead, evidence):
    Contact.objects.create(vendor=review.vendor, name="Account team", email="am@example.org", is_account_team=True)
    letter = escalations.draft(review, by=lead, items=[item(review, 9)])
    escalations.send(letter, by=lead, version=letter.version, mailed=False)


def _sync(review, lead, ciso):
    sync = syncs.open_sync(review, by=lead)
    syncs.write_line(sync, by=lead, text="We wait.", item=item(review, 9))
    syncs.note_attendees(sync, by=lead, come=[lead, ciso], others="A guest")
    syncs.agree_action(sync, by=lead, text="Ask again", owner=ciso, due_on=timezone.localdate() + timedelta(days=7))
    close(sync, lead)


@pytest.fixture
def target(lead):
    """Another vendor that the same lead leads; the cast's other people have no access to it."""
    vendor = Vendor.objects.create(name="The same elsewhere", slug="elsewhere", created_by=lead)
    grants.give(lead, Access.LEAD, vendor)
    return vendor


def packed(review, by):
    """`{name in the ZIP: bytes}` of the review as it leaves."""
    raw = b"".join(packing.as_zip(packing.with_files(review, by=by)))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return Upload(file.getvalue())


class Upload(io.BytesIO):
    """A file as a browser sends it."""

    name = "review.zip"

    def __init__(self, content):
        super().__init__(content)
        self.size = len(content)

    def chunks(self, size=65536):
        self.seek(0)
        while piece := self.read(size):
            yield piece


def said(members):
    return json.loads(members["review.json"])


def saying(members, content):
    return members | {"review.json": json.dumps(content).encode()}


def brought(vendor, members, by):
    """The arrival of these members, after a worker has looked at it."""
    upload = members if isinstance(members, io.BytesIO) else zipped(members)
    arrival = arrivals.bring(vendor, by=by, upload=upload)
    arrivals.read(arrival.pk)
    return Arrival.objects.get(pk=arrival.pk)


def gatekeeper(vendor):
    """A CISO who may sign at the vendor, and brought nothing."""
    found = User.objects.filter(email="gatekeeper@example.com").first() or person("Gatekeeper", Role.CISO)
    grants.give(found, Access.SIGN, vendor)
    return User.objects.get(pk=found.pk)


def moved(vendor, members, by):
    """The review that came of it."""
    arrival = brought(vendor, members, by)
    assert (arrival.problems, arrival.state) == ([], "ready")
    arrivals.let_in(arrival, by=gatekeeper(vendor), shown=arrival.sha256)
    arrivals.move_in(arrival.pk)
    arrival.refresh_from_db()
    assert (arrival.problems, arrival.state) == ([], "moved")
    return arrival.review


def sha256(content):
    return hashlib.sha256(content.encode()).hexdigest()
