"""What is true of a review at one instant? Everything a dossier prints, read in one transaction."""

from django.conf import settings
from django.utils import timezone

from audit.models import Event
from dossiers import again, manifest, parts, register, statements
from dossiers.wording import cap_for, cleaned, day, iso, moment
from evidence.choices import LISTED_BY_HASH
from evidence.models import Evidence
from reviews import gate as gates
from reviews import progress
from reviews.choices import State
from reviews.instant import one_instant
from reviews.models import Review, SignOff


def take(review_id):
    """`(pages, manifest)` of the review: plain text, numbers, lists and dicts, ready for JSON.

    Costs the same number of queries for any amount of items and history. Raises Review.DoesNotExist.
    """
    with one_instant() as instant:
        review = Review.objects.with_context().get(pk=review_id)
        gate = gates.assess(review, today=timezone.localdate(instant))
        decided = list(review.decisions.order_by("-pk").prefetch_related("conditions__owner", "conditions__met_by"))
        in_force = [item.pk for item in gate.items]
        signoffs = list(SignOff.objects.filter(item__in=in_force).order_by("pk"))
        evidence = list(
            Evidence.objects.filter(citations__item__in=in_force).distinct().prefetch_related("versions__uploaded_by")
        )
        restricted = set(
            Evidence.objects.filter(vendor=review.deployment.vendor_id, confidentiality__in=LISTED_BY_HASH).values_list(
                "pk", flat=True
            )
        )
        letters = list(review.escalations.exclude(digest="").with_names().select_related("closed_by"))
        contacts = list(gates.escalation_contacts(review))
        entry = Event.objects.newest_first().values_list("pk", flat=True).first() or 0
        pages = cleaned(_pages(review, gate, decided, evidence, letters, contacts, instant, entry))
        return pages, manifest.made(pages, gate, signoffs, decided, letters, evidence, restricted)


def _pages(review, gate, decided, evidence, letters, contacts, instant, entry):
    siblings = {item.number: item for item in gate.items}
    cap = cap_for(
        text
        for item in gate.items
        for text in (item.reason, item.asked, item.notes, *(citation.quote for citation in item.citations.all()))
    )
    items = {item.pk: statements.described(item, gate, siblings, cap) for item in gate.items}
    return {
        **_head(review, instant, entry),
        "gate": parts.gate(gate),
        "approval": parts.approval(gate, decided),
        "decisions": [parts.decision(row) for row in decided],
        "tiles": progress.tiles(gate, linked=False),
        "by_category": [parts.share(share) for share in progress.by_category(gate)],
        "by_stakeholder": [parts.share(share) for share in progress.by_stakeholder(gate)],
        "categories": parts.categories(gate, items),
        "unconfirmed": [items[item.pk] for item in gate.items_in(State.UNCONFIRMED)],
        "escalation": parts.escalation(gate, decided, contacts),
        "letters": parts.letters(letters, gate.today),
        "red_flags": parts.flagged(gate),
        "not_applicable": [items[item.pk] for item in gate.items_in(State.NOT_APPLICABLE)],
        "unowned": [items[item.pk] for item in gate.items if item.is_unowned],
        "lapsed": [items[item.pk] for item in gate.items_in(State.LAPSED)],
        "late": [row for row in items.values() if row["late"]],
        "contradictions": parts.contradictions(gate),
        "checks": parts.checks(gate),
        "again": again.of(review, gate),
        "signatures": [row for row in items.values() if row["signature"] and row["signature"]["current"]],
        "evidence": register.of(evidence, gate),
        "restricted_count": sum(row.confidentiality in LISTED_BY_HASH for row in evidence),
    }


def _head(review, instant, entry):
    deployment, checklist = review.deployment, review.checklist
    return {
        "organisation": settings.ORGANISATION_NAME,
        "vendor": review.vendor.name,
        "deployment": deployment.name,
        "channel": deployment.get_channel_display(),
        "data_classes": deployment.data_class_labels,
        "regimes": deployment.regime_labels,
        "review": review.title,
        "slug": review.slug,
        "kind": review.get_kind_display(),
        "lead": review.lead.name,
        "opened": day(timezone.localdate(review.opened_at)),
        "deadline": day(review.due_on),
        "checklist": str(checklist),
        "checklist_sha256": checklist.sha256,
        "language": checklist.language,
        "taken_at": iso(instant),
        "as_of": moment(instant),
        "as_of_day": day(timezone.localdate(instant)),
        "zone": settings.TIME_ZONE,
        "audit_entry": entry,
    }
