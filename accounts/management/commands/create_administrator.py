"""Who lets the first person in, or the next administrator when no other can? A printed link to set a password."""

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import people
from accounts.permissions import Refused
from accounts.site import address


class Command(BaseCommand):
    help = (
        "Make the first administrator and print a link with which to set a password. The person of a known address "
        "becomes administrator and may sign in again. Every use is in the audit log."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", help="with which the person signs in")
        parser.add_argument("--name", default="", help="how the person is called; Administrator unless given")
        parser.add_argument(
            "--another", action="store_true", help="go on although there is an administrator: locked out, or gone"
        )

    def handle(self, *, email, name, another, **options):
        try:
            site = address()
        except ImproperlyConfigured as nowhere:
            raise CommandError(str(nowhere)) from nowhere
        try:
            person = people.make_administrator(email=email, name=name, another=another)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        except ValidationError as invalid:
            raise CommandError(" ".join(invalid.messages)) from invalid
        self.stdout.write(f"{person.name} administers this installation and signs in as {person.email}.")
        self.stdout.write("To set the password, open this address; it works once and for three days:\n")
        self.stdout.write(site + people.password_path(person))
