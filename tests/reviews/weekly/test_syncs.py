"""Is a sync one meeting: opened once, written by several, closed once, and then as it was? (docs/decisions/0025-syncs.md)"""

from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.permissions import Refused
from audit.models import Event
from reviews import digest
from reviews.choices import ActionState, LineKind
from reviews.models import Line, Sync
from reviews.weekly import actions, syncs
from tests.at_once import at_once
from tests.cast import item
from tests.reviews.weekly.minutes import FIGURES, agree, both, close

# Opening


def test_the_second_who_opens_joins_the_first(small, sync, legal, lead):
    assert syncs.open_sync(small, by=legal) == sync
    assert syncs.current(small, legal) == syncs.current(small, lead) == sync
    assert list(Event.objects.filter(event_type="sync.opened").values_list("actor_name", flat=True)) == ["Lead"]


def test_syncs_are_counted_and_each_begins_where_the_last_one_ended(small, sync, lead):
    assert (sync.number, sync.since) == (1, small.opened_at)
    closed = close(sync, lead)
    second = syncs.open_sync(small, by=lead)
    assert (second.number, second.since) == (2, closed.closed_at)
    assert syncs.last(small, lead) == closed


def test_a_sync_about_all_is_about_what_its_opener_sees_and_is_at_work(small, other, lead, legal):
    assert set(syncs.open_sync(None, by=legal).reviews.all()) == {small}
    everything = syncs.open_sync(None, by=both(lead, other))
    assert set(everything.reviews.all()) == {small, other}
    assert everything.number == 2
    assert timezone.now() - everything.since == pytest.approx(timedelta(days=7), abs=timedelta(minutes=1))


def test_who_sees_more_than_a_sync_about_all_opens_another_and_who_sees_the_same_joins(small, other, lead, legal, ciso):
    first = syncs.open_sync(None, by=legal)
    assert syncs.open_sync(None, by=ciso) == first
    assert syncs.current(None, both(lead, other)) is None
    own = syncs.open_sync(None, by=lead)
    assert own != first
    assert syncs.current(None, legal) == first


def test_who_has_a_sync_about_all_open_has_no_second_when_they_see_more_or_less_than_then(small, other, lead, legal):
    first = syncs.open_sync(None, by=lead)
    assert syncs.open_sync(None, by=both(lead, other)) == syncs.current(None, lead) == first
    close(first, lead)
    wider = syncs.open_sync(None, by=lead)
    grants.take(lead, Access.LEAD, other.vendor)
    assert syncs.current(None, lead) is None
    with pytest.raises(Refused, match=f"^{wider} about all reviews, which you opened, is still open"):
        syncs.open_sync(None, by=lead)


def test_who_may_not_see_one_of_its_reviews_does_not_see_the_sync(small, other, lead, legal):
    everything = syncs.open_sync(None, by=both(lead, other))
    assert everything in Sync.objects.visible_to(lead)
    assert everything not in Sync.objects.visible_to(legal)


def test_without_a_review_at_work_there_is_nothing_to_meet_about(lead):
    with pytest.raises(Refused, match="No review is at work"):
        syncs.open_sync(None, by=lead)


@pytest.mark.parametrize("about_all", [False, True])
def test_auditors_read_and_neither_open_nor_write(small, sync, auditor, about_all, lead):
    with pytest.raises(PermissionDenied):
        syncs.open_sync(None if about_all else small, by=auditor)
    with pytest.raises(PermissionDenied, match="read the minutes"):
        syncs.write_line(syncs.open_sync(None, by=lead) if about_all else sync, by=auditor, text="No.")


# Lines


def test_two_who_write_at_once_each_have_their_line(sync, lead, legal, small):
    syncs.write_line(sync, by=lead, text="  Report is late. ")
    syncs.write_line(sync, by=legal, text="We wait.", kind=LineKind.DECISION, item=item(small, 3))
    found = list(Line.objects.values_list("text", "kind", "item__statement__number", "written_by__name"))
    assert found == [("Report is late.", "note", None, "Lead"), ("We wait.", "decision", 3, "Legal")]


def test_a_stale_change_of_the_same_line_is_refused_and_shows_what_is_stored(sync, lead, legal):
    line = syncs.write_line(sync, by=lead, text="Report is late.")
    syncs.change_line(line, by=legal, version=1, text="Report came.")
    with pytest.raises(syncs.Stale, match="someone changed this line") as stale:
        syncs.change_line(line, by=lead, version=1, text="Report is very late.")
    assert stale.value.newest.text == "Report came."
    with pytest.raises(syncs.Stale):
        syncs.remove_line(line, by=lead, version=1)
    changed = Event.objects.get(event_type="line.changed")
    assert (changed.before["text"], changed.after["text"]) == ("Report is late.", "Report came.")
    # The same words again are no change, whatever they were typed on.
    assert syncs.change_line(line, by=lead, version=1, text="Report came.").version == 2


def test_a_removed_line_is_out_of_the_minutes_and_is_not_changed_any_more(sync, lead):
    line = syncs.write_line(sync, by=lead, text="Said in error.")
    syncs.remove_line(line, by=lead, version=1)
    with pytest.raises(Refused, match="removed this line"):
        syncs.change_line(line, by=lead, version=1, text="Said all the same.")
    assert close(sync, lead).said["lines"] == []


@pytest.mark.parametrize(("text", "words"), [("  \n ", "Write something"), ("x" * 20_001, "20,000 characters at most")])
def test_empty_and_endless_lines_are_refused(sync, lead, text, words):
    with pytest.raises(Refused, match=words):
        syncs.write_line(sync, by=lead, text=text)


def test_a_line_is_about_statements_of_the_sync_s_reviews_alone(sync, lead, other):
    with pytest.raises(Refused, match="none of the reviews"):
        syncs.write_line(sync, by=lead, text="Theirs.", item=item(other, 1))
    assert syncs.item_of(sync.review, 12, lead).number == 12
    with pytest.raises(Refused, match="no statement 13"):
        syncs.item_of(sync.review, 13, lead)


# Who is there


def test_attendees_may_see_the_sync_and_others_are_text(sync, lead, legal, auditor, stranger):
    syncs.note_attendees(sync, by=lead, come=[legal, auditor], others=" Ada,\n a guest ")
    sync.refresh_from_db()
    assert ({each.name for each in sync.attendees.all()}, sync.others) == ({"Legal", "Auditor"}, "Ada, a guest")
    with pytest.raises(Refused, match="Stranger may not see"):
        syncs.note_attendees(sync, by=lead, come=[stranger])


# Closing


def test_closing_freezes_figures_lines_actions_and_who_was_there(small, sync, lead, legal):
    syncs.write_line(sync, by=lead, text="We wait.", kind=LineKind.DECISION, item=item(small, 3))
    action = agree(sync, lead, legal, item=item(small, 4))
    syncs.note_attendees(sync, by=lead, come=[legal], others="Ada")
    closed = close(sync, lead)
    said = closed.said
    assert closed.digest == digest.sha256(closed.content) == digest.sha256(digest.canonical(said))
    assert said["figures"] == FIGURES
    assert [(line["kind"], line["text"], line["item"]["number"]) for line in said["lines"]] == [
        ("decision", "We wait.", 3)
    ]
    assert [(each["action"], each["owner"], each["state"]) for each in said["agreed"]] == [(action.pk, "Legal", "open")]
    assert (said["attendees"], said["others"]) == ([{"name": "Legal", "role": "Legal"}], "Ada")
    assert (said["closed_by"]["name"], said["closed_at"]) == ("Lead", closed.closed_at.isoformat())
    # What becomes of the action later leaves the record as it was.
    actions.close(action, by=legal, state=ActionState.DONE, note="Came.")
    assert Sync.objects.get(pk=sync.pk).said == said
    assert Event.objects.get(event_type="sync.closed").content_hash == f"sha256:{closed.digest}"


def test_a_second_close_and_anything_written_after_it_read_a_sentence(sync, lead, legal):
    line = syncs.write_line(sync, by=lead, text="Before.")
    close(sync, lead)
    acts = (
        partial(close, sync, legal),
        partial(syncs.write_line, sync, by=legal, text="After."),
        partial(syncs.change_line, line, by=legal, version=1, text="After."),
        partial(syncs.remove_line, line, by=legal, version=1),
        partial(syncs.note_attendees, sync, by=legal),
        partial(agree, sync, legal, legal),
    )
    for act in acts:
        with pytest.raises(Refused, match=r"Lead closed Sync 1 at .* copied into the next sync"):
            act()


@pytest.mark.parametrize(
    "change",
    [
        lambda sync: Sync.objects.filter(pk=sync.pk).update(others="Somebody else"),
        lambda sync: Line.objects.filter(sync=sync).update(text="Never said."),
        lambda sync: Line.objects.create(sync=sync, text="Never said.", written_by=sync.opened_by),
    ],
)
def test_the_database_holds_what_was_closed(sync, lead, change):
    syncs.write_line(sync, by=lead, text="Said.")
    close(sync, lead)
    with pytest.raises(DatabaseError, match="a closed sync stays as it was"), transaction.atomic():
        change(sync)


def test_nothing_is_closed_without_its_event(sync, lead, no_more_events):
    with pytest.raises(DatabaseError), transaction.atomic():
        close(sync, lead)
    assert Sync.objects.get().closed_at is None


def test_events_about_several_vendors_name_none_and_quote_nothing(other, small, lead, legal):
    syncs.write_line(syncs.open_sync(None, by=legal), by=legal, text="Of one vendor.")
    assert Event.objects.get(event_type="line.written").vendor_id == small.vendor.pk
    sync = syncs.open_sync(None, by=both(lead, other))
    before = Event.objects.latest("pk").pk
    syncs.write_line(sync, by=lead, text="Secret of both.", item=item(small, 1))
    agree(sync, lead, lead, text="Secret of both.")
    syncs.note_attendees(sync, by=lead, come=[lead], others="Secret guest")
    agree(sync, lead, lead, text="Of the one it is about.", review=small)
    *silent, of_review = Event.objects.filter(pk__gt=before).order_by("pk")
    assert {event.event_type: event.vendor_id for event in silent} == dict.fromkeys(
        ["line.written", "action.agreed", "sync.attended"]
    )
    assert not any("Secret" in f"{event.before}{event.after}{event.target_label}" for event in silent)
    assert (of_review.vendor_id, of_review.after["text"]) == (small.vendor.pk, "Of the one it is about.")


# At once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_or_close_at_once_one_does_and_a_line_is_in_the_record_or_refused(small, lead, legal):
    for turn in range(1, 9):
        first, second = at_once(*(partial(syncs.open_sync, small, by=who) for who in (lead, legal)))
        assert first == second == Sync.objects.get(number=turn)
        closed, also, line = at_once(
            partial(close, first, lead),
            partial(close, first, legal),
            partial(syncs.write_line, first, by=legal, text="x"),
        )
        assert {type(closed), type(also)} == {Sync, Refused}
        kept = Sync.objects.get(pk=first.pk).said["lines"]
        assert len(kept) == Line.objects.filter(sync=first).count() == isinstance(line, Line)
        assert isinstance(line, Line | Refused)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_syncs_about_all_opened_at_once_by_people_who_see_other_things_have_numbers_of_their_own(
    small, other, lead, legal
):
    for _ in range(5):
        found = at_once(*(partial(syncs.open_sync, None, by=who) for who in (legal, other.lead)))
        assert len({sync.number for sync in found}) == 2
        close(found[0], legal)
        close(found[1], other.lead)
    assert list(Sync.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 11))
