"""What does a data classification policy say on one page of A4, and who may have it?"""

from unicodedata import east_asian_width

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.text import slugify

from evidence.validity import in_words
from reviews.choices import PolicyState
from reviews.models import Policy
from reviews.permissions import POLICY_SIGNERS
from reviews.policy import policies

# So wide a text, counted in narrow characters, is printed smaller, so that the whole stays one page.
MUCH = 1900


def find(user, subject):
    """The policy of this id, or None for whoever may not see it."""
    if not subject.isdecimal() or len(subject) > 18:
        return None
    visible = Policy.objects.visible_to(user).select_related("vendor", "submitted_by")
    return visible.prefetch_related("signatures").filter(pk=int(subject)).first()


def file_name(policy):
    return f"data-classification-policy-{slugify(policy.vendor.name)}-{policy.number}"


def printed(policy):
    """All that the page prints, in words."""
    given = policies.signed(policy) if policies.is_frozen(policy) else {}
    said = policies.as_it_reads(policy)
    return {
        "small": _width(said) > MUCH,
        "vendor": policy.vendor.name,
        "number": policy.number,
        "state": policies.state_in_words(policy),
        "counts": policy.state == PolicyState.IN_FORCE,
        "purpose": said["purpose"],
        "levels": policies.in_lines(policy),
        "again": in_words(policy.valid_until) if policy.valid_until else "",
        "submitted_by": policy.submitted_by.name if policy.submitted_by else "",
        "signatures": [_signature(role.label, given.get(role)) for role in POLICY_SIGNERS],
        "digest": policy.digest if policies.is_frozen(policy) else "",
    }


def _signature(label, row):
    if row is None:
        return {"role": label, "name": "", "when": "", "digest": ""}
    when = format_date(timezone.localtime(row.signed_at), "j F Y, H:i T")
    return {"role": row.signer_role, "name": row.signer_name, "when": when, "digest": row.digest[:16]}


def _width(said):
    texts = [said["purpose"], *(level[name] for level in said["levels"] for name in policies.LIMITS)]
    return sum(2 if east_asian_width(character) in "WF" else 1 for text in texts for character in text)
