"""Does the published schema say what is written, and is no column forgotten?"""

import json

import jsonschema
import pytest

from reviews.management.commands.review_format import PATH, text
from reviews.twin import packing
from reviews.twin.tables import BY_HAND, left_over


def test_the_published_schema_is_made_from_the_format():
    assert PATH.read_text(encoding="utf-8") == text(), "run manage.py review_format"


def test_every_column_of_what_travels_is_in_the_file_or_stays_behind_on_purpose():
    assert {form.__name__: left_over(form) for form in BY_HAND if left_over(form)} == {}


def test_what_leaves_is_valid_by_the_published_schema_and_what_is_unknown_is_not(full, lead):
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    content = json.loads(packing.json_alone(full, by=lead).raw)
    validator.validate(content)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(content | {"colour": "red"})
