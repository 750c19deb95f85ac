"""What is there to try in embedded mode? Demo people and reviews. Safe to repeat: what is already there stays."""

from django.core.management.base import BaseCommand, CommandError

from accounts.permissions import Refused
from reviews import demo
from reviews.demo import Outcome

SAID = {
    Outcome.LOADED: "Demo loaded: people, evidence and three reviews, all of it made up.",
    Outcome.THERE_ALREADY: "The demo is here already; nothing was changed.",
    Outcome.NOT_EMPTY: "This installation has people or vendors of its own, so no demo was added.",
}


class Command(BaseCommand):
    help = "Create demo people, evidence and reviews in an empty installation in embedded mode. Repeating it changes nothing."

    def handle(self, **options):
        try:
            outcome = demo.load()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(SAID[outcome])
        if outcome is not Outcome.NOT_EMPTY:
            self._name_accounts()

    def _name_accounts(self):
        self.stdout.write(f"Sign in with the password {demo.password()} as")
        for person in demo.demo_people().filter(is_active=True):
            self.stdout.write(f"  {person.email:<32}{person.name}")
