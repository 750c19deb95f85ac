"""Whom does a name or an e-mail address in a sheet mean?

Only people who work on the vendor are known here: a sheet finds out about nobody else (rule 23).
"""

import re
from collections.abc import Iterable, Mapping

from accounts import grants
from reviews.sheet_columns import plain

LONGEST = 200  # characters
_MAIL = re.compile(r"[^\s<>,;\"()]+@[^\s<>,;\"()]+\.[^\s<>,;\"()]+")


class Directory:
    """Who works on the vendor, and what a person said whom the names of this sheet mean."""

    def __init__(self, people: Iterable, said: Mapping[str, int | None]):
        """`said`: {name in the sheet: id, or None for nobody}."""
        self.by_id = {person.pk: person for person in people}
        self.said = dict(said)
        # What was looked for without an e-mail address that settles it: shown, so that it can be chosen.
        self.named: dict[str, int | None] = {}
        self._by_mail = {person.email.casefold(): person for person in self.by_id.values()}

    def find(self, words):
        """The person, or None when nobody is certainly meant."""
        name = plain(words)[:LONGEST]
        mails = [mail.casefold() for mail in _MAIL.findall(name)]
        if len(mails) == 1 and mails[0] in self._by_mail:
            return self._by_mail[mails[0]]
        if name not in self.named:
            # An address nobody has is somebody else's, whatever the name beside it.
            known = self.said.get(name) if name in self.said or mails else self._by_name(name)
            self.named[name] = known if known in self.by_id else None
        return self.by_id.get(self.named[name])

    def _by_name(self, name):
        """Id of the only one whose name has all these words, in whatever order."""
        words = set(_words(name))
        found = [pk for pk, person in self.by_id.items() if words and words <= set(_words(person.name))]
        exactly = [pk for pk in found if words == set(_words(self.by_id[pk].name))]
        return (exactly or found)[0] if len(exactly or found) == 1 else None


def _words(name):
    return re.findall(r"[^\W_]+", name.casefold())


def directory(review, said):
    """The Directory of everybody who works on the review's vendor."""
    found = [person for person, _ in grants.people(review.deployment.vendor) if person.is_active]
    return Directory(found, said)
