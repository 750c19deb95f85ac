"""In which order do the rows of a story pass the triggers of the database? As people would have made them."""

from audit.models import Event
from dossiers.models import Dossier
from evidence.models import Evidence, Version
from reviews.choices import Status
from reviews.models import Assignment, Citation, Comment, Condition, Decision, Item, Review, SignOff
from vendors.models import Contact, Deployment, Vendor, VendorUserObjectPermission


def write(book):
    """Write what the stories added, in an order the triggers accept: nothing starts or is signed but as it would be."""
    later = [row for row in book.rows[Version] if row.number > 1]
    book.rows[Version] = [row for row in book.rows[Version] if row.number == 1]
    items, signed = list(book.rows[Item]), book.rows.pop(SignOff, [])
    final = {item: (item.status, item.submission) for item in items}
    for item in items:
        item.status = Status.NOT_STARTED
    book.write(Vendor, Contact, VendorUserObjectPermission, Deployment, Evidence, Version)
    book.write(Review, Assignment, Item, Citation)
    _sign_in_rounds(book, items, signed, final)
    _bring_to(Status.IN_PROGRESS, (item for item, (status, _) in final.items() if status == Status.IN_PROGRESS))
    book.rows[Version] = later
    book.write(Version, Comment, Decision, Condition, Dossier)
    book.write(Event, order=lambda event: (event.occurred_at, event.pk))


def _sign_in_rounds(book, items, signed, final):
    """Submission by submission: wait, take the sign-off, and at the end be complete."""
    for number in range(1, max((submission for _, submission in final.values()), default=0) + 1):
        answered = [row for row in signed if row.submission == number]
        waiting = {row.item for row in answered} | {
            item for item, (status, last) in final.items() if status == Status.AWAITING and last == number
        }
        _bring_to(Status.AWAITING, waiting, submission=number)
        book.rows[SignOff] = answered
        book.write(SignOff)
    for number in {last for _, last in final.values() if last}:
        back = [item for item, (_, last) in final.items() if last == number]
        Item.objects.filter(pk__in=[item.pk for item in back]).exclude(submission=number).update(submission=number)
    _bring_to(Status.COMPLETE, (item for item, (status, _) in final.items() if status == Status.COMPLETE))


def _bring_to(status, items, **values):
    Item.objects.filter(pk__in=[item.pk for item in items]).update(status=status, **values)
