"""What do the pages of what recurs show, and what do their forms do? (rules 5, 6, 20, 21 and 23)"""

import pytest

from reviews.choices import Duty
from tests.reviews.dates import add, at, first_open


@pytest.fixture(autouse=True)
def on_31_january(time_machine):
    time_machine.move_to(at("2027-01-31"), tick=False)


def typed(**values):
    """What the form of an obligation sends."""
    told = {"title": "Quarterly call", "duty": "other", "deployment": "", "instructions": "Call them.", "every": "1"}
    told |= {"unit": "quarter", "counted": "calendar", "first_on": "2027-01-31", "ends_on": "", "version": "1"}
    return told | {"steps": "30, 14, 7, 1, 0", "escalate_to": ""} | values


@pytest.mark.parametrize("duty", Duty)
def test_every_page_of_every_duty_opens(browser_of, vendor, deployment, lead, duty):
    obligation = add(vendor, lead, duty=duty, deployment=deployment)
    browser = browser_of(lead)
    for address in (
        "/obligations/",
        "/obligations/new/",
        "/obligations/new/anthropic/",
        obligation.get_absolute_url(),
        f"{obligation.get_absolute_url()}edit/",
        first_open(obligation).get_absolute_url(),
        vendor.get_absolute_url(),
    ):
        assert browser.get(address).status_code == 200, address
