"""Do people find what a word means and which rule a warning comes from, and are they shown round once?"""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from accounts import preferences
from accounts.choices import Role
from audit.models import Event
from config import handbook
from reviews import tour
from reviews.checks import CHECKS
from reviews.warnings import RULES
from tests.cast import person
from tests.reviews.conftest import text_of

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def used(tag):
    """What the templates give to the tag as its first argument."""
    return {
        found
        for page in TEMPLATES.rglob("*.html")
        for found in re.findall(rf'{{% {tag} ("[^"]*"|\S+)', page.read_text())
    }


def test_every_rule_is_there_and_every_link_leads_to_one():
    assert [entry.number for entry in handbook.rules()] == list(range(1, 25))
    assert all(entry.title and len(entry.text) > 30 for entry in handbook.rules())
    numbers = {int(number) for number in used("rule") if number.isdecimal()} | set(RULES.values())
    numbers |= {check.rule_number for check in CHECKS} - {None}
    assert numbers
    assert numbers <= set(range(1, 25))


def test_every_line_of_the_glossary_is_an_entry_and_every_word_on_a_page_is_in_it():
    lines = [line for line in (handbook.DOCS / "glossary.md").read_text().splitlines() if line.startswith("| **")]
    assert len(handbook.words()) == len(lines) > 50
    assert len({entry.anchor for entry in handbook.words()}) == len(lines)
    names = {name.strip('"') for name in used("term")}
    assert {"gate", "lapsed", "finding"} <= names
    assert {handbook.word(name).title.lower().count(name) for name in names} == {1}


def test_a_word_of_a_page_says_what_the_glossary_says(small, ciso, client):
    client.force_login(ciso)
    page = client.get(small.get_absolute_url()).content.decode()
    assert 'aria-describedby="term-gate">Recommendation</button>' in page
    assert "The computed recommendation: escalate, go, conditional, or in review.</span>" in page


def test_glossary_and_rules_have_an_anchor_for_each_entry(ciso, client):
    client.force_login(ciso)
    assert '<div id="gate"><dt>Gate</dt>' in client.get(reverse("help:glossary")).content.decode()
    rules = client.get(reverse("help:rules")).content.decode()
    assert '<li id="rule-14"><h2>14. Pairs that must not contradict</h2>' in rules
    assert "<em>Confirmed</em> cites" in rules


def test_a_warning_and_a_disabled_button_link_to_their_rule(small, ciso, auditor, client):
    client.force_login(auditor)
    page = client.get(small.get_absolute_url()).content.decode()
    assert 'href="/help/rules/#rule-11">Rule 11</a>' in page
    home = client.get(reverse("reviews:policy_home", args=["anthropic"])).content.decode()
    assert 'and change nothing. <a class="cs-rule" href="/help/rules/#rule-23">Rule 23</a>' in home


# The tour


def test_the_tour_goes_through_three_steps_ends_for_good_and_can_start_again(ciso, client):
    client.force_login(ciso)
    assert "First steps, 1 of 3" in text_of(client.get("/"))
    assert "First steps, 3 of 3 How to sign" in text_of(client.get("/?tour=3"))
    assert "First steps, 1 of 3" in text_of(client.get("/?tour=99"))
    client.post(reverse("help:tour"), {"done": "1"})
    assert "First steps" not in text_of(client.get("/?tour=2"))
    client.post(reverse("help:tour"), {"again": "1"})
    assert "First steps, 1 of 3" in text_of(client.get("/"))
    assert Event.objects.filter(event_type="preferences.changed").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_the_last_step_says_what_is_asked_of_the_role(role):
    last = tour.steps(person(f"Some {role}", role))[-1]
    assert last.title == ("How to sign" if role in tour.STAKEHOLDERS else "What is asked of you")


def test_who_took_the_tour_keeps_their_other_preferences(ciso, client):
    preferences.change(ciso, muted=["item"])
    client.force_login(ciso)
    client.post(reverse("help:tour"), {"done": "1"})
    assert preferences.of(ciso).muted == ["item"]
