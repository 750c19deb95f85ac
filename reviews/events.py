"""What does every event about a review say besides its act? Which vendor, deployment, review and data it concerns."""

from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast

from audit import log
from audit.models import Event

HISTORY_SHOWN = 30


def record(event_type, target, *, review, by, about="", **said):
    """Write one event about a review or a part of it, in the caller's transaction (rule 24).

    `about` names the part in words; `said` goes to `audit.log.record` as it is.
    """
    log.record(event_type, target, **_of_review(review, by, about), **said)


def of(event_type, target, *, review, by, about="", **said):
    """The same event, not yet written: for `audit.log.record_all`."""
    return log.event(event_type, target, **_of_review(review, by, about), **said)


def _of_review(review, by, about):
    return {
        "actor": by,
        "vendor": review.vendor,
        "workspace": str(review.deployment),
        "business_context": f"{review.title}, {about}" if about else review.title,
        "data_categories": review.deployment.data_classes,
    }


def record_duty(event_type, target, *, obligation, by, **said):
    """Write one event about an obligation or one of its dates, in the caller's transaction (rule 24)."""
    deployment = obligation.deployment
    log.record(
        event_type,
        target,
        actor=by,
        vendor=obligation.vendor,
        workspace=str(deployment) if deployment else obligation.vendor.name,
        business_context=obligation.title,
        data_categories=deployment.data_classes if deployment else (),
        **said,
    )


# What was said of several vendors at once is for those who may see them all, and no page of events asks for that.
SAID = frozenset({"text", "others", "note", "attendees", "owner", "invited", "place"})


def record_sync(event_type, target, *, sync, by, review=None, before=None, after=None, **said):
    """Write one event about a sync, a line or an action of it, in the caller's transaction (rule 24)."""
    if review := review or sync.review or _of_one_vendor(sync):
        record(event_type, target, review=review, by=by, about=str(sync), before=before, after=after, **said)
    else:
        record_about_all(event_type, target, by=by, about=str(sync), before=before, after=after, **said)


def record_about_all(event_type, target, *, by, about, before=None, after=None, **said):
    """Write one event about several vendors. It has none: administrators read that it was, and not the words."""
    before, after = ({name: values[name] for name in values.keys() - SAID} for values in (before or {}, after or {}))
    label = target._meta.verbose_name
    about = f"{about} about all reviews"
    log.record(event_type, target, label=label, actor=by, business_context=about, before=before, after=after, **said)


def _of_one_vendor(sync):
    """One of its reviews when all are about the same vendor, else None."""
    reviews = list(sync.reviews.select_related("deployment__vendor"))
    return reviews[0] if len({review.deployment.vendor_id for review in reviews}) == 1 else None


def history(target):
    """The newest events about it, as `_history.html` prints them, and whether there are older ones."""
    events = list(Event.objects.about(target).newest_first()[: HISTORY_SHOWN + 1])
    return {"events": events[:HISTORY_SHOWN], "more_events": len(events) > HISTORY_SHOWN}


def first(event_type, target_type):
    """Of each row of a query over `target_type`: when the first such event about it was written, or None."""
    rows = Event.objects.filter(
        event_type=event_type, target_type=target_type, target_id=Cast(OuterRef("pk"), CharField())
    )
    return Subquery(rows.order_by("pk").values("occurred_at")[:1])
