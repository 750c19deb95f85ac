"""Does one click take an import back, as long as nobody has touched what it changed?"""

import pytest
from django.utils import timezone

from accounts.permissions import Refused
from audit.models import Event
from evidence import library
from evidence.models import Evidence
from reviews import findings, ownership, standings, workflow
from reviews.choices import Status
from reviews.imports import claims, undoing
from reviews.models import Citation, Item
from tests.cast import item, record, sign, submit
from tests.reviews.imports.sheets import LINK, applied, claim, links, planned

KEPT = {"version", "submission", "submitted_by_id", "submitted_at", "submitted_digest"}


def rows(review):
    """Everything stored of the items but what only counts and never goes back."""
    found = Item.objects.filter(review=review).order_by("pk").values()
    return [{name: value for name, value in each.items() if name not in KEPT} for each in found]


def cited():
    return set(Citation.objects.values_list("item", "evidence", "locator"))


def test_everything_is_as_it_was_and_can_be_applied_again(small, lead, legal, reviewer, evidence):
    record(item(small, 2), reviewer, notes="Before.")
    findings.cite(item(small, 2), evidence, by=reviewer, locator="p. 1")
    submit(item(small, 4), reviewer, evidence)
    before, citations = rows(small), cited()
    changes = {
        1: claim(),
        2: {"notes": "After.", "finding": "", "links": links(LINK)},
        3: {"stakeholder": "legal", "owner": legal.pk, "asked": "Why?"},
        4: {"due_on": "2027-01-31"},
        5: {"status": "awaiting", "finding": "confirmed"},
    }
    done = applied(planned(small, lead, changes), lead)
    assert done.state == "applied", done.problem
    assert rows(small) != before
    assert undoing.can_undo(lead, done)
    undone = undoing.undo(done, by=lead)
    assert (undone.state, undone.undone_by) == ("undone", lead)
    assert rows(small) == before
    assert cited() == citations
    assert claims.of(item(small, 1)) is None
    link = Evidence.objects.get(title="trust.example.com/soc2")
    assert link.withdrawn_reason == "The import that brought it in was undone."
    told = Event.objects.filter(event_type="item.import_undone", target_id=str(item(small, 2).pk)).get()
    assert told.before == {"notes": "After.", "finding": "", "cited": ["trust.example.com/soc2"]}
    assert told.after == {"notes": "Before.", "finding": "confirmed"}
    last = Event.objects.newest_first()[0]
    assert last.after == {"items": 5, "evidence_withdrawn": 1, "evidence_kept": 0}
    with pytest.raises(Refused, match="This import is undone, so there is nothing to undo"):
        undoing.undo(undone, by=lead)

    again = applied(planned(small, lead, changes), lead)
    assert again.state == "applied", again.problem
    sign(item(small, 1))
    link.refresh_from_db()
    assert link.withdrawn_at is None
    assert Event.objects.filter(event_type="evidence.restored").count() == 1


def signed(s, number):
    sign(item(s, number))


def changed(s, number):
    workflow.apply(workflow.TAKE_BACK, item(s, number), by=s.lead)


def redated(s, number):
    ownership.set_due([item(s, number)], due_on=timezone.localdate(), by=s.lead)


def uncited(s, number):
    each = item(s, number)
    workflow.apply(workflow.TAKE_BACK, each, by=s.lead)
    findings.uncite(each.citations.get(), by=s.lead)


def cited_more(s, number):
    other = library.add_link(
        s.vendor, url="https://e.example.com", title="E", by=s.lead, kind="other", confidentiality="public"
    )
    findings.cite(item(s, 2), other, by=s.lead)


@pytest.mark.parametrize(
    ("touch", "words"),
    [
        (signed, "Statement 1 was signed since by CISO"),
        (changed, "Statement 1 was changed since by Lead"),
        (redated, "Statement 1 was changed since by Lead"),
        (uncited, "Statement 1 was changed since by Lead"),
        (cited_more, "Statement 2 was changed since by Lead"),
    ],
)
def test_what_somebody_touched_keeps_all_of_it(small, reviewer, touch, words):
    done = applied(planned(small, reviewer, {1: claim(), 2: {"notes": "New."}}), reviewer)
    touch(small, 1)
    reason = f"{words}, so the import cannot be undone any more. Change back by hand what is wrong."
    assert undoing.can_undo(reviewer, done).reason == reason
    with pytest.raises(Refused, match="cannot be undone any more"):
        undoing.undo(done, by=reviewer)
    assert item(small, 2).notes == "New."


def test_evidence_that_somebody_else_uses_by_now_stays(small, reviewer):
    other = "https://trust.example.com/other"
    done = applied(planned(small, reviewer, {1: claim(), 2: claim(other)}), reviewer)
    used, renewed = (Evidence.objects.get(title=name) for name in ("trust.example.com/soc2", "trust.example.com/other"))
    findings.cite(item(small, 9), used, by=reviewer)
    library.add_version(renewed, by=reviewer, url="https://trust.example.com/newer")
    undoing.undo(done, by=reviewer)
    assert list(Evidence.objects.in_use().order_by("pk")) == [used, renewed]
    assert Event.objects.newest_first()[0].after == {"items": 2, "evidence_withdrawn": 0, "evidence_kept": 2}


def test_evidence_that_was_there_before_stays(small, reviewer):
    library.add_link(small.vendor, url=LINK, title="Known", by=reviewer, kind="other", confidentiality="public")
    undoing.undo(applied(planned(small, reviewer, {1: claim()}), reviewer), by=reviewer)
    assert Evidence.objects.in_use().count() == 1
    assert cited() == set()


def test_who_applied_it_or_leads_undoes_it(small, reviewer, second_reviewer, lead, ciso, auditor):
    done = applied(planned(small, reviewer, {1: claim()}), reviewer)
    reason = "Only Reviewer, who applied it, or the review lead undoes it."
    assert undoing.can_undo(second_reviewer, done).reason == reason
    assert not undoing.can_undo(auditor, done)
    assert undoing.can_undo(reviewer, done)
    assert undoing.can_undo(lead, done)


def test_lists_count_what_is_there_after_an_import_and_its_undoing(small, reviewer):
    def awaiting():
        return standings.all_of_them().filter(review=small, state=Status.AWAITING).count()

    done = applied(planned(small, reviewer, {1: claim(), 2: claim()}), reviewer)
    assert awaiting() == 2
    undoing.undo(done, by=reviewer)
    assert awaiting() == 0
