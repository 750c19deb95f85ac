"""Who works on the cluster, and on what? `manage.py shell` runs it on a web host; it prints as JSON what people choose from lists.

People are made as their administrator makes them, with a password set at once instead of by a mailed link.
"""

import json
import sys

import boto3
from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts import people
from accounts.choices import STAKEHOLDERS, Access, Role
from accounts.models import User
from reviews.models import Checklist
from tests.cluster.cast import ADMINISTRATOR, AUDITOR, LEAD, PASSWORD, REVIEWERS, address
from vendors import register


def main() -> None:
    files = settings.STORAGES["default"]["OPTIONS"]
    boto3.client(
        "s3",
        endpoint_url=files["endpoint_url"],
        region_name=files["region_name"],
        aws_access_key_id=files["access_key"],
        aws_secret_access_key=files["secret_key"],
    ).create_bucket(Bucket=files["bucket_name"], CreateBucketConfiguration={"LocationConstraint": files["region_name"]})
    administrator = people.make_administrator(email=address(ADMINISTRATOR), name="Administrator")
    hashed = make_password(PASSWORD)
    cast = {name: _person(name, role, administrator) for name, role in _roles().items()}
    User.objects.update(password=hashed)
    lead = cast[LEAD]
    vendor = register.create_vendor(by=lead, name="Anthropic")
    for name, person in cast.items():
        if name != LEAD:
            register.give_access(vendor, person, _access(name), by=lead)
    deployment = register.add_deployment(
        vendor,
        by=lead,
        name="Claude Enterprise",
        channel="claude_enterprise",
        data_classes=["internal", "confidential"],
        regimes=["gdpr", "hipaa"],
    )
    chosen = {
        "vendor": vendor.slug,
        "deployment": deployment.pk,
        "checklist": Checklist.objects.get().pk,
        "holders": {role.value: cast[role.value].pk for role in STAKEHOLDERS},
        "owners": dict(Checklist.objects.get().statements.values_list("number", "owner_role")),
    }
    json.dump(chosen, sys.stdout)


def _roles() -> dict[str, Role]:
    return (
        {role.value: role for role in STAKEHOLDERS}
        | dict.fromkeys(REVIEWERS, Role.REVIEWER)
        | {LEAD: Role.LEAD, AUDITOR: Role.AUDITOR}
    )


def _access(name: str) -> Access:
    return Access.AUDIT if name == AUDITOR else Access.REVIEW if name in REVIEWERS else Access.SIGN


def _person(name: str, role: Role, administrator: User) -> User:
    return people.create_person(
        name=name.replace("_", " ").capitalize(), email=address(name), role=role, by=administrator
    )
