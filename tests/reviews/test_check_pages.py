"""Can checks be read, set aside and taken up again in the browser?"""

import re

from django.urls import reverse

from audit.models import Event
from reviews import checks, dismissals
from reviews.models import Dismissal
from reviews.templatetags.reviews import in_words
from tests.reviews.conftest import fresh, text_of


def page_of(review):
    return reverse("reviews:checks", args=[review.slug])


def unowned(review):
    return next(each for each in checks.of(fresh(review)) if each.key == "unowned")


def test_the_page_says_why_by_which_rule_what_next_and_what_is_fine(browser_of, small, reviewer):
    text = text_of(browser_of(reviewer).get(page_of(small)))
    assert "2 ask for attention" in text
    assert (
        "Statement 12 has no owner, so nobody can sign there. What nobody owns can be worked on, and not signed. Rule 1"
        in text
    )
    assert "Accept the suggested roles, or give each an owner." in text
    assert "Looked at, and fine" in text
    assert "Only the review lead or the review's CISO sets a check aside." in text


def test_the_lead_sets_aside_and_takes_up_again(browser_of, small, lead):
    each, browser = unowned(small), browser_of(lead)
    sent = {"key": each.key, "subject": "", "fingerprint": each.fingerprint}
    refused = browser.post(reverse("reviews:check_dismiss", args=[small.slug]), sent | {"reason": ""})
    assert refused.status_code == 422
    assert "Say why this check is set aside." in text_of(refused)
    text = text_of(
        browser.post(reverse("reviews:check_dismiss", args=[small.slug]), sent | {"reason": "Later."}, follow=True)
    )
    assert "Set aside because: Later." in text
    assert "1 asks for attention" in text
    history = text_of(browser.get(reverse("reviews:dismissals", args=[small.slug])))
    assert "It said: Statement 12 has no owner" in history
    assert in_words(Event.objects.newest_first().first()) == f"set a check aside: {each.why}"
    row = Dismissal.objects.get()
    text = text_of(browser.post(reverse("reviews:check_take_up", args=[small.slug, row.pk]), follow=True))
    assert "2 ask for attention" in text


def test_what_was_typed_stays_when_the_facts_changed_meanwhile(browser_of, small, lead):
    sent = {"key": "unowned", "subject": "", "fingerprint": "of then", "reason": "As discussed."}
    page = browser_of(lead).post(reverse("reviews:check_dismiss", args=[small.slug]), sent)
    assert page.status_code == 422
    assert re.search(r'<details class="cs-confirm" open>.*?As discussed\.</textarea>', page.content.decode(), re.DOTALL)


def test_the_sync_of_a_review_says_how_many_checks_ask_for_attention(browser_of, small, lead):
    page = reverse("reviews:review_sync", args=[small.slug])
    assert "2 checks ask for attention" in text_of(browser_of(lead).get(page))
    each = unowned(small)
    dismissals.dismiss(small, by=lead, key=each.key, subject="", fingerprint=each.fingerprint, reason="Later.")
    assert "1 check asks for attention" in text_of(browser_of(lead).get(page))
