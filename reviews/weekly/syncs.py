"""What can be done with a weekly sync? Open it, write into it, close it; closed, it stays as it was.

Each line is a row of its own, so two people who type at once seldom meet. Everything that is written takes the sync's lock
first: what comes after the end is refused, and says so.
"""

from django.db import IntegrityError, transaction
from django.db.models import Case, Exists, Max, OuterRef, Q, When
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Refused, ask
from reviews import digest, events
from reviews.choices import LineKind
from reviews.models import Action, Item, Line, Review, Sync
from reviews.models.reviews import TEXT_LIMIT
from reviews.permissions import can_hold_sync, can_write_minutes
from reviews.stale import Stale
from reviews.weekly import actions, minutes_mail, since, sync_content, sync_people

OTHERS_AT_MOST = 500
NONE = Q(pk=None)


def current(review, user):
    """The open sync of the review, or with None of all the person may see; None when there is none.

    One's own about all also when one may see more by now than it is about: nobody has two at a time.
    """
    own_first = Case(When(opened_by=user, then=0), default=1)
    return _of(review, user, also=Q(opened_by=user)).filter(closed_at=None).order_by(own_first, "-pk").first()


def last(review, user):
    """The sync of this review, or of all, that was closed last; or None."""
    return _of(review, user).exclude(closed_at=None).order_by("-closed_at", "-pk").first()


def _of(review, user, also=NONE):
    """Those about this review; about all, those that leave out nothing which the person sees and which was at work then."""
    visible = Sync.objects.visible_to(user).filter(review=review).select_related("review", "opened_by", "closed_by")
    if review:
        return visible
    within = Sync.reviews.through.objects.filter(sync_id=OuterRef(OuterRef("pk")), review_id=OuterRef("pk"))
    at_work = Review.objects.visible_to(user).at_work().filter(opened_at__lte=OuterRef("opened_at"))
    return visible.filter(~Exists(at_work.filter(~Exists(within))) | also)


@transaction.atomic
def open_sync(review, *, by):
    """Open the sync about a review, or with None about all the person may see that are at work; the open one if there is.

    Raises PermissionDenied for who may only read, Refused when there is nothing to meet about.
    """
    ask(can_hold_sync(by, review))
    if review:
        Review.objects.select_for_update(no_key=True).get(pk=review.pk)
    else:
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
    return current(review, by) or _open(review, by)


def _open(review, by):
    about = [review] if review else _about_all(by)
    if not about:
        raise Refused("No review is at work, so there is nothing to meet about.")
    if not review and (out_of_sight := Sync.objects.filter(review=None, opened_by=by, closed_at=None).first()):
        raise Refused(
            f"{out_of_sight} about all reviews, which you opened, is still open, and you may no longer see all that it is "
            "about. Somebody who sees all of it has to close it first."
        )
    start = since.start(review, last(review, by))
    sync = _numbered(review=review, opened_by=by, opened_at=timezone.now(), since=start)
    sync.reviews.set(about)
    events.record_sync("sync.opened", sync, sync=sync, by=by, after={"number": sync.number})
    return sync


def _about_all(by):
    """What is at work, and what an open action about all of an earlier sync is about: who may see that is the same then."""
    over = Sync.objects.visible_to(by).filter(pk__in=Action.objects.open().filter(review=None).values("sync"))
    ids = Review.objects.visible_to(by).at_work().values_list("pk", flat=True)
    return set(ids) | set(over.values_list("reviews", flat=True))


def _numbered(**values):
    """Those about all have no row to lock that they share: whoever took the number at the same moment has it."""
    while True:
        number = (Sync.objects.filter(review=values["review"]).aggregate(last=Max("number"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                return Sync.objects.create(number=number, **values)
        except IntegrityError:
            if not Sync.objects.filter(review=values["review"], number=number).exists():
                raise


@transaction.atomic
def lock(sync, *, by):
    """The sync as it is now, locked until the transaction ends, for somebody who may write into it.

    Raises Refused once it is closed, PermissionDenied for who may only read.
    """
    # Without its people: a join would read those of before the wait.
    locked = Sync.objects.select_for_update().get(pk=sync.pk)
    if locked.closed_at:
        raise Refused(f"Not saved: {_closed(locked)}. What you typed is still here, to be copied into the next sync.")
    ask(can_write_minutes(by, locked))
    return locked


def _closed(sync):
    return f"{sync.closed_by.name} closed {sync} at {timezone.localtime(sync.closed_at):%H:%M on %-d %B %Y}"


@transaction.atomic
def write_line(sync, *, by, text, kind=LineKind.NOTE, item=None):
    """Add a line of minutes, perhaps about an item. Raises Refused for an empty one, and once the sync is closed."""
    sync = lock(sync, by=by)
    _must_be_of(sync, item)
    line = Line.objects.create(sync=sync, kind=LineKind(kind), item=item, text=_words(text), written_by=by)
    _note("line.written", line, by=by, after=_said(line))
    return line


@transaction.atomic
def change_line(line, *, by, version, text, kind=None, item=None):
    """Change a line as typed on `version` of it; with `kind`, also its kind and its item.

    Raises Stale when somebody saved meanwhile, Refused for what cannot be.
    """
    sync, line = _locked(line, by)
    changed = {"text": _words(text)} | ({} if kind is None else {"kind": LineKind(kind), "item": item})
    changed = {name: value for name, value in changed.items() if getattr(line, name) != value}
    if not changed:
        return line
    if line.version != version:
        raise Stale(line)
    _must_be_of(sync, changed.get("item"))
    before = _said(line)
    for name, value in changed.items():
        setattr(line, name, value)
    line.version += 1
    line.written_by, line.written_at = by, timezone.now()
    line.save()
    _note("line.changed", line, by=by, before=before, after=_said(line))
    return line


@transaction.atomic
def remove_line(line, *, by, version):
    """Take a line out of the minutes. Raises Stale when somebody changed it meanwhile."""
    _, line = _locked(line, by)
    if line.version != version:
        raise Stale(line)
    line.removed_at = timezone.now()
    line.save(update_fields=["removed_at"])
    _note("line.removed", line, by=by, before=_said(line))


def _locked(line, by):
    sync = lock(line.sync, by=by)
    line = Line.objects.select_related("item__statement", "item__review").get(pk=line.pk)
    if line.removed_at:
        raise Refused("Not saved: someone removed this line. What you typed is still here; write it as a new line.")
    line.sync = sync
    return sync, line


def _words(text):
    text = text.strip()
    if not text:
        raise Refused("Write something first.")
    if len(text) > TEXT_LIMIT:
        raise Refused(f"A line has {TEXT_LIMIT:,} characters at most; this one has {len(text):,}. Write it as two.")
    return text


def _must_be_of(sync, item):
    if item and not sync.reviews.filter(deployment=item.review.deployment_id).exists():
        raise Refused("This statement belongs to none of the reviews of this sync.")


def _said(line):
    said = {"kind": line.kind, "text": line.text, "item": line.item.number if line.item else None}
    return said | {"sha256": digest.sha256(line.text)}


def _note(event_type, line, *, by, **said):
    events.record_sync(event_type, line, sync=line.sync, by=by, **said)


@transaction.atomic
def note_attendees(sync, *, by, come=(), gone=(), others=None):
    """Say who else is present, who is not after all, and with `others` the names of people without an account.

    What somebody else noted meanwhile stays. Raises Refused for who may not see all its reviews.
    """
    sync = lock(sync, by=by)
    allowed = set(sync_people.who_may_see(sync))
    for person in come:
        if person not in allowed:
            raise Refused(f"{person.name} may not see all that this sync is about. Write the name beside the list.")
    before = _present(sync)
    sync.attendees.add(*come)
    sync.attendees.remove(*gone)
    if others is not None:
        sync.others = " ".join(others.split())
        if len(sync.others) > OTHERS_AT_MOST:
            raise Refused(f"Others have {OTHERS_AT_MOST} characters at most.")
        sync.save(update_fields=["others"])
    after = _present(sync)
    if after != before:
        events.record_sync("sync.attended", sync, sync=sync, by=by, before=before, after=after)
    return sync


def _present(sync):
    return {"attendees": sorted(person.name for person in sync.attendees.all()), "others": sync.others}


@transaction.atomic
def agree_action(sync, *, by, text, owner, due_on, item=None, review=None):
    """Write down who does what until when; of a sync about all, for one of its reviews or for all.

    Raises Refused for a day in the past and for an owner who may not work on it.
    """
    sync = lock(sync, by=by)
    _must_be_of(sync, item)
    if review and review not in sync.reviews.all():
        raise Refused("This review is none of those of this sync.")
    action = Action(sync=sync, review=sync.review or review or _review_of(sync, item), item=item, created_by=by)
    return actions.agree(action, by=by, text=text, owner=owner, due_on=due_on)


def _review_of(sync, item):
    """The newest review of the sync that is about what the item is about."""
    return sync.reviews.filter(deployment=item.review.deployment_id).order_by("pk").last() if item else None


@transaction.atomic
def close(sync, *, by, figures):
    """End the sync: freeze figures, minutes, actions and who was there, and have the minutes mailed.

    `figures` is what the page showed (`{key: {"label", "value"}}` or anything JSON can keep). Raises Refused when it is
    closed already: of two who close at once, one does.
    """
    sync = lock(sync, by=by)
    sync.closed_at, sync.closed_by = timezone.now(), by
    sync.content = digest.canonical(sync_content.of(sync, figures))
    sync.digest = digest.sha256(sync.content)
    sync.save(update_fields=["closed_at", "closed_by", "content", "digest"])
    events.record_sync("sync.closed", sync, sync=sync, by=by, content_hash=f"sha256:{sync.digest}")
    minutes_mail.queue(sync)
    return sync


def item_of(review, number, user):
    """The item that a number typed into the minutes means. Raises Refused for one the review does not have."""
    found = Item.objects.in_force(review).filter(statement__number=number).visible_to(user)
    item = found.select_related("statement", "review__deployment__vendor").first()
    if item is None:
        raise Refused(f"There is no statement {number} here.")
    return item
