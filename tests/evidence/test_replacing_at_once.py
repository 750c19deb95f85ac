"""What happens when two people change the same evidence at the same moment? (real connections, PostgreSQL)"""

import threading
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts.permissions import Refused
from evidence import library
from evidence.models import Evidence, Version
from tests.at_once import at_once
from tests.evidence.samples import PDF, stored_files

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


def upload(content, name="report.pdf"):
    return SimpleUploadedFile(name, content)


def test_two_newer_versions_at_once_become_two_and_three(add, reviewer, lead):
    for number in range(ROUNDS):
        evidence = add()
        answers = at_once(
            partial(library.add_version, evidence, by=reviewer, upload=upload(PDF + b"a%d" % number)),
            partial(library.add_version, evidence, by=lead, upload=upload(PDF + b"b%d" % number)),
        )
        assert {version.number for version in answers} == {2, 3}


def test_the_same_file_added_twice_at_once_is_there_once(vendor, reviewer, lead, files_dir):
    said = {"kind": "policy", "confidentiality": "internal"}
    for number in range(ROUNDS):
        content = PDF + b"%d" % number
        answers = at_once(
            partial(library.add_file, vendor, upload(content), by=reviewer, **said),
            partial(library.add_file, vendor, upload(content), by=lead, **said),
        )
        assert {type(answer) for answer in answers} == {Evidence, Refused}
        assert Version.objects.count() == number + 1
    assert len(stored_files(files_dir)) == ROUNDS


def test_rule_6_a_replacement_waits_for_whoever_holds_the_evidence(add, reviewer):
    evidence = add()
    held, go = threading.Event(), threading.Event()
    seen = []

    def sign():
        with transaction.atomic():
            Evidence.objects.select_for_update().get(pk=evidence.pk)
            held.set()
            go.wait(10)
            seen.append(Evidence.objects.get(pk=evidence.pk).current.number)

    def replace():
        held.wait(10)
        threading.Timer(0.3, go.set).start()
        return library.add_version(evidence, by=reviewer, upload=upload(PDF + b"new")).number

    assert at_once(sign, replace)[1] == 2
    assert seen == [1]
