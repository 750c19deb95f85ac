"""Is the catalogue the source's 47 statements, and is every wrong file told where it is wrong?"""

import hashlib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import grants
from accounts.choices import Access, Role
from accounts.models import User
from audit.models import Event
from evidence.choices import Kind
from reviews import catalogue, opening
from reviews.models import Checklist, Statement
from vendors.choices import Channel, Regime
from vendors.models import Deployment, Vendor

CATALOGUE = Path(__file__).resolve().parents[2] / "fixtures" / "checklists" / "claude-security-review-v1.yaml"
# SHA-256 of the source's 47 statements, one a line, as they were taken over.
SOURCE_STATEMENTS = "999eace961cea44599ddba9d0fb416e4d7d88ac4f76c8036b402642e65785206"
ACCESS_STATEMENTS = range(28, 37)

SMALL = """\
slug: three-points
version: 1
title: Three points
statement_count: 3
gate: {go_at: 2, escalate_at: 1}
categories:
  - {key: papers, name: Papers, count: 2}
  - {key: people, name: People, count: 1}
statements:
  - number: 1
    category: papers
    position: 1
    text: A contract exists.
    owner_role: legal
    answered_by: vendor
    related: [{number: 3, why: Who signed is who is responsible.}]
    guidance: {ask: What was signed?, where: The register., good: Two signatures., not_enough: A draft.}
  - number: 2
    category: papers
    position: 2
    text: A policy exists.
    owner_role: null
    suggested_role: ciso
    answered_by: ours
    proofs: [{kind: policy, max_age_months: 12}]
    guidance: {ask: Who approved it?, where: The intranet., good: A date., not_enough: An e-mail.}
  - number: 3
    category: people
    position: 1
    text: Somebody is responsible.
    owner_role: ciso
    answered_by: ours
    answered_by_channel: {bedrock: vendor}
    related: [{number: 1, why: Who signed is who is responsible.}]
    guidance: {ask: Who is it?, where: The chart., good: A name., not_enough: A mailbox.}
    sources: [{page: How we name people, seen: 2026-11-21}]
"""


@pytest.fixture(scope="module")
def claude():
    return catalogue.read(CATALOGUE)


@pytest.fixture(scope="module")
def by_number(claude):
    return {statement.number: statement for statement in claude.statements}


@pytest.fixture
def small(tmp_path):
    """Write the small checklist, with `replacements` made in its text, and return the path."""

    def write(*replacements):
        text = SMALL
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the example"
            text = text.replace(old, new)
        path = tmp_path / "small.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def open_review(db):
    """Open a review of a checklist as its review lead."""

    def open_it(checklist):
        lead = User.objects.create_user("lead@example.com", name="Review lead", role=Role.LEAD)
        vendor = Vendor.objects.create(name="Anthropic", slug="anthropic", created_by=lead)
        grants.give(lead, Access.LEAD, vendor)
        deployment = Deployment.objects.create(vendor=vendor, name="Pilot", channel=Channel.CLAUDE_API)
        return opening.open_review(deployment, checklist, by=User.objects.get(pk=lead.pk))

    return open_it


def sentences(path):
    with pytest.raises(catalogue.CatalogueError) as caught:
        catalogue.read(path)
    return caught.value.sentences


# The 47 statements


def test_the_statements_are_the_source_word_for_word(claude):
    texts = [statement.text for statement in claude.statements]
    assert hashlib.sha256("\n".join(texts).encode()).hexdigest() == SOURCE_STATEMENTS


def test_the_statements_are_numbered_through_the_list_and_within_their_category(claude):
    assert [statement.number for statement in claude.statements] == list(range(1, 48))
    counts = Counter(statement.category for statement in claude.statements)
    assert counts == {
        "vendor_security": 15,
        "data_handling": 12,
        "access_control": 10,
        "compliance": 5,
        "incident_response": 3,
        "contract_terms": 2,
    }
    positions = [s.position for s in claude.statements if s.category == "access_control"]
    assert positions == list(range(1, 11))


def test_the_two_numbers_of_the_gate_and_the_days_of_a_section_are_data(claude):
    assert (claude.gate.go_at, claude.gate.escalate_at, claude.section_days) == (45, 10, 21)


def test_rule_01_owners_are_the_source_ranges_and_37_and_45_have_none(by_number):
    ranges = {
        Role.CISO: range(1, 16),
        Role.PRIVACY_OFFICER: range(16, 28),
        Role.IT_SECURITY: range(28, 37),
        Role.COMPLIANCE_OFFICER: range(38, 45),
        Role.LEGAL: range(46, 48),
    }
    expected = {number: role for role, numbers in ranges.items() for number in numbers if number not in {37, 45}}
    assert {n: s.owner_role for n, s in by_number.items() if s.owner_role} == expected


def test_rule_01_the_two_unowned_statements_carry_a_suggestion(by_number):
    suggested = {n: s.suggested_role for n, s in by_number.items() if s.suggested_role}
    assert suggested == {37: Role.IT_SECURITY, 45: Role.COMPLIANCE_OFFICER}


def test_rule_04_every_statement_names_evidence_that_can_prove_it(by_number):
    assert [number for number, statement in by_number.items() if not statement.proofs] == []


def test_rule_11_thresholds_lie_within_the_list(claude):
    assert 0 < claude.gate.escalate_at < claude.gate.go_at <= claude.statement_count


def test_rule_14_pairs_that_must_not_contradict_name_each_other(by_number):
    pairs = {(n, other.number) for n, s in by_number.items() for other in s.related}
    assert pairs == {(5, 39), (39, 5), (12, 43), (43, 12), (13, 44), (44, 13), (4, 38), (38, 4)}


def test_rule_15_wordings_to_check_against_the_own_policy_are_marked(by_number):
    assert [n for n, s in by_number.items() if s.caution] == [10, 13, 44]
    assert by_number[10].caution.startswith("Check the wording against your policy")


def test_rule_16_thirty_days_are_held_against_the_72_hours_of_gdpr(by_number):
    notes = {n: s.regime_notes[Regime.GDPR] for n, s in by_number.items() if Regime.GDPR in s.regime_notes}
    assert sorted(notes) == [13, 44]
    assert all("30 days is longer than the 72 hours" in note for note in notes.values())


def test_rule_17_only_the_two_baa_statements_depend_on_a_regime(by_number):
    regimes = {n: s.applies.regimes for n, s in by_number.items() if s.applies.regimes}
    assert regimes == {5: ["hipaa"], 39: ["hipaa"]}


@pytest.mark.parametrize("channel", [Channel.CLAUDE_API, Channel.BEDROCK, Channel.VERTEX])
def test_rule_18_access_is_our_own_duty_on_api_channels_and_the_guidance_says_so(by_number, channel):
    answers = {by_number[n].answered_by_channel.get(channel, by_number[n].answered_by) for n in ACCESS_STATEMENTS}
    assert answers == {"ours"}
    assert all("Our own duty" in by_number[n].channel_notes[channel] for n in ACCESS_STATEMENTS)


def test_rule_19_each_statement_says_whose_answer_it_is(by_number):
    answers = {}
    for number, statement in by_number.items():
        answers.setdefault(statement.answered_by, []).append(number)
    assert answers["ours"] == [16, 31]
    assert answers["negotiated"] == [13, 14, 20, 21, 41, 42, 46, 47]
    assert len(answers["vendor"]) == 37


def test_rule_19_on_bedrock_and_vertex_the_dpa_is_the_cloud_providers(by_number):
    assert "Amazon Web Services" in by_number[4].channel_notes[Channel.BEDROCK]
    assert "Google Cloud" in by_number[4].channel_notes[Channel.VERTEX]


def test_soc2_reports_and_penetration_tests_are_no_older_than_twelve_months(by_number):
    ages = {
        (proof.kind, proof.max_age_months)
        for statement in by_number.values()
        for proof in statement.proofs
        if proof.kind in {"soc2_report", "penetration_test"}
    }
    assert ages == {("soc2_report", 12), ("penetration_test", 12)}


@pytest.mark.parametrize("part", ["ask", "where", "good", "not_enough"])
def test_guidance_is_there_in_four_parts_and_its_own_for_every_statement(claude, part):
    texts = [getattr(statement.guidance, part) for statement in claude.statements]
    assert min(map(len, texts)) > 40
    assert [text for text, times in Counter(texts).items() if times > 1] == []


def test_every_statement_dates_its_sources(claude):
    assert all(statement.sources for statement in claude.statements)
    assert {source.seen for statement in claude.statements for source in statement.sources} == {date(2026, 11, 21)}


def test_where_sources_disagree_on_retention_the_guidance_says_so(by_number):
    assert "Sources disagree; get it in writing" in by_number[18].guidance.not_enough


# What is wrong with a file, and on which line


def test_the_small_example_is_right(small):
    assert len(catalogue.read(small()).statements) == 3


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("version: 1", "version: 1\nowner: me", "line 3: owner: is not a field of this format."),
        ("title: Three points", "", "line 1: title: is missing."),
        ("version: 1", "version: one", "line 2: version: must be a whole number."),
        ("version: 1", "version: true", "line 2: version: must be a whole number."),
        ("version: 1", "version: 0", "line 2: version: must be at least 1."),
        ("title: Three points", "title: [Three, points]", "line 3: title: must be text."),
        ("title: Three points", "title: ''", "line 3: title: must not be empty."),
        ("gate: {go_at: 2, escalate_at: 1}", "gate: 2", "line 5: gate: must hold named fields."),
        ("go_at: 2", "go_at: 4", "line 5: gate.go_at: 4 is more than statement_count, 3."),
        ("escalate_at: 1", "escalate_at: 0", "line 5: gate.escalate_at: must be at least 1."),
        ("text: A policy exists.", "", "line 18: statements[1].text: is missing."),
        ("owner_role: legal", "", "line 10: statements[0].owner_role: is missing."),
        (
            "owner_role: legal",
            "owner_role: boss",
            "line 14: statements[0].owner_role: 'boss' is unknown; it can be "
            "ciso, compliance_officer, privacy_officer, it_security, legal.",
        ),
        (
            "answered_by: vendor",
            "answered_by: them",
            "line 15: statements[0].answered_by: 'them' is unknown; it can be ours, vendor, negotiated.",
        ),
        (
            "{bedrock: vendor}",
            "{azure: vendor}",
            "line 33: statements[2].answered_by_channel.azure: 'azure' is unknown; it can be "
            "claude_enterprise, claude_api, claude_code, bedrock, vertex, other.",
        ),
        (
            "answered_by: vendor",
            "answered_by: vendor\n    applies: {regimes: [pci]}",
            "line 16: statements[0].applies.regimes[0]: 'pci' is unknown; it can be "
            "gdpr, ccpa, hipaa, soc2_iso27001, financial_services.",
        ),
        (
            "max_age_months: 12",
            "max_age_months: 0",
            "line 25: statements[1].proofs[0].max_age_months: must be at least 1.",
        ),
        ("good: A date., ", "", "line 26: statements[1].guidance.good: is missing."),
        (
            "seen: 2026-11-21",
            "seen: 2026-13-21",
            "line 36: statements[2].sources[0].seen: must be a date such as 2026-11-21.",
        ),
        (
            "suggested_role: ciso",
            "suggested_role: ciso\n    caution: 7",
            "line 24: statements[1].caution: must be text.",
        ),
        (
            "owner_role: legal",
            "owner_role: legal\n    suggested_role: ciso",
            "line 15: statements[0].suggested_role: is only for a statement whose owner_role is null.",
        ),
        ("[{number: 3, why", "[{number: 9, why", "line 16: statements[0].related[0].number: there is no statement 9."),
        (
            "    related: [{number: 1, why: Who signed is who is responsible.}]\n",
            "",
            "line 16: statements[0].related[0].number: statement 3 must name 1 as related too.",
        ),
        (
            "slug: three-points",
            "slug: Three Points",
            "line 1: slug: 'Three Points' has the wrong form; it must match ^[a-z0-9]",
        ),
    ],
)
def test_an_error_names_its_line_and_field(small, old, new, expected):
    found = sentences(small((old, new)))
    assert [sentence for sentence in found if sentence.startswith(expected)] != [], found


def test_an_unknown_kind_of_evidence_is_refused_with_the_kinds_there_are(small):
    [sentence] = sentences(small(("kind: policy", "kind: rumour")))
    assert sentence.startswith("line 25: statements[1].proofs[0].kind: 'rumour' is unknown; it can be soc2_report, ")


def test_a_duplicate_number_names_both_lines(small):
    found = sentences(small(("- number: 2", "- number: 1")))
    assert found == [
        "line 9: statements: must be numbered from 1 to 3 without a gap; missing number 2.",
        "line 18: statements[1].number: 1 is used twice; the first is on line 10.",
    ]


def test_46_statements_are_refused_by_count_and_missing_number(tmp_path):
    text = CATALOGUE.read_text(encoding="utf-8")
    start, end = text.index("  - number: 23\n"), text.index("  - number: 24\n")
    path = tmp_path / "46.yaml"
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    found = sentences(path)
    assert "line 9: statement_count: says 47, the file has 46; missing number 23." in found
    assert "line 14: categories[1].count: says 12, the file has 11 of data_handling." in found
    assert any("positions in data_handling must run from 1 to 11; missing number 8." in s for s in found)
    assert len(found) == 3


def test_a_statement_too_many_is_refused_by_count_and_number(small):
    found = sentences(small(("statement_count: 3", "statement_count: 2")))
    assert found == [
        "line 4: statement_count: says 2, the file has 3.",
        "line 27: statements[2].number: 3 is more than statement_count, 2.",
    ]


def test_a_category_nobody_declared_is_refused(small):
    found = sentences(small(("category: people", "category: peple")))
    assert found == [
        "line 8: categories[1].count: says 1, the file has 0 of people.",
        "line 28: statements[2].category: 'peple' is not among the categories.",
    ]


def test_a_repeated_position_names_both_lines(small):
    found = sentences(small(("position: 2", "position: 1")))
    assert found == [
        "line 12: statements[0].position: positions in papers must run from 1 to 2; missing number 2.",
        "line 20: statements[1].position: 1 is used twice; the first is on line 12.",
    ]


def test_a_statement_related_to_itself_is_refused(small):
    found = sentences(small(("[{number: 3, why", "[{number: 1, why")))
    assert "line 16: statements[0].related[0].number: a statement cannot be related to itself." in found


def test_all_errors_are_reported_together_in_the_order_of_lines(small):
    found = sentences(
        small(("version: 1", "version: x"), ("owner_role: legal", "owner_role: x"), ("kind: policy", "k: 1"))
    )
    lines = [int(sentence.split(":")[0].removeprefix("line ")) for sentence in found]
    assert lines == [2, 14, 25, 25]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "The file is empty."),
        (b"  \n\n", "The file is empty."),
        (b"slug: x\ntitle: caf\xe9\n", "line 2: the file is not text in UTF-8."),
        (b"- one\n- two\n", "line 1: the file must hold fields, such as slug, version and statements."),
        (b"slug: a\ntitle: [open\n", "line 3: this is not valid YAML: "),
        (b"slug: a\nslug: b\n", "line 2: the field slug is given twice."),
        (b"slug: &name a\ntitle: *name\n", "line 1: anchors and aliases are not allowed."),
        (b"slug: !!python/name:os.system x\n", "line 1: tags are not allowed."),
        (b'slug: a\ntitle: "x\\0y"\n', "line 2: a control character is not allowed."),
        (b'slug: a\ntitle: "\\ud800"\n', "line 2: a control character is not allowed."),
        (b"slug: a\x00b\n", "This is not valid YAML: "),
        (b"slug: " + b"9" * 5000, "This is not valid YAML: a number in it cannot be read."),
        (b"[" * 50_000, "line 1: lists and mappings are nested too deeply."),
        (b"# " + b"x" * 1024 * 1024, "The file is larger than 1048576 bytes."),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:40],
)
def test_a_file_that_is_no_checklist_is_refused_in_one_sentence(tmp_path, content, expected):
    path = tmp_path / "wrong.yaml"
    path.write_bytes(content)
    [sentence] = sentences(path)
    assert sentence.startswith(expected)


def test_a_folder_and_a_missing_file_are_refused_in_a_sentence(tmp_path):
    assert sentences(tmp_path) == ["It is a folder; name the checklist file in it."]
    assert sentences(tmp_path / "none.yaml") == ["It cannot be read: No such file or directory."]


# Loading


@pytest.mark.django_db
def test_loading_stores_every_statement_and_writes_an_event():
    checklist, change = catalogue.load(CATALOGUE)
    assert (change, checklist.statements.count(), checklist.categories.count()) == ("loaded", 47, 6)
    unowned = checklist.statements.filter(owner_role="").values_list("number", "suggested_role")
    assert list(unowned) == [(37, "it_security"), (45, "compliance_officer")]
    baa = checklist.statements.get(number=5)
    assert (baa.regimes, baa.proofs, baa.related[0]["number"]) == (
        ["hipaa"],
        [{"kind": "baa", "max_age_months": None}],
        39,
    )
    assert baa.sources[0]["seen"] == "2026-11-21"
    event = Event.objects.get()
    assert (event.event_type, event.content_hash) == ("checklist.loaded", f"sha256:{checklist.sha256}")


@pytest.mark.django_db
def test_loading_twice_changes_nothing(small):
    first, _ = catalogue.load(small())
    rows = list(Statement.objects.values_list("pk", flat=True))
    second, change = catalogue.load(small(("slug: three-points", "# a comment is not content\nslug: three-points")))
    assert (second, change) == (first, "unchanged")
    assert list(Statement.objects.values_list("pk", flat=True)) == rows
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_a_version_no_review_uses_is_replaced(small):
    catalogue.load(small())
    checklist, change = catalogue.load(small(("title: Three points", "title: Three better points")))
    assert (change, Checklist.objects.get().title, Statement.objects.count()) == ("replaced", "Three better points", 3)
    event = Event.objects.get(event_type="checklist.replaced")
    assert (event.before["title"], event.after["title"]) == ("Three points", "Three better points")
    assert event.after["sha256"] == checklist.sha256 != event.before["sha256"]


@pytest.mark.django_db
def test_a_version_a_review_uses_cannot_change(small, open_review):
    checklist, _ = catalogue.load(small())
    open_review(checklist)
    with pytest.raises(catalogue.CatalogueError) as caught:
        catalogue.load(small(("text: A policy exists.", "text: A good policy exists.")))
    assert caught.value.sentences == [
        "three-points, version 1 is used by 1 review and cannot change. Save the new text as version 2."
    ]
    assert Statement.objects.get(number=2).text == "A policy exists."
    assert Event.objects.filter(event_type="checklist.replaced").count() == 0


@pytest.mark.django_db
def test_a_version_a_review_uses_may_be_loaded_again_unchanged(small, open_review):
    checklist, _ = catalogue.load(small())
    open_review(checklist)
    assert catalogue.load(small()) == (checklist, "unchanged")


@pytest.mark.django_db
def test_a_new_version_stands_beside_the_one_in_use(small, open_review):
    checklist, _ = catalogue.load(small())
    open_review(checklist)
    newer, change = catalogue.load(small(("version: 1", "version: 2"), ("text: A policy exists.", "text: Changed.")))
    assert (newer.version, change) == (2, "loaded")
    assert Checklist.objects.count() == 2


@pytest.mark.django_db
def test_another_list_of_three_statements_is_reviewed_without_touching_code(small, open_review):
    checklist, _ = catalogue.load(small())
    review = open_review(checklist)
    assert list(review.items.values_list("statement__number", "role")) == [(1, "legal"), (2, ""), (3, "ciso")]


@pytest.mark.django_db
def test_nothing_is_stored_of_a_wrong_file(small):
    with pytest.raises(catalogue.CatalogueError):
        catalogue.load(small(("- number: 2", "- number: 1")))
    assert Checklist.objects.count() == 0


@pytest.mark.django_db
def test_the_command_prints_a_line_for_each_file(small, capsys):
    call_command("load_checklist", CATALOGUE, small())
    call_command("load_checklist", small())
    assert capsys.readouterr().out.splitlines() == [
        "claude-security-review, version 1: loaded, 47 statements.",
        "claude-security-review, version 1: loaded, 49 questions to the vendor.",
        "three-points, version 1: loaded, 3 statements.",
        "three-points, version 1: unchanged, 3 statements.",
    ]


@pytest.mark.django_db
def test_the_command_loads_what_is_right_and_fails_with_the_sentences_of_what_is_wrong(small, tmp_path, capsys):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("slug: a\nslug: b\n")
    with pytest.raises(CommandError) as caught:
        call_command("load_checklist", wrong, small())
    assert str(caught.value) == f"{wrong}: line 2: the field slug is given twice."
    assert caught.value.returncode == 1
    assert capsys.readouterr().out == "three-points, version 1: loaded, 3 statements.\n"


def test_the_example_in_the_documentation_is_right(tmp_path):
    document = (CATALOGUE.parents[2] / "docs" / "checklist-format.md").read_text(encoding="utf-8")
    path = tmp_path / "example.yaml"
    path.write_text(document.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert catalogue.read(path).slug == "three-points"


@pytest.mark.parametrize("values", [Channel.values, Regime.values, Kind.values], ids=["channels", "regimes", "kinds"])
def test_the_documentation_names_every_value_the_format_knows(values):
    document = (CATALOGUE.parents[2] / "docs" / "checklist-format.md").read_text(encoding="utf-8")
    assert [value for value in values if f"`{value}`" not in document] == []
