"""Is a review that was moved what it was before?"""

import json

from tests.reviews.twin.conftest import moved, packed, said


def comparable(content):
    """Without what belongs to an installation: ids, instants of the export, the history there, who leads."""
    content = json.loads(json.dumps(content))
    numbers = {each["number"]: place for place, each in enumerate(content["evidence"])}
    for name in ("exported_at", "installation", "history", "names", "vendor", "exported_by"):
        del content[name]
    content["deployment"]["number"] = content["review"]["slug"] = None

    def renumbered(value):
        if isinstance(value, list):
            return [renumbered(each) for each in value]
        if isinstance(value, dict):
            return {
                name: numbers[each] if name == "evidence" and isinstance(each, int) else renumbered(each)
                for name, each in value.items()
            }
        return value

    for each in content["evidence"]:
        each["number"] = numbers[each["number"]]
    return renumbered(content)


def test_a_moved_review_says_the_same_again(full, target, lead):
    first = packed(full, lead)
    here = moved(target, first, lead)
    second = packed(here, lead)
    assert comparable(said(second)) == comparable(said(first))
    assert second.keys() == first.keys()
