"""What may be written down when something was done, and what never? (rule 21)"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.permissions import Refused
from reviews.choices import BY_REVIEW, Duty
from reviews.recurring import access_lists, completions
from reviews.recurring.duties import REOPENS
from tests.reviews.recurring.dates import ANSWERS


def upload(content, name="people.csv"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def rows(content):
    return [(row["who"], row["access"]) for row in access_lists.from_file(upload(content))]


def test_every_duty_that_is_recorded_has_its_questions():
    assert set(completions.FIELDS) == set(Duty) - set(BY_REVIEW)


@pytest.mark.parametrize("duty", completions.FIELDS)
def test_what_is_asked_is_kept_and_nothing_else(duty):
    assert completions.checked(duty, ANSWERS[duty] | {"other": "x"}, found=False) == ANSWERS[duty]


@pytest.mark.parametrize("duty", completions.FIELDS)
def test_an_empty_answer_is_refused_by_its_name(duty):
    first = completions.FIELDS[duty][0]
    with pytest.raises(Refused, match=f"“{first.label}” is empty"):
        completions.checked(duty, ANSWERS[duty] | {first.name: ""}, found=False)


@pytest.mark.parametrize(
    "secret",
    [
        "sk-ant-api03-abcdefgh12345678",
        "the old one was sk-proj_1234567890",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "ghp_012345678901234567890123456789",
    ],
)
def test_a_key_itself_is_never_recorded(secret):
    with pytest.raises(Refused, match="never the key itself"):
        completions.checked(Duty.KEY_ROTATION, ANSWERS[Duty.KEY_ROTATION] | {"keys": secret}, found=False)
    line = {"who": "Reviewer", "access": secret, "verdict": "kept", "why": ""}
    with pytest.raises(Refused, match="never the key itself"):
        completions.checked(Duty.ACCESS_REVIEW, {"rows": [line]}, found=False)


@pytest.mark.parametrize("name", ["production-1", "risk-assessment of task-1234567890", "the key in desk-12345678"])
def test_a_keys_name_is_no_secret(name):
    assert (
        completions.checked(Duty.KEY_ROTATION, ANSWERS[Duty.KEY_ROTATION] | {"keys": name}, found=False)["keys"] == name
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"who": " "}, "does not say who"),
        ({"verdict": ""}, "Reviewer: say whether"),
        ({"verdict": "removed"}, "Reviewer: say why"),
    ],
)
def test_a_line_of_an_access_review_says_who_and_what_became_of_it(change, words):
    line = {"who": "Reviewer", "access": "Reviewer", "verdict": "kept", "why": ""} | change
    with pytest.raises(Refused, match=words):
        completions.checked(Duty.ACCESS_REVIEW, {"rows": [line]}, found=False)


def test_more_lines_than_fit_are_refused():
    line = {"who": "Reviewer", "access": "", "verdict": "kept", "why": ""}
    completions.checked(Duty.ACCESS_REVIEW, {"rows": [line] * 200}, found=False)
    with pytest.raises(Refused, match="More than 200 lines"):
        completions.checked(Duty.ACCESS_REVIEW, {"rows": [line] * 201}, found=False)


def test_the_people_here_are_those_with_a_grant(vendor, lead, reviewer, auditor, stranger):
    assert [(row["who"], row["access"]) for row in access_lists.from_grants(vendor)] == [
        ("Auditor (auditor@example.com)", "Auditor"),
        ("Lead (lead@example.com)", "Review lead"),
        ("Reviewer (reviewer@example.com)", "Reviewer"),
    ]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a@example.com\nb@example.com\n", [("a@example.com", ""), ("b@example.com", "")]),
        ("a@example.com,admin\n\n  ,\nb@example.com , user\n", [("a@example.com", "admin"), ("b@example.com", "user")]),
        ("Name;E-Mail;Role\nA;a@example.com;admin\n", [("a@example.com", "admin")]),
        ("\ufeffuser\tgroup\nÄnne\tadmin\n", [("Änne", "admin")]),
        ('"Last, first",admin\r\n', [("Last, first", "admin")]),
        ("user\na@example.com\n".encode("utf-16"), [("a@example.com", "")]),
    ],
)
def test_a_list_from_elsewhere_is_read(content, found):
    assert rows(content) == found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("\n , \n", "empty"),
        ("E-mail,Role\n", "empty"),
        ("Jörg".encode("latin-1"), "not in UTF-8"),
        (b"PK\x03\x04\x00\x00", "no text"),
        ("x" * 1_000_001, "larger than 1 MB"),
        ("x" * 200_000, "could not be read as CSV"),
        ("\n".join(f"p{number}@example.com" for number in range(201)), "201 lines, and 200 fit"),
    ],
)
def test_what_is_no_list_is_a_sentence(content, words):
    with pytest.raises(Refused, match=words):
        rows(content)


def test_the_statements_a_failure_opens_are_statements_of_the_list(checklist_file):
    numbers = {statement.number for statement in checklist_file.statements}
    assert REOPENS == {
        Duty.DRILL: (12, 43),
        Duty.ACCESS_REVIEW: (34,),
        Duty.SPOT_CHECK: (16, 24),
        Duty.KEY_ROTATION: (37,),
    }
    assert {number for chosen in REOPENS.values() for number in chosen} <= numbers
