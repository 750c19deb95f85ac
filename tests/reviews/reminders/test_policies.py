"""Who is told of a data classification policy, when, and when nobody?"""

import pytest

from reviews.choices import About
from reviews.policy import policies, policy_signatures
from tests.reviews.policy.policy import in_force, signed_by, submitted
from tests.reviews.reminders.conftest import DAY
from tests.reviews.reminders.test_who_is_told import TODAY, over, told

pytestmark = pytest.mark.usefixtures("clock")


def test_who_may_sign_is_told_until_it_is_signed(vendor, reviewer, ciso, stakeholders):
    policy = submitted(vendor, reviewer)
    assert told(About.POLICY) == {}
    three = dict.fromkeys(("CISO", "Legal", "Compliance officer"), "+1")
    assert told(About.POLICY, TODAY + DAY) == three
    signed_by(policy, ciso)
    assert told(About.POLICY, TODAY + DAY).keys() == {"Legal", "Compliance officer"}
    policies.take_back(policy, by=reviewer)
    policies.change(policy, by=stakeholders["legal"], version=1, purpose="Legal's own words.")
    policies.submit(policy, by=reviewer)
    assert told(About.POLICY, TODAY + DAY).keys() == {"CISO", "Compliance officer"}


def test_the_day_it_is_looked_at_again_is_told_to_who_submitted_it_and_the_lead(vendor, reviewer, lead, stakeholders):
    policy = in_force(vendor, reviewer, stakeholders)
    both = {"Lead", "Reviewer"}
    days = over(About.POLICY, policy.valid_until, -31, -30, -7, 0, 7)
    assert days == [{}, *(dict.fromkeys(both, step) for step in ("30", "7", "0", "+7"))]


def test_what_waits_stands_in_my_work_of_those_who_may_sign(vendor, reviewer, ciso, legal, privacy_officer, browser_of):
    policy = submitted(vendor, reviewer)
    signed_by(policy, legal)
    who = (ciso, legal, privacy_officer, reviewer)
    assert [policy_signatures.waiting(person) for person in who] == [[policy], [], [], []]
    assert "Policies to sign" in browser_of(ciso).get("/").content.decode()
