"""What does the evidence register say of what a review cites?"""

import datetime

import time_machine

from dossiers import register
from evidence import library
from evidence.models import Evidence
from reviews import gate


def test_rule_20_a_withdrawal_has_the_day_of_the_organisation(review, evidence, reviewer, settings):
    settings.TIME_ZONE = "Europe/Zurich"
    with time_machine.travel(datetime.datetime(2026, 7, 1, 22, 30, tzinfo=datetime.UTC), tick=False):
        library.withdraw(evidence, by=reviewer, reason="Wrong file.")
    (entry,) = register.of([Evidence.objects.get(pk=evidence.pk)], gate.assess(review))
    assert entry["withdrawn"] == "Withdrawn on 2 July 2026: Wrong file."
