"""Where does the demo stay away? In production, among people of one's own, and without the checklist."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.permissions import Refused
from evidence.models import Evidence
from reviews import demo
from reviews.models import Review


def test_an_installation_with_people_of_its_own_gets_no_demo(checklist, stranger, capsys):
    call_command("load_demo")
    assert capsys.readouterr().out == "This installation has people or vendors of its own, so no demo was added.\n"
    assert User.objects.count() == 1
    assert Review.objects.count() == 0


@pytest.mark.django_db
def test_production_refuses_the_demo_with_a_sentence_and_status_1(checklist, settings):
    settings.EMBEDDED = False
    with pytest.raises(CommandError, match=r"^Demo people and demo data exist only in embedded mode") as refused:
        call_command("load_demo")
    assert refused.value.returncode == 1
    with pytest.raises(Refused):
        demo.load()
    assert User.objects.count() == 0


@pytest.mark.django_db
def test_without_the_checklist_nothing_is_created():
    with pytest.raises(CommandError, match="load them first"):
        call_command("load_demo")
    assert User.objects.count() == 0
    assert Evidence.objects.count() == 0
