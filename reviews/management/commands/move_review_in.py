"""How does a review whose file is too large for a browser come in? The same move as on the page, on the machine."""

from pathlib import Path

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.permissions import Refused
from reviews.choices import ArrivalState
from reviews.models import Arrival
from reviews.twin import arrivals
from vendors.models import Vendor


class Command(BaseCommand):
    help = "Check a review's file from another installation, and leave it for a CISO to let in on the page."

    def add_arguments(self, parser):
        parser.add_argument("path", help="the ZIP as the other installation made it")
        parser.add_argument("--vendor", required=True, help="address of the vendor here, such as anthropic")
        parser.add_argument("--by", required=True, help="e-mail address of the vendor's review lead who brings it")

    def handle(self, *, path, vendor, by, **options):
        found = Vendor.objects.filter(slug=vendor).first()
        person = User.objects.active().filter(email__iexact=by).first()
        if found is None or person is None:
            raise CommandError("There is no such vendor." if found is None else "There is no such person.")
        try:
            with Path(path).open("rb") as file:
                arrival = arrivals.take(found, by=person, file=File(file), name=Path(path).name[:255])
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        arrivals.read(arrival.pk)
        self._say(Arrival.objects.get(pk=arrival.pk))

    def _say(self, arrival):
        if arrival.state != ArrivalState.READY:
            raise CommandError("\n".join(arrival.problems) or arrival.get_state_display())
        for name in ("title", "organisation", "items", "signatures", "current", "files"):
            self.stdout.write(f"{name}: {arrival.found[name]}")
        self.stdout.write(f"Everything was verified. A CISO lets it in at {arrival.get_absolute_url()}.")
