"""Who works in the benchmark's organisation, and on which vendors? Everybody signs in with PASSWORD."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission

from accounts.choices import STAKEHOLDERS, Access, Role
from accounts.models import User
from vendors.models import VendorUserObjectPermission

PASSWORD = "a long password for measuring"
REVIEWERS, COLLEAGUES = 8, 20


@dataclass(frozen=True)
class People:
    lead: User
    stakeholders: dict[Role, User]
    reviewers: list[User]
    auditor: User
    colleagues: list[User]

    def reviewer_of(self, vendor_number):
        return self.reviewers[vendor_number % REVIEWERS]


def hire(book):
    """One lead, one holder of each role and one auditor for all vendors; reviewers and colleagues share them."""
    hashed = make_password(PASSWORD)

    def person(name, role):
        email = f"{name.lower().replace(' ', '-')}@example.com"
        return book.add(User, email=email, name=name, role=role, password=hashed)

    person("Administrator", Role.ADMINISTRATOR)
    return People(
        lead=person("Review lead", Role.LEAD),
        stakeholders={role: person(role.label, role) for role in STAKEHOLDERS},
        reviewers=[person(f"Reviewer {number}", Role.REVIEWER) for number in range(1, REVIEWERS + 1)],
        auditor=person("Auditor", Role.AUDITOR),
        colleagues=[person(f"Colleague {number}", Role.AUDITOR) for number in range(1, COLLEAGUES + 1)],
    )


def grants_on(people, vendor_number):
    """`[(person, access)]` of everybody who may do something about this vendor."""
    return [
        (people.lead, Access.LEAD),
        *((person, Access.SIGN) for person in people.stakeholders.values()),
        (people.reviewer_of(vendor_number), Access.REVIEW),
        (people.auditor, Access.AUDIT),
        *((people.colleagues[(vendor_number * step) % COLLEAGUES], Access.AUDIT) for step in (3, 7) if vendor_number),
    ]


def give(book, people, vendor, vendor_number):
    permissions = {
        row.codename: row
        for row in Permission.objects.filter(content_type__app_label="vendors", codename__endswith="_vendor")
    }
    given = dict.fromkeys((person.pk, access) for person, access in grants_on(people, vendor_number))
    for person_id, access in given:
        book.add(
            VendorUserObjectPermission,
            user_id=person_id,
            permission=permissions[f"{access}_vendor"],
            content_object=vendor,
        )
    return len(given)
