"""How is something written down? Inside the transaction of the change, one event or many."""

import unicodedata
from datetime import date, datetime

from django.db import transaction

from audit import bulk, context
from audit.models import Event


def record(event_type, target, **said):
    """Write one event (product.md rule 24) in the caller's transaction, or raise and let it roll back.

    `said` is what `event` takes. Raises RuntimeError outside a transaction, because an event that could survive its
    change, or the other way round, proves nothing.
    """
    written = event(event_type, target, **said)
    _insist_on_transaction(written)
    written.save(force_insert=True)
    return written


def record_all(events):
    """Write events made by `event`, in their order, as `record` writes one: for changes of many rows at once."""
    if events:
        _insist_on_transaction(events[0])
        bulk.insert(events)


def _insist_on_transaction(event):
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event.event_type} was recorded outside the transaction of its change")


def event(
    event_type,
    target,
    *,
    label="",
    actor=None,
    vendor=None,
    workspace="",
    business_context="",
    data_categories=(),
    content_hash="",
    approved_by="",
    before=None,
    after=None,
    reason="",
):
    """One event, not yet written.

    `target` is a saved row. The actor is the request's person unless given. Names and roles are
    frozen as text. `before` and `after` hold only what changed.
    """
    asked = context.current()
    actor = actor or asked.actor
    known = actor is not None and actor.is_authenticated
    return Event(
        event_type=event_type,
        actor_id=actor.pk if known else None,
        actor_name=one_line(actor.name if known else _nobody(actor), 200),
        actor_role=actor.get_role_display() if known else "",
        target_type=target._meta.model_name,
        target_id=str(target.pk or ""),
        target_label=one_line(label or str(target), 300),
        vendor_id=vendor.pk if vendor else None,
        workspace=one_line(workspace or (vendor.name if vendor else ""), 200),
        business_context=one_line(business_context, 300),
        data_categories=list(data_categories),
        content_hash=content_hash,
        approved_by=one_line(approved_by, 200),
        before=_plain(before or {}),
        after=_plain(after or {}),
        reason=reason,
        request_id=asked.request_id,
        session_id=asked.session_id,
        address=asked.address,
    )


def _nobody(actor):
    """Who did what no known person did: a guest, a visitor in a request, or without one the scheduler, a worker, a command."""
    if isinstance(actor, context.Guest):
        return actor.name
    return "Countersign" if actor is None else "nobody signed in"


def one_line(text, limit):
    """Text that cannot forge a line of the log: control and format characters become spaces."""
    text = str(text)
    if text.isprintable():  # nearly always, and a letter at a time takes long for thousands of events
        return " ".join(text.split())[:limit]
    clean = "".join(" " if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} else char for char in text)
    return " ".join(clean.split())[:limit]


def _plain(values):
    return {key: value.isoformat() if isinstance(value, date | datetime) else value for key, value in values.items()}
