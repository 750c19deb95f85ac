"""Is a data classification policy one page of paper, whatever is typed into it?"""

import pytest
from pypdf import PdfReader

from dossiers import papers
from dossiers.models import Paper
from dossiers.tasks import make_paper
from reviews.policy import policies, policy_papers
from reviews.policy.policies import LIMITS, PURPOSE_LIMIT
from tests.reviews.policy.policy import in_force
from vendors.choices import Channel


def pages_of(policy, by, files_dir):
    made = papers.request("policy", str(policy.pk), by=by)
    make_paper(made.pk)
    made = Paper.objects.get(pk=made.pk)
    assert made.error == ""
    return [page.extract_text() for page in PdfReader(files_dir / made.file.name).pages]


@pytest.mark.parametrize("text", ["W" * 600, "警" * 600, "word " * 200])
def test_the_longest_policy_is_one_page(vendor, reviewer, stakeholders, auditor, files_dir, text):
    levels = [
        {"data_class": level["data_class"], "channels": Channel.values}
        | {name: text[:limit] for name, limit in LIMITS.items()}
        for level in policies.begin(vendor, by=reviewer).levels
    ]
    policies.withdraw_draft(policies.in_work(vendor), by=reviewer, reason="Only its classes are wanted.")
    policy = in_force(vendor, reviewer, stakeholders, purpose=text[:PURPOSE_LIMIT], levels=levels)
    pages = pages_of(policy, auditor, files_dir)
    assert len(pages) == 1
    words = " ".join(pages[0].split())
    assert "version 2, in force since" in words
    assert "signed by Compliance officer" in words


def test_who_may_not_see_the_vendor_gets_no_paper(vendor, reviewer, stakeholders, stranger, auditor):
    policy = in_force(vendor, reviewer, stakeholders)
    assert policy_papers.find(auditor, str(policy.pk)) == policy
    assert policy_papers.find(stranger, str(policy.pk)) is None
    assert policy_papers.find(auditor, "9" * 40) is None
