"""Which item does each row of a sheet speak of, by what is that known, and how surely?

By the hidden id; by the number; by category and position, as numbers may begin anew in each category; by the wording,
which may be shortened or misspelt. Words weigh more than numbers, because people re-number and sort: where the two
disagree, words that fit one statement nearly exactly win and less certain ones are refused, and both are said.
Pure: it knows statements, not the database.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from rapidfuzz import fuzz, process

from reviews.choices import MatchedBy
from reviews.imports.values import short
from reviews.sheet_columns import plain

ALIKE = 75  # per cent of likeness from which words may mean a statement
CERTAIN = 92  # from here on they outweigh a number that says something else
APART = 8  # the next best must be this much less alike, or nobody knows which is meant
UNSURE = 80  # per cent of confidence below which a row is shown and not taken unless somebody says so
MOST_COMPARED = 40  # statements compared with one row's words in earnest
SMALL = 600  # statements up to which all are looked through when no rare word helps
LIKE_A_CATEGORY = 84
LONGEST_CATEGORY = 200  # characters; in longer texts looking for brackets takes long


@dataclass(frozen=True)
class Known:
    """A statement that rows may speak of; `pk` is its item's."""

    pk: int
    number: int
    category: str
    position: int
    text: str


@dataclass(frozen=True)
class Asked:
    """What one row says about which statement it means; everything as it stands there, "" for nothing."""

    place: str
    words: str = ""
    number: str = ""
    category: str = ""
    position: str = ""
    id: str = ""


@dataclass(frozen=True)
class Match:
    """The item, by what it was found, and per cent; or no item and the sentence why. `remark` is shown beside a match."""

    item: int | None = None
    by: str = ""
    confidence: int = 0
    problem: str = ""
    remark: str = ""
    place_of: str = ""  # of which column the problem speaks: its name


# Words and numbers as they are compared

_NUMBERED = re.compile(
    r"\s*(?:(?:item|no|nr|number|point|statement|question|control|punkt|frage|q)\b[.:]?\s*#?|#)\s*(\d{1,5})(?:[.):\-–—]*\s+|[.):\-–—]+|$)"
    r"|\s*(\d{1,5})(?:\s*[.):\-–—]+\s*(?!\d)|$|\s+(?=[A-ZÄÖÜ]))",
    re.IGNORECASE,
)
_OF_CATEGORY = re.compile(r"\s*(\d{1,2})\.(\d{1,3})\.?(?=\s|$)")
_NUMBER = re.compile(r"(?:\D{0,12}?)#?(\d{1,5})(?:\.0+)?\s*[.):]*")


@lru_cache(maxsize=50_000)
def normal(words: str) -> str:
    """Words as they are compared: no number before them, no punctuation, small letters, one spelling of what varies."""
    said = unicodedata.normalize("NFKC", plain(words))
    said = said[leading(said)[1] :].casefold().replace("&", " and ").replace("’", "'").replace("'s", "s")
    said = re.sub(r"[^\w]+", " ", said).replace("_", " ")
    return " ".join(re.sub(r"\b(soc|tls|aes|saml|iso) (?=\d)", r"\1", said).split())


def leading(said: str) -> tuple[str, int]:
    """`(number before the words, where these begin)`: "17" of “17. Data …”, "2.3" of “2.3 Data …”, "" without one."""
    if found := _OF_CATEGORY.match(said):
        return f"{found[1]}.{found[2]}", found.end()
    if found := _NUMBERED.match(said):
        return found[1] or found[2], found.end()
    return "", 0


def number_of(said: str) -> int | None:
    """17 of “17”, “17.”, “#17”, “Item 17”, “No. 17)”."""
    found = _NUMBER.fullmatch(plain(said))
    return int(found[1]) if found else None


@dataclass
class Statements:
    """All statements of the review, findable by number, by category and position, and by words."""

    known: Sequence[Known]
    slug: str = ""
    by_number: dict[int, Known] = field(init=False)
    by_position: dict[tuple[str, int], Known] = field(init=False)
    categories: list[str] = field(init=False)

    def __post_init__(self):
        self.by_number = {each.number: each for each in self.known}
        self.by_position = {(each.category, each.position): each for each in self.known}
        self.categories = list(dict.fromkeys(each.category for each in self.known))
        self._category: dict[str, str | None] = {}
        self._alike: dict[str, list[tuple[Known, int]]] = {}

    @cached_property
    def _exactly(self) -> dict[str, list[Known]]:
        found = defaultdict(list)
        for each in self.known:
            found[normal(each.text)].append(each)
        return found

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        """Of each word that is not in many statements, in which it is."""
        found = defaultdict(list)
        for index, each in enumerate(self.known):
            for word in set(normal(each.text).split()):
                found[word].append(index)
        return {word: indexes for word, indexes in found.items() if len(indexes) <= max(10, len(self.known) // 20)}

    @cached_property
    def _texts(self) -> list[str]:
        return [normal(each.text) for each in self.known]

    def category(self, said: str) -> str | None:
        """The category meant, however it is spelt or numbered; None when it is none."""
        if said not in self._category:
            self._category[said] = self._category_of(said)
        return self._category[said]

    def _category_of(self, said: str) -> str | None:
        if len(said) > LONGEST_CATEGORY:
            return None
        wanted = normal(re.sub(r"\(.*?\)|\b\d+ (items?|points?|questions?|punkte|fragen)\b", " ", said))
        if not wanted:
            number = number_of(said)
            return self.categories[number - 1] if number and number <= len(self.categories) else None
        if len(wanted) > 80:
            return None
        scored = sorted(((fuzz.ratio(wanted, normal(name)), name) for name in self.categories), reverse=True)
        if scored and scored[0][0] >= LIKE_A_CATEGORY:
            return scored[0][1]
        # “Vendor” or “Incident” alone, as far as only one begins so.
        begun = [name for name in self.categories if len(wanted) > 3 and normal(name).startswith(wanted)]
        return begun[0] if len(begun) == 1 else None

    def alike(self, words: str, *meant: Known) -> list[tuple[Known, int]]:
        """The statements most like the words with their likeness in per cent, best first, at most five; and those `meant`.

        What an id or a number names is compared even so, unless the words are exactly a statement's: among a hundred of
        nearly the same words it need not be one of the five.
        """
        said = normal(words[:2000])
        if said not in self._alike:
            self._alike[said] = self._scored(said)
        found = self._alike[said]
        besides = [each for each in meant if all(each is not known for known, _ in found)]
        if not said or said in self._exactly or not besides:
            return found
        return _best_first([*found, *((each, likeness(said, normal(each.text))) for each in besides)])

    def _scored(self, said: str) -> list[tuple[Known, int]]:
        if not said:
            return []
        if exactly := self._exactly.get(said):
            return [(each, 100) for each in exactly]
        shared = Counter(index for word in set(said.split()) for index in self._by_word.get(word, ()))
        indexes = [index for index, _ in shared.most_common(MOST_COMPARED)]
        if len(self.known) <= SMALL:
            near = process.extract(said, self._texts, scorer=fuzz.token_sort_ratio, limit=5, score_cutoff=50)
            indexes = list(dict.fromkeys([*indexes, *(index for _, _, index in near)]))
        scored = [(self.known[index], likeness(said, self._texts[index])) for index in indexes]
        return _best_first(scored)[:5]


def _best_first(scored: list[tuple[Known, int]]) -> list[tuple[Known, int]]:
    return sorted((each for each in scored if each[1] >= 40), key=lambda each: (-each[1], each[0].number))


def likeness(said: str, text: str) -> int:
    """Per cent: 100 for the same words, less for misspelt ones, and less the more of the statement is left out."""
    covered = min(1.0, len(said) / max(1, len(text)))
    of_words = fuzz.token_set_ratio(said, text) * (0.55 + 0.45 * covered**0.5)
    return int(max(fuzz.token_sort_ratio(said, text), of_words))


# The rows


def match(rows: Sequence[Asked], statements: Statements, chosen: dict[int, int] | None = None) -> list[Match]:
    """One Match for each row, in their order. `chosen` is {index of a row: item a person chose for it}.

    Two rows that speak of one item are both found here; whether that is a contradiction depends on what they say.
    """
    table = _Table(rows, statements)
    chosen = chosen or {}
    return [
        Match(chosen[index], MatchedBy.PERSON, 100) if index in chosen else table.match(index)
        for index in range(len(rows))
    ]


class _Table:
    """What only all rows together tell: whether numbers begin anew, and in which category each row then is."""

    def __init__(self, rows: Sequence[Asked], statements: Statements):
        self.rows, self.statements = rows, statements
        self.numbers = [_number(row) for row in rows]
        given = [number for number in self.numbers if isinstance(number, int)]
        falls = any(later < earlier for earlier, later in pairwise(given))
        self.begin_anew = falls and len(set(given)) < len(given)
        self.derived = _categories_by_run(self.numbers, statements) if self.begin_anew else {}

    def match(self, index: int) -> Match:
        row = self.rows[index]
        if row.id and "/" in row.id:
            return self._by_id(row)
        category = self.statements.category(row.category) if row.category else self.derived.get(index)
        named = self._named(index, category)
        if row.words and normal(row.words):
            return self._by_words(row, named, category)
        if len(named) == 1:
            each, by = named[0]
            return Match(each.pk, by, 90 if index in self.derived and not row.category else 100)
        return Match(problem=_nobody_knows(row, named), place_of="number" if row.number else "item")

    def _by_id(self, row: Asked) -> Match:
        slug, _, given = plain(row.id).rpartition("/")
        if slug != self.statements.slug:
            return Match(problem=f"“{short(row.id)}” is an item of another review.", place_of="id")
        each = self.statements.by_number.get(int(given)) if given.isdecimal() and len(given) < 6 else None
        if each is None:
            return Match(problem=f"This review has no statement {short(given)}.", place_of="id")
        alike = self.statements.alike(row.words, each) if row.words else []
        if alike and alike[0][1] >= CERTAIN and dict(alike).get(each, 0) <= alike[0][1] - APART:
            return Match(
                problem=f"The hidden id is that of statement {each.number}, the words are those of statement "
                f"{alike[0][0].number}: the sheet was sorted or filled in part. Say which is meant.",
                place_of="id",
            )
        return Match(each.pk, MatchedBy.ID, 100)

    def _named(self, index: int, category: str | None) -> list[tuple[Known, str]]:
        """The statements that number, category and position may mean, the likelier reading first."""
        row, number, known = self.rows[index], self.numbers[index], self.statements
        position = number_of(row.position) if row.position else None
        if isinstance(number, tuple):
            part, position = number
            category = known.categories[part - 1] if 0 < part <= len(known.categories) else category
            number = None
        if category and position is not None:
            exactly = known.by_position.get((category, position))
            return [(exactly, MatchedBy.POSITION)] if exactly else []
        number = position if number is None else number
        if not isinstance(number, int):
            return []
        through = known.by_number.get(number)
        if category:
            within = known.by_position.get((category, number))
            through = through if through and through.category == category else None
            both = [(through, MatchedBy.NUMBER), (within, MatchedBy.POSITION)]
            found = [each for each in (reversed(both) if self.begin_anew else both) if each[0]]
            return found[:1]  # type: ignore[return-value]
        if not self.begin_anew:
            return [(through, MatchedBy.NUMBER)] if through else []
        within_any = (known.by_position.get((name, number)) for name in known.categories)
        return [(each, MatchedBy.POSITION) for each in within_any if each]

    def _by_words(self, row: Asked, named: list[tuple[Known, str]], category: str | None) -> Match:
        alike = self.statements.alike(row.words, *(each for each, _ in named))
        best = alike[0][1] if alike else 0
        close = [(each, score) for each, score in alike if score >= ALIKE and score > best - APART]
        agreed = [(each, score, by) for each, score in close for other, by in named if other is each]
        if len(agreed) == 1:
            each, score, by = agreed[0]
            return Match(each.pk, by, max(score, 90))
        if len(close) > 1 and category:
            close = [(each, score) for each, score in close if each.category == category] or close
        if len(close) == 1:
            return self._one(row, *close[0], named)
        if not close and len(named) == 1:
            each, by = named[0]
            remark = f"The words do not resemble statement {each.number}: found by its number alone."
            return Match(each.pk, by, 60, remark=remark)
        return Match(problem=_ambiguous(alike, close), place_of="item")

    def _one(self, row: Asked, each: Known, score: int, named: list[tuple[Known, str]]) -> Match:
        if not named:
            return Match(each.pk, MatchedBy.WORDING, score)
        others = " or ".join(str(other.number) for other, _ in named[:3])
        if score >= CERTAIN:
            remark = (
                f"The number says statement {others}, the words are those of statement {each.number}: the words count."
            )
            return Match(each.pk, MatchedBy.WORDING, score - 25, remark=remark)
        return Match(
            problem=f"The number says statement {others}, the words resemble statement {each.number} ({score}%). "
            "Say which is meant.",
            place_of="item",
        )


def _number(row: Asked) -> int | tuple[int, int] | None:
    """The number the row gives, in a column of its own or before its words; a pair for “2.3”, category and position."""
    for said in (plain(row.number), plain(row.id), leading(plain(row.words))[0]):
        if found := re.fullmatch(r"(\d{1,2})\.(\d{1,3})", said):
            if not found[2].strip("0"):
                return int(found[1])
            return int(found[1]), int(found[2])
        if (number := number_of(said)) is not None:
            return number
    return number_of(row.words) if not normal(row.words) else None


def _categories_by_run(numbers: Sequence[int | tuple[int, int] | None], statements: Statements) -> dict[int, str]:
    """Where numbers begin anew as often as there are categories, the category of each row by its index, else {}."""
    runs: list[list[int]] = []
    last = None
    for index, number in enumerate(numbers):
        if not isinstance(number, int):
            continue
        if last is None or number <= last:
            runs.append([])
        runs[-1].append(index)
        last = number
    if len(runs) != len(statements.categories):
        return {}
    counts = Counter(each.category for each in statements.known)
    if any(len(run) > counts[name] for run, name in zip(runs, statements.categories, strict=True)):
        return {}
    return {index: name for run, name in zip(runs, statements.categories, strict=True) for index in run}


def _ambiguous(alike: list[tuple[Known, int]], close: list[tuple[Known, int]]) -> str:
    shown = (close or alike)[:3]
    if not shown:
        return "No statement resembles these words. Say which is meant."
    likest = "; ".join(f"{each.number}. {short(each.text, 70)} ({score}%)" for each, score in shown)
    why = "More than one statement may be meant" if close else "No statement is certainly meant"
    return f"{why}: {likest}. Say which."


def _nobody_knows(row: Asked, named: Iterable) -> str:
    given = row.number or row.words or row.id or row.position
    if not given:
        return "Neither number nor words say which statement this is."
    if list(named):
        return f"“{short(given)}” may be a statement of several categories. Say which is meant."
    return f"No statement of this review is “{short(given)}”."
