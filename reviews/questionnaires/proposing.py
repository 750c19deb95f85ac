"""What does a workbook answer, by this mapping, and what becomes of each answer: proposed, kept, or left out with a reason?"""

from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from reviews import sheets
from reviews.choices import ImportState, ProposalState
from reviews.models import TEXT_LIMIT, Import, Proposal
from reviews.questionnaires.mapping import Mapping, Says, plain_heading, plain_id

HEADINGS_WITHIN = 30  # rows
LONGEST_ANSWER = 200
LONGEST_PLACE = 150
# Listed on the page; beyond that they are counted.
MOST_LISTED = 400


@dataclass
class Answer:
    """One row of the workbook that answers something."""

    key: str
    question_id: str
    question: str
    answer: str
    text: str
    place: str
    says: Says = Says.OTHER

    @property
    def said(self):
        return (self.answer.casefold(), self.text)


@dataclass
class Found:
    """What stands in a workbook, read by one mapping."""

    answers: dict[str, Answer] = field(default_factory=dict)
    unmapped: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    rows: int = 0

    @property
    def known(self):
        """How many questions of the mapping stand in the workbook, answered or not."""
        return len(self.answers) + len(self.unanswered) + len(self.problems)


def recognised(mapping: Mapping, book) -> bool:
    """Whether a sheet with answers has one of the words it is recognised by in its name, or down to its headings."""
    words = [_squeezed(word) for word in mapping.recognised_by]
    heads = []
    for sheet in book.sheets:
        if head := _head(sheet, mapping):
            heads += [sheet.name, *(cell for row in sheet.rows[: head[0]] for cell in row)]
    squeezed = [_squeezed(head) for head in heads if isinstance(head, str) and len(head) <= 200]
    return any(word in head for word in words for head in squeezed)


def _squeezed(text):
    return "".join(text.split()).casefold()


def found(mapping: Mapping, book) -> Found:
    """Every answer of the workbook by the mapping's ids. An id answered twice in two ways is a problem, not an answer."""
    result, known, twice = Found(), mapping.by_id, set()
    for sheet in book.sheets:
        if head := _head(sheet, mapping):
            at, columns = head
            for number, cells in enumerate(sheet.rows[at:], start=at + 1):
                _row(result, mapping, known, twice, _Line(sheet.name, number, cells, columns))
    for key in twice:
        result.answers.pop(key, None)
    result.unanswered = [each for each in result.unanswered if plain_id(each) not in result.answers.keys() | twice]
    return result


def _head(sheet, mapping):
    """`(number of rows up to the headings, {what: column})` of a sheet that has both ids and answers, else None."""
    wanted = mapping.headings.model_dump()
    for at, cells in enumerate(sheet.rows[:HEADINGS_WITHIN], start=1):
        words = [plain_heading(cell) if isinstance(cell, str) else "" for cell in cells]
        columns = {}
        for what, headings in wanted.items():
            place = next((words.index(word) for word in map(plain_heading, headings) if word in words), None)
            if place is not None:
                columns[what] = place
        if {"id", "answer"} <= columns.keys():
            return at, columns
    return None


class _Line(sheets.Line):
    def text(self, what):
        value = self.cell(what)
        if value is None or isinstance(value, sheets.Formula):
            return ""
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        kept = (each if each.isprintable() or each in "\n\t" else " " for each in str(value).replace("\r\n", "\n"))
        return "".join(kept).replace("\u00a0", " ").strip()

    @property
    def place(self):
        row = f", row {self.number}"
        return f"{self.sheet[: LONGEST_PLACE - len(row)]}{row}"


def _row(result, mapping, known, twice, line):
    given = line.text("id")
    key = plain_id(given)
    if key not in known:
        if mapping.looks_like_id("".join(given.split())):
            result.rows += 1
            result.unmapped.append(given)
        return
    result.rows += 1
    if formula := next((what for what in ("answer", "comments") if isinstance(line.cell(what), sheets.Formula)), None):
        which = {"answer": "its answer", "comments": "its comment"}[formula]
        result.problems.append((line.place, f"{known[key].id}: a formula stands for {which}. Nothing of it is read."))
        twice.add(key)
        return
    answer = _answer(mapping, known[key].id, line)
    earlier = result.answers.get(key)
    if not answer.answer and not answer.text:
        result.unanswered.append(answer.question_id)
    elif earlier and earlier.said != answer.said:
        twice.add(key)
        result.problems.append(
            (line.place, f"{answer.question_id} is answered in another way in {earlier.place}. Ask which one counts.")
        )
    elif not earlier:
        result.answers[key] = answer


def _answer(mapping, question_id, line):
    answer, comments, owner = line.text("answer"), line.text("comments"), line.text("owner")
    if len(answer) > LONGEST_ANSWER:
        answer, comments = "", f"{answer}\n\n{comments}".strip()
    text = comments
    # Whose control it is means nothing where nothing is answered.
    if owner and (answer or comments):
        text = f"{comments}\nWhose control: {owner}".strip()
    return Answer(
        key=plain_id(question_id),
        question_id=question_id,
        question=line.text("question")[:TEXT_LIMIT],
        answer=answer,
        text=text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…",
        place=line.place,
        says=mapping.says(answer),
    )


# Into the database


@transaction.atomic
def propose(source: Import, mapping: Mapping, read: Found, *, evidence) -> bool:
    """Write a proposal for each answer and each statement it helps to answer, and what was left out; READY.

    What an earlier version of the same questionnaire proposed and nobody decided is replaced; what was decided stays,
    and is proposed anew only where the answer changed. False, and nothing is written, when somebody was faster.
    """
    source = Import.objects.select_for_update().select_related("review").get(pk=source.pk)
    if source.state != ImportState.READING:
        return False
    items = {item.statement.number: item for item in source.review.items.select_related("statement")}
    replaced = _withdraw_open(source, evidence)
    decided, own = _decided(source, evidence), set(source.proposals.values_list("item", "question_id"))
    new, kept, questions = [], 0, mapping.by_id
    for answer in read.answers.values():
        for helps in questions[answer.key].helps:
            item = items.get(helps.number)
            if item is None:
                continue  # A re-assessment looks at some statements only.
            if decided.get((item.pk, answer.key)) == answer.said or (item.pk, answer.question_id) in own:
                kept += 1
            else:
                new.append(_proposal(source, item, answer, helps))
    Proposal.objects.bulk_create(new)
    source.evidence, source.state, source.problem = evidence, ImportState.READY, ""
    source.content, source.tables, source.done, source.total = None, None, read.rows, read.rows
    source.mapping, source.found = mapping.slug, _summary(mapping, read, new, kept, replaced, items)
    source.save()
    return True


def _withdraw_open(source, evidence):
    """Take back what is only proposed, by this import or by an earlier version of the same questionnaire."""
    rows = Proposal.objects.filter(source__review=source.review, state=ProposalState.OPEN)
    rows = rows.filter(Q(source=source) | Q(source__evidence=evidence, source__lt=source.pk))
    earlier = rows.exclude(source=source).count()
    rows.delete()
    return earlier


def _decided(source, evidence):
    """`{(item, question): what was said}` of what was decided of this questionnaire; the newest version's word counts."""
    rows = Proposal.objects.filter(source__review=source.review)
    rows = rows.filter(Q(source=source) | Q(source__evidence=evidence, source__lt=source.pk)).order_by("pk")
    return {(row.item_id, plain_id(row.question_id)): (row.answer.casefold(), row.text) for row in rows}


def _proposal(source, item, answer, helps):
    return Proposal(
        source=source,
        item=item,
        question_id=answer.question_id,
        question=answer.question,
        answer=answer.answer,
        text=answer.text,
        place=answer.place,
        relevance=helps.relevance,
        is_against=answer.says == helps.against,
    )


def _summary(mapping, read, new, kept, replaced, items):
    questions = mapping.by_id
    spoken_of = {helps.number for key in read.answers for helps in questions[key].helps}
    return {
        "title": mapping.title,
        "sha256": mapping.sha256,
        "answered": len(read.answers),
        "proposed": len(new),
        "kept": kept,
        "replaced": replaced,
        "unanswered": read.unanswered[:MOST_LISTED],
        "unmapped": read.unmapped[:MOST_LISTED],
        "unmapped_count": len(read.unmapped),
        "problems": read.problems[:MOST_LISTED],
        "silent": sorted((mapping.numbers & items.keys()) - spoken_of),
        "not_asked": sorted(items.keys() - mapping.numbers),
    }
