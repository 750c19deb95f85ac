"""What is wrong with a review's file, in sentences with the place as a JSON pointer?"""

from typing import Any

from pydantic import ValidationError

from accounts.permissions import Refused

MOST_SHOWN = 20

_WORDS = {
    "missing": "is missing.",
    "extra_forbidden": "is not a field of this format.",
    "string_type": "must be text.",
    "string_too_short": "must not be empty.",
    "string_too_long": "has more than {max_length} characters.",
    "too_long": "has more than {max_length} entries.",
    "too_short": "must not be empty.",
    "int_type": "must be a whole number.",
    "bool_type": "must be true or false.",
    "list_type": "must be a list.",
    "dict_type": "must hold named fields.",
    "model_type": "must hold named fields.",
    "model_attributes_type": "must hold named fields.",
    "greater_than_equal": "must be at least {ge}.",
    "less_than_equal": "must be at most {le}.",
    "enum": "must be one of {expected}.",
    "literal_error": "must be {expected}.",
    "none_required": "must be null.",
    "timezone_aware": "must name its time zone, such as 2026-11-22T09:00:00Z.",
}


class Wrong(Refused):
    """The file is refused. `sentences` say why, each with its place."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def sentences(error: ValidationError) -> list[str]:
    """One sentence for each mistake of shape, the first of them; the rest is counted."""
    if (first := error.errors(include_url=False, include_input=False)[0])["type"] == "json_invalid":
        return [f"review.json is no readable JSON: {first['ctx']['error']}."]
    return shortened([_sentence(each) for each in error.errors(include_url=False, include_input=False)])


def shortened(found: list[str]) -> list[str]:
    unique = list(dict.fromkeys(found))
    more = len(unique) - MOST_SHOWN
    return unique if more <= 0 else [*unique[:MOST_SHOWN], f"And {more} more."]


def _sentence(error: Any) -> str:
    if error["type"] == "string_pattern_mismatch":
        words = f"must match {error['ctx']['pattern']}."
        if error["ctx"]["pattern"] == r"^[^\x00]*$":
            words = "holds a NUL character, which no text has."
    elif error["type"].startswith(("date", "datetime")):
        words = "must be a date or a moment as ISO 8601 writes it."
    else:
        words = _WORDS.get(error["type"], f"is wrong: {error['msg']}.").format(**error.get("ctx", {}))
    return f"{pointer(error['loc'])}: {words}"


def pointer(loc: Any) -> str:
    """A place as RFC 6901 writes it; what a value could have been is no part of it."""
    steps = [str(step) for step in loc if isinstance(step, int) or step.islower() or step == "[key]"]
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps) or "/"
