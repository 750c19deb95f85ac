"""What follows when a date of an obligation found something? Statements open again."""

from reviews import findings, workflow
from reviews.again import reassessments
from reviews.choices import Status
from reviews.models import Item, Review


def reopenable(obligation):
    """The item that counts for each statement, in every deployment the obligation is about.

    That of the review in force, or of one it rests on; while nothing is decided yet, of the newest review.
    """
    items = Item.objects.none()
    for review in _counting(obligation):
        items |= Item.objects.in_force(review)
    return items.select_related("statement", "review__deployment__vendor").order_by("pk")


def _counting(obligation):
    slug = reassessments.checklist_of(obligation)
    one = obligation.deployment
    for deployment in [one] if one else obligation.vendor.deployments.all():
        if review := reassessments.in_force(deployment, slug) or _newest(deployment, slug):
            yield review


def _newest(deployment, slug):
    reviews = Review.objects.filter(deployment=deployment).select_related("reassessment").order_by("-pk")
    return (reviews.filter(checklist__slug=slug) if slug else reviews).first()


def reopen(occurrence, numbers, *, by, found):
    """Open these statements again because of what was found; whatever is not complete gets a comment only.

    In what is in force, and in the re-assessment that looks at them already: it must not be decided without knowing.
    """
    remark = f"{occurrence} found something: {found}"
    obligation = occurrence.obligation
    looking = filter(None, (reassessments.undecided(review) for review in _counting(obligation)))
    items = reopenable(obligation) | Item.objects.filter(review__in=list(looking))
    chosen = items.filter(statement__number__in=numbers)
    workflow.lock_all(list(chosen.values_list("pk", flat=True)))
    for item in chosen:
        if item.status == Status.COMPLETE:
            workflow.apply(workflow.REOPEN_BY_DUTY, item, by=by, remark=remark)
        else:
            findings.comment(item, by=by, text=remark)
