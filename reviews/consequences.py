"""What follows when a date of an obligation found something? Statements open again."""

from django.db.models import Exists, OuterRef

from reviews import findings, workflow
from reviews.choices import Status
from reviews.models import Item


def reopenable(obligation):
    """The newest item of each statement in the reviews of what the obligation is about, by number and deployment.

    A review of what changed has not every statement: the others stand in the review before it.
    """
    about = (
        {"review__deployment": obligation.deployment}
        if obligation.deployment
        else {"review__deployment__vendor": obligation.vendor}
    )
    newer = Item.objects.filter(
        review__deployment=OuterRef("review__deployment"),
        statement__number=OuterRef("statement__number"),
        review_id__gt=OuterRef("review_id"),
    )
    items = Item.objects.filter(~Exists(newer), **about)
    return items.select_related("statement", "review__deployment__vendor").order_by("pk")


def reopen(occurrence, numbers, *, by, found):
    """Open these statements again because of what was found; whatever is not complete gets a comment only."""
    remark = f"{occurrence} found something: {found}"
    chosen = reopenable(occurrence.obligation).filter(statement__number__in=numbers)
    workflow.lock_all(list(chosen.values_list("pk", flat=True)))
    for item in chosen:
        if item.status == Status.COMPLETE:
            workflow.apply(workflow.REOPEN_BY_DUTY, item, by=by, remark=remark)
        else:
            findings.comment(item, by=by, text=remark)
