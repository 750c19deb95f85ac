"""What do people see and do on the pages of a data classification policy?"""

import pytest
from django.urls import reverse

from reviews.choices import PolicyState
from reviews.models import Policy, PolicySignature
from reviews.policy import policies
from tests.cast import PASSWORD
from tests.reviews.conftest import field, text_of, textarea
from tests.reviews.policy.policy import in_force, signed_by, submitted


def form_of(policy, **changes):
    """What the form of the draft sends."""
    sent = {"purpose": policy.purpose, "valid_until": policy.valid_until, "version": policy.version}
    for level in policy.levels:
        names = ("meaning", "examples", "controls", "channels")
        sent |= {f"{level['data_class']}_{name}": level[name] for name in names}
    return sent | changes


def act(policy, name):
    return reverse(f"reviews:policy_{name}", args=[policy.vendor.slug, policy.number])


def test_a_policy_goes_from_nothing_to_in_force_in_the_browser(vendor, reviewer, ciso, stakeholders, browser_of):
    home = reverse("reviews:policy_home", args=[vendor.slug])
    assert "Nothing says which data Anthropic may be given." in text_of(browser_of(reviewer).get(home))
    browser_of(reviewer).post(reverse("reviews:policy_begin", args=[vendor.slug]))
    policy = Policy.objects.get()
    sent = form_of(policy, purpose="What may leave the house.", confidential_channels=["claude_api", "vertex"])
    browser_of(reviewer).post(act(policy, "edit"), sent)
    browser_of(reviewer).post(act(policy, "submit"))
    for role in ("compliance_officer", "legal", "ciso"):
        client = browser_of(stakeholders[role])
        page = client.get(policy.get_absolute_url())
        said = {"shown": field(page, "shown"), "role": field(page, "role"), "password": PASSWORD}
        signed = client.post(act(policy, "sign"), said, follow=True)
    assert "Signed. All three have: it is in force." in text_of(signed)
    page = text_of(browser_of(reviewer).get(home))
    assert "What may leave the house." in page
    assert "Version 1, in force since" in page
    assert policies.levels_of(policies.in_force(vendor))[2]["channels"] == ["claude_api", "vertex"]


def test_a_wrong_password_signs_nothing(vendor, reviewer, ciso, browser_of):
    policy = submitted(vendor, reviewer)
    client = browser_of(ciso)
    shown = field(client.get(policy.get_absolute_url()), "shown")
    answer = client.post(act(policy, "sign"), {"shown": shown, "role": "ciso", "password": "wrong"})
    assert (answer.status_code, PolicySignature.objects.count()) == (422, 0)
    assert "this is not your password" in text_of(answer)


def test_what_changed_since_is_shown_as_a_difference_before_signing(vendor, reviewer, ciso, browser_of):
    policy = submitted(vendor, reviewer)
    client = browser_of(ciso)
    shown = field(client.get(policy.get_absolute_url()), "shown")
    policies.take_back(policy, by=reviewer)
    policies.submit(policies.change(policy, by=reviewer, version=1, purpose="Other words."), by=reviewer)
    answer = client.post(act(policy, "sign"), {"shown": shown, "role": "ciso", "password": PASSWORD})
    assert answer.status_code == 422
    assert "What changed while you were reading" in text_of(answer)
    assert '<ins class="cs-text">Other words.</ins>' in answer.content.decode()
    assert PolicySignature.objects.count() == 0


def test_a_stale_form_keeps_what_was_typed_and_shows_both_texts(vendor, reviewer, lead, browser_of):
    draft = policies.begin(vendor, by=reviewer)
    policies.change(draft, by=lead, version=1, purpose="Saved by the lead.")
    answer = browser_of(reviewer).post(act(draft, "edit"), form_of(draft, purpose="Typed by the reviewer."))
    assert answer.status_code == 422
    assert textarea(answer, "purpose") == "Typed by the reviewer."
    assert "Saved by the lead." in text_of(answer)
    again = browser_of(reviewer).post(
        act(draft, "edit"), form_of(draft, purpose="Both.", version=field(answer, "version"))
    )
    assert (again.status_code, Policy.objects.get().purpose) == (302, "Both.")


def test_who_wrote_it_reads_why_they_do_not_sign(vendor, reviewer, ciso, browser_of):
    draft = policies.begin(vendor, by=ciso)
    policies.submit(draft, by=reviewer)
    page = browser_of(ciso).get(draft.get_absolute_url())
    assert "You wrote some of this policy. Someone else has to sign it." in text_of(page)
    assert 'name="shown"' not in page.content.decode()


def test_a_signer_returns_it_with_a_comment_and_withdraws_a_signature(
    vendor, reviewer, legal, stakeholders, browser_of
):
    policy = submitted(vendor, reviewer)
    empty = browser_of(legal).post(act(policy, "take_back"), {"reason": ""})
    assert "Say what is missing" in text_of(empty)
    unkept = browser_of(legal).post(act(policy, "take_back"), {"reason": "Name\x00"})
    assert "Null characters are not allowed." in text_of(unkept)
    browser_of(legal).post(act(policy, "take_back"), {"reason": "Name the contract."})
    assert Policy.objects.get().state == PolicyState.DRAFT
    policies.submit(policy, by=reviewer)
    for person in (stakeholders["ciso"], legal, stakeholders["compliance_officer"]):
        signed_by(policy, person)
    withdraw = reverse("reviews:policy_withdraw_signature", args=[vendor.slug, 1, "legal"])
    page = text_of(browser_of(legal).post(withdraw, {"reason": "The contract changed."}, follow=True))
    assert "The signature as Legal was withdrawn: The contract changed." in page
    assert policies.in_force(vendor) is None


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("vendors:vendor", "Version 1 , in force since"),
        ("vendors:deployment", "Used, not allowed"),
        ("reviews:review", "Beyond the policy. Claude Enterprise is meant to carry confidential data"),
    ],
)
def test_vendor_deployment_and_review_say_what_the_policy_means_for_them(
    small, vendor, reviewer, stakeholders, browser_of, where, words
):
    in_force(vendor, reviewer, stakeholders)
    addresses = {"vendors:vendor": vendor, "vendors:deployment": small.deployment, "reviews:review": small}
    assert words in text_of(browser_of(reviewer).get(addresses[where].get_absolute_url()))


def test_markup_in_a_policy_is_text_and_words_of_another_script_keep_their_direction(vendor, reviewer, browser_of):
    draft = policies.begin(vendor, by=reviewer)
    policies.change(draft, by=reviewer, version=1, purpose="<b>سياسة</b> البيانات")
    page = browser_of(reviewer).get(draft.get_absolute_url()).content.decode()
    assert '<p class="cs-text" dir="auto">&lt;b&gt;سياسة&lt;/b&gt; البيانات</p>' in page


def test_the_page_asks_as_often_for_one_version_as_for_many(
    vendor, reviewer, stakeholders, ciso, browser_of, django_assert_num_queries
):
    policy = in_force(vendor, reviewer, stakeholders)
    client = browser_of(ciso)
    client.get(policy.get_absolute_url())
    with django_assert_num_queries(12):
        client.get(policy.get_absolute_url())
    for _ in range(9):
        draft = policies.begin(vendor, by=reviewer, from_policy=policy)
        policies.withdraw_draft(draft, by=reviewer, reason="No.")
    with django_assert_num_queries(12):
        client.get(policy.get_absolute_url())
