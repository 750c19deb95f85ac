"""Do the small parts of pages say what they are given, and never more?"""

import datetime

import pytest
import time_machine
from django.template import Context, Template

from accounts.choices import Role
from accounts.models import User
from config import parts

NOW = datetime.datetime(2026, 11, 21, 19, 10, tzinfo=datetime.UTC)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def _standing_still():
    with time_machine.travel(NOW, tick=False):
        yield


def drawn(text, **values):
    return Template(text).render(Context(values))


def test_a_state_is_its_icon_and_its_words():
    pill = drawn('{% state "lapsed" "Lapsed" %}')
    assert pill.startswith('<span class="cs-pill cs-state-lapsed"><svg class="cs-icon"')
    assert "#hourglass-empty" in pill
    assert pill.endswith("</svg>Lapsed</span>")
    assert drawn('{% state "lapsed" "Lapsed" plain=True %}') == '<span class="cs-pill cs-state-lapsed">Lapsed</span>'


@pytest.mark.parametrize(
    "tag",
    [
        '{% state "go" said %}',
        '{% state "go" "Go" title=said %}',
        "{% person name=said role=said %}",
        "{% person none=said %}",
        "{% day None none=said %}",
        "{% moment None none=said %}",
        "{% progress parts 1 said %}",
        "{% icon said css=said %}",
    ],
)
def test_what_people_typed_stays_text(tag):
    html = drawn(tag, said='"><script>', parts=[])
    assert "<script>" not in html
    assert "&quot;&gt;&lt;script&gt;" in html


def test_a_person_is_initials_name_and_role():
    lead = User(name="Review lead", role=Role.LEAD)
    assert "RL</span>" in parts.person(lead)
    assert parts.person(lead).count("Review lead") == 1  # the role is the name here
    assert '<span class="cs-person-role">Reviewer</span>' in parts.person(User(name="Somebody", role=Role.REVIEWER))
    assert "No owner" in parts.person(None, role="Legal")


def test_a_day_that_is_due_and_over_is_late():
    yesterday = TODAY - datetime.timedelta(days=1)
    assert "cs-late" in parts.day(yesterday, due=True)
    assert "cs-late" not in parts.day(yesterday)
    assert "cs-late" not in parts.day(TODAY, due=True)
    assert parts.day(None, none="all signed") == '<span class="cs-muted">all signed</span>'


def test_a_bar_is_as_wide_as_its_parts():
    bar = parts.progress([{"state": "confirmed", "count": 1}, {"state": "lapsed", "count": 3}], 4, "1 of 4")
    assert 'class="cs-state-confirmed" x="0.00" y="0" width="25.00"' in bar
    assert 'class="cs-state-lapsed" x="25.00" y="0" width="75.00"' in bar
