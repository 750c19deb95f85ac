"""Which roles and kinds of access exist, and which named groups of them?"""

from django.db.models import TextChoices


class Role(TextChoices):
    CISO = "ciso", "CISO"
    COMPLIANCE_OFFICER = "compliance_officer", "Compliance officer"
    PRIVACY_OFFICER = "privacy_officer", "Privacy officer"
    IT_SECURITY = "it_security", "IT security"
    LEGAL = "legal", "Legal"
    LEAD = "lead", "Review lead"
    REVIEWER = "reviewer", "Reviewer"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"


STAKEHOLDERS = (Role.CISO, Role.COMPLIANCE_OFFICER, Role.PRIVACY_OFFICER, Role.IT_SECURITY, Role.LEGAL)
STAKEHOLDER_CHOICES = [(role.value, role.label) for role in STAKEHOLDERS]


class Access(TextChoices):
    """What a person may do about one vendor. The values are the permission's codenames without `_vendor`."""

    REVIEW = "review", "Reviewer: upload evidence and work on items"
    LEAD = "lead", "Review lead: open reviews, assign, work on items"
    SIGN = "sign", "Stakeholder: hold a role, sign, work on items"
    AUDIT = "audit", "Auditor: read everything, change nothing"


CONTRIBUTE = frozenset({Access.REVIEW, Access.LEAD, Access.SIGN})
SEES_AUDIT = frozenset({Access.AUDIT, Access.LEAD, Access.SIGN})
