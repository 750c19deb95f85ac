"""Which statement does a row speak of? Rows as teams write them, against the 47 and against small lists."""

import pytest

from reviews.choices import MatchedBy
from reviews.imports.matching import Asked, Known, Statements, match, number_of


@pytest.fixture(scope="module")
def all_of_them(checklist_file):
    """The 47 statements; each one's id is its number."""
    names = {category.key: category.name for category in checklist_file.categories}
    known = [
        Known(each.number, each.number, names[each.category], each.position, each.text)
        for each in checklist_file.statements
    ]
    return Statements(known, "the-review")


def only(statements, **asked):
    return match([Asked(place="Sheet, row 2", **asked)], statements)[0]


def test_the_hidden_id_says_it_even_when_the_words_were_shortened(all_of_them):
    found = only(all_of_them, id="the-review/17", words="17. Residency")

    assert (found.item, found.by, found.confidence) == (17, MatchedBy.ID, 100)


def test_an_id_of_another_review_of_no_statement_or_against_the_words_is_refused(all_of_them):
    assert "item of another review" in only(all_of_them, id="their-review/17").problem
    assert "no statement 99" in only(all_of_them, id="the-review/99").problem
    sorted_apart = only(all_of_them, id="the-review/17", words="18. Default data retention period is 30 days or less.")
    assert sorted_apart.item is None
    assert "id is that of statement 17, the words are those of statement 18" in sorted_apart.problem


def test_an_id_or_a_number_holds_among_any_number_of_statements_that_only_a_number_before_them_tells_apart():
    known = [Known(n, n, "Data handling", n, f"{n}: All data is encrypted where it is stored.") for n in range(1, 101)]
    statements = Statements(known, "the-review")
    said = [f"{each.number}. {each.text}" for each in known]

    by_id = [only(statements, id=f"the-review/{n}", words=words) for n, words in enumerate(said, start=1)]
    by_number = [only(statements, number=str(n), words=words) for n, words in enumerate(said, start=1)]

    assert [each.item for each in by_id] == [each.item for each in by_number] == list(range(1, 101))


def test_exact_words_contradict_an_id_of_nearly_the_same_words():
    known = [Known(n, n, "Data", n, f"Backups of region {n} are encrypted and tested every year.") for n in range(1, 9)]

    found = only(Statements(known, "the-review"), id="the-review/7", words=f"8. {known[7].text}")

    assert "id is that of statement 7, the words are those of statement 8" in found.problem


def test_a_long_text_is_no_category_and_its_brackets_are_not_looked_for(all_of_them):
    assert all_of_them.category(all_of_them.categories[0] + " (x)" * 20) == all_of_them.categories[0]
    assert all_of_them.category(all_of_them.categories[0] + " (x)" * 200) is None
    assert all_of_them.category("(" * 100_000) is None


def test_a_number_is_read_however_it_is_written(all_of_them):
    said = ["17", "17.", "#17", "Item 17", "No. 17", "17.0", "Nr. 17)"]

    assert [number_of(each) for each in said] == [17] * 7
    assert [only(all_of_them, number=each).item for each in said] == [17] * 7
    assert only(all_of_them, words="17").by == MatchedBy.NUMBER
    assert [only(all_of_them, number=each).item for each in ("48", "0", "seventeen", "1.99")] == [None] * 4


def test_category_and_position_say_it_in_two_cells_or_one(all_of_them):
    found = [
        only(all_of_them, category="DATA HANDLING (12 items)", number="2"),
        only(all_of_them, category="Data handling", number="17"),
        only(all_of_them, category="2. data-handling", position="2"),
        only(all_of_them, category="Data", position="2"),
        only(all_of_them, number="2.2"),
        only(all_of_them, words="2.2 Residency of our data"),
    ]

    assert [each.item for each in found] == [17] * 6
    assert [each.by for each in found[:3]] == [MatchedBy.POSITION, MatchedBy.NUMBER, MatchedBy.POSITION]


def test_numbers_that_begin_anew_in_each_category_say_it_without_any_words(all_of_them):
    counts = (15, 12, 10, 5, 3, 2)
    rows = [Asked(place="", number=str(number)) for count in counts for number in range(1, count + 1)]

    found = match(rows, all_of_them)

    assert [each.item for each in found] == list(range(1, 48))
    assert {(each.by, each.confidence) for each in found} == {(MatchedBy.POSITION, 90)}
    assert {each.item for each in match(rows[:20], all_of_them) if each.item and each.item <= 12} == set()


def test_words_are_enough_shortened_misspelt_or_without_what_stands_in_brackets(all_of_them):
    def cut(text):
        return " ".join(text.split()[:6])

    def misspell(text):
        return text.replace("e", "ee", 2).replace("ti", "it", 1).upper()

    def without_brackets(text):
        return text.split(" (")[0]

    for change in (cut, misspell, without_brackets):
        rows = [Asked(place="", words=change(each.text)) for each in all_of_them.known]
        found = match(rows, all_of_them)
        assert [each.item for each in found] == list(range(1, 48))
        assert {each.by for each in found} == {MatchedBy.WORDING}


def test_words_that_may_mean_two_statements_are_left_to_a_person_with_both_named(all_of_them):
    found = only(all_of_them, words="integration works without custom code")

    assert found.item is None
    assert "More than one statement may be meant: 29. Okta" in found.problem
    assert "30. Azure AD" in found.problem


def test_a_number_or_a_category_decides_between_words_that_may_mean_two(all_of_them):
    words = "integration works without custom code"

    assert (only(all_of_them, words=words, number="30").item, only(all_of_them, words=f"3. {words}").item) == (30, None)
    assert only(all_of_them, words=f"3. {words}", category="Access control").item == 30
    assert only(all_of_them, words="Breach notification", category="Incident response").item == 44


def test_words_count_more_than_the_number_when_they_fit_and_the_row_is_then_less_certain(all_of_them):
    found = only(
        all_of_them, number="12", words="Data deletion requests are processed within defined SLA (5-10 business days)."
    )

    assert (found.item, found.by, found.confidence) == (21, MatchedBy.WORDING, 75)
    assert found.remark == "The number says statement 12, the words are those of statement 21: the words count."


def test_words_that_fit_less_well_and_another_number_are_refused(all_of_them):
    found = only(all_of_them, number="12", words="Deletion requests are processed in time by a defined SLA")

    assert found.item is None
    assert "The number says statement 12, the words resemble statement 21" in found.problem


def test_a_number_alone_is_less_certain_when_the_words_are_in_another_language(all_of_them):
    found = only(all_of_them, number="17", words="Der Ort der Datenverarbeitung ist vertraglich festgelegt")

    assert (found.item, found.by, found.confidence) == (17, MatchedBy.NUMBER, 60)


def test_what_a_person_chose_counts_before_everything_else(all_of_them):
    rows = [Asked(place="", number="12"), Asked(place="", words="Total")]

    found = match(rows, all_of_them, {0: 3})

    assert (found[0].item, found[0].by, found[0].confidence) == (3, MatchedBy.PERSON, 100)
    assert found[1].problem == "No statement resembles these words. Say which is meant."
