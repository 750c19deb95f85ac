"""Who plays on the cluster? People by role; the five stakeholders are called as their roles are."""

ADMINISTRATOR, LEAD, AUDITOR, NEWCOMER = "administrator", "lead", "auditor", "newcomer"
SIGNERS = ("ciso", "compliance_officer", "privacy_officer", "it_security", "legal")
# The first two prepare the main job, the others save and upload all the time.
REVIEWERS = tuple(f"reviewer_{number}" for number in range(1, 9))
PASSWORD = "correct horse battery staple"


def address(name: str) -> str:
    return f"{name.replace('_', '-')}@example.com"
