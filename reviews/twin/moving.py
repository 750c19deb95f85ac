"""How does a review from another installation become one of this one? All of it, or nothing.

The rows are written as the work went: an item waits for its signature, is signed, and is complete only then, so that the
database holds its rules over every step. When everything is there, the signatures, items and decisions are verified as
`make verify` does it, and each item must stand as it stood: whatever differs refuses the whole.
"""

from collections.abc import Callable
from typing import Any

from django.db import DataError, IntegrityError, transaction
from django.db.models import Model
from django.utils import timezone

from accounts import grants
from accounts.choices import Access
from accounts.models import User
from accounts.permissions import ask
from audit import log
from evidence.models import Evidence, Version
from reviews import digest, events, opening, verification
from reviews import models as rows
from reviews.choices import Act, Status
from reviews.permissions import can_move_in
from reviews.twin import format as parts
from reviews.twin import people, problems, reworking
from reviews.twin.format import Twin
from reviews.twin.problems import Wrong
from reviews.twin.tables import columns, is_person
from reviews.twin.values import Entry
from reviews.twin.writing import unchanged
from vendors import register
from vendors.models import Deployment, Vendor

# Where the file with this SHA-256 was stored, for an evidence (True) or for an answer.
Placed = Callable[[str, bool], str]


def move(twin: Twin, *, vendor: Vendor, by: User, sha256: str, raw: Any, placed: Placed) -> rows.Review:
    """Write the review and everything that belongs to it, with its events, in one transaction; return it.

    `sha256` is of review.json as it came, `raw` what it says. Nobody gets a right by it. Raises PermissionDenied, or Wrong with
    everything that keeps it from being here what it was there.
    """
    ask(can_move_in(by, vendor.pk))
    try:
        with transaction.atomic():
            # Two who move the same file at once wait here for each other.
            Vendor.objects.select_for_update(no_key=True).get(pk=vendor.pk)
            _must_fit(twin, vendor, sha256)
            review = _Mover(twin, vendor, by, placed).write()
            _must_stand(twin, review)
            _note(twin, review, by, sha256, raw)
            return review
    except (IntegrityError, DataError) as error:
        raise Wrong([f"A rule that the database holds refuses it: {str(error).splitlines()[0]}."]) from error


def _must_fit(twin: Twin, vendor: Vendor, sha256: str) -> None:
    if before := rows.MovedReview.objects.filter(sha256=sha256).first():
        day = timezone.localdate(before.at).isoformat()
        raise Wrong([f"This file was moved in before, on {day}, and a review is moved once."])
    if twin.review.earlier:
        raise Wrong(
            [
                f"/review/earlier: it looks again at “{twin.review.earlier.title}” and rests on what was signed there. "
                "Only the first review of a chain is moved; this file is for keeping and reading."
            ]
        )
    taken = vendor.escalations.filter(number__in=[each.number for each in twin.escalations])
    if numbers := sorted(taken.values_list("number", flat=True)):
        shown = ", ".join(map(str, numbers))
        raise Wrong(
            [
                f"/escalations: {vendor.name} was sent a letter with the number {shown} from here, and letters keep theirs."
            ]
        )
    checklist_of(twin)


def checklist_of(twin: Twin) -> rows.Checklist:
    """The checklist here with the same words. Raises Wrong when there is none."""
    wanted = twin.checklist
    found = rows.Checklist.objects.filter(slug=wanted.slug, version=wanted.version).first()
    named = f"the checklist {wanted.slug}, version {wanted.version}"
    if found is None:
        raise Wrong([f"/checklist: {named}, is not here. Load its file first (`manage.py load_checklist`)."])
    if found.sha256 != wanted.sha256:
        raise Wrong([f"/checklist: {named}, says something else here: its SHA-256 is {found.sha256[:12]}…."])
    numbers = set(found.statements.values_list("number", flat=True))
    if unknown := sorted({int(each.number) for each in twin.items} - numbers):
        raise Wrong([f"/items: {named}, has no statement {', '.join(map(str, unknown[:10]))}."])
    return found


def _must_stand(twin: Twin, review: rows.Review) -> None:
    """Every signature verifies, and each item is exactly as much what was signed as it was there."""
    wrong = [f"{label}: {words}" for label, words in verification.of_review(review) if words]
    items = rows.Item.objects.with_standing().filter(review=review)
    stands = {item.number: unchanged(item) for item in items}
    for place, entry in enumerate(twin.items):
        if entry.unchanged and not stands[entry.number]:
            wrong.append(f"/items/{place}: what stands there is not what was signed, although the file says so.")
        elif entry.status == Status.COMPLETE and stands[entry.number] and not entry.unchanged:
            wrong.append(f"/items/{place}: its sign-off no longer counted there, and would count here.")
    if wrong:
        raise Wrong(problems.shortened(wrong))


def _note(twin: Twin, review: rows.Review, by: User, sha256: str, raw: Any) -> None:
    rows.MovedReview.objects.create(
        review=review,
        organisation=twin.installation.organisation[:200],
        slug=twin.review.slug,
        exported_at=twin.exported_at,
        format_version=twin.format_version,
        sha256=sha256,
        content=raw,
        by=by,
    )
    signed = sum(row.act == Act.SIGNED for item in twin.items for row in item.signoffs)
    after = {
        "moved_from": twin.installation.organisation,
        "called_there": twin.review.slug,
        "items": len(twin.items),
        "signatures": signed,
        "files": len(parts.files(twin)),
    }
    events.record("review.moved_in", review, review=review, by=by, content_hash=f"sha256:{sha256}", after=after)


class _Mover:
    """Writes the rows of one file, and knows which row here each of its numbers means."""

    def __init__(self, twin: Twin, vendor: Vendor, by: User, placed: Placed) -> None:
        self.twin, self.vendor, self.by, self.placed = twin, vendor, by, placed

    def write(self) -> rows.Review:
        found = people.matched(self.twin)
        self.people = found.known | people.created(found.unknown, by=self.by)
        self.checklist = checklist_of(self.twin)
        self.review = self._review()
        self.evidence = {entry.number: self._evidence(entry) for entry in self.twin.evidence}
        self._name()
        statements = {each.number: each for each in self.checklist.statements.all()}
        self.items = {entry.number: self._item(entry, statements[entry.number]) for entry in self.twin.items}
        self.decisions = {entry.number: self._decision(entry) for entry in self.twin.decisions}
        for entry in self.twin.items:
            self._finish(entry)
        self._guests()
        self.questions = {entry.number: self._question(entry) for entry in self.twin.questions}
        for guest, entry in zip(self.guests, self.twin.guests, strict=True):
            guest.questions.set([self.questions[number] for number in entry.questions])
        for letter in self.twin.escalations:
            self._escalation(letter)
        for sync in self.twin.syncs:
            self._sync(sync)
        self._rest()
        return rows.Review.objects.with_context().get(pk=self.review.pk)

    def values(self, entry: Entry) -> dict[str, Any]:
        """The part as its model's columns, with people as they are known here."""
        return {field.name: self._value(field, getattr(entry, field.name)) for field in columns(type(entry))}

    def _value(self, field: Any, value: Any) -> Any:
        return self.people[value] if value is not None and is_person(field) else value

    def make(self, model: type[Model], entry: Entry, **by_hand: Any) -> Any:
        return model._default_manager.create(**self.values(entry) | by_hand)

    def _review(self) -> rows.Review:
        entry = self.twin.review
        values = self.values(entry)
        # Leading is a right, and no right comes with a file.
        if Access.LEAD not in grants.on(values["lead"], self.vendor.pk):
            values["lead"] = self.by
        free = not rows.Review.objects.filter(slug=entry.slug).exists()
        slug = {"slug": entry.slug} if free else {}
        values = {name: value for name, value in values.items() if name != "slug"}
        review = opening.create(self._deployment(), self.checklist, **values, **slug)
        for each in entry.assignments:
            self.make(rows.Assignment, each, review=review)
        return review

    def _deployment(self) -> Deployment:
        """The one of the same name, if it is the same; else one of its own."""
        wanted = self.twin.deployment
        values = self.values(wanted)
        same = ("channel", "data_classes", "regimes")
        name, number = wanted.name, 1
        while known := self.vendor.deployments.filter(name=name).first():
            if all(_set(getattr(known, field)) == _set(values[field]) for field in same):
                return known
            number += 1
            name = f"{wanted.name[:100]} ({number})"
        return register.add_deployment(self.vendor, by=self.by, **values | {"name": name})

    def _evidence(self, entry: parts.EvidenceEntry) -> Evidence:
        evidence = self.make(Evidence, entry, vendor=self.vendor)
        for version in entry.versions:
            file = "" if version.link else self.placed(version.sha256, True)
            self.make(Version, version, evidence=evidence, file=file)
        newest = entry.versions[-1]
        after = {"name": newest.name, "versions": len(entry.versions), "confidentiality": evidence.confidentiality}
        log.record(
            "evidence.moved_in",
            evidence,
            actor=self.by,
            vendor=self.vendor,
            content_hash=f"sha256:{newest.sha256}",
            after=after,
        )
        return evidence

    def _name(self) -> None:
        """What signatures call things: those of earlier installations as the file says, the rest as in the last one."""
        places: list[dict[str, Any]] = [
            {
                "review": place.review,
                "deployment": place.deployment,
                "evidence": {str(self.evidence[each.here].pk): each.there for each in place.evidence},
                "digests": list(place.digests),
            }
            for place in self.twin.names
        ]
        earlier = {sealed for place in places for sealed in place["digests"]}
        signed = dict.fromkeys(row.digest for item in self.twin.items for row in item.signoffs)
        last = {
            "review": self.twin.review.slug,
            "deployment": self.twin.deployment.number,
            "evidence": {str(row.pk): int(number) for number, row in self.evidence.items()},
            "digests": [sealed for sealed in signed if sealed not in earlier],
            "from": self.twin.installation.organisation,
            "at": timezone.now().isoformat(),
        }
        self.review.names = [*places, last]
        self.review.save(update_fields=["names"])

    def _item(self, entry: parts.ItemEntry, statement: rows.Statement) -> rows.Item:
        """The item up to its last signature; `_finish` brings it to where it stood."""
        values = self.values(entry) | {"status": Status.NOT_STARTED}
        item = rows.Item.objects.create(review=self.review, statement=statement, **values)
        for row in entry.signoffs:
            if row.act == Act.SIGNED:
                reworking.wait(item, entry, row, self.people)
            self.make(rows.SignOff, row, item=item)
        return item

    def _finish(self, entry: parts.ItemEntry) -> None:
        item = self.items[entry.number]
        reworking.settle(item, self.values(entry))
        for citation in entry.citations:
            self.make(rows.Citation, citation, item=item, evidence=self.evidence[citation.evidence])
        for comment in entry.comments:
            self.make(rows.Comment, comment, item=item)
        for conflict in entry.conflicts:
            self._conflict(conflict, item)
        if entry.status in {Status.AWAITING, Status.COMPLETE} and entry.unchanged:
            fresh = rows.Item.objects.with_standing().get(pk=item.pk)
            rows.Item.objects.filter(pk=item.pk).update(submitted_digest=digest.of_submission(fresh))

    def _conflict(self, entry: parts.ConflictEntry, item: rows.Item) -> None:
        conflict = self.make(rows.Conflict, entry, item=item)
        sides = [
            self.make(rows.ConflictSide, side, conflict=conflict, evidence=self.evidence.get(side.evidence))
            for side in entry.sides
        ]
        if entry.prevails is not None:
            conflict.prevails = sides[entry.prevails]
            conflict.save(update_fields=["prevails"])

    def _decision(self, entry: parts.DecisionEntry) -> rows.Decision:
        decision = self.make(rows.Decision, entry, review=self.review)
        for condition in entry.conditions:
            self.make(rows.Condition, condition, decision=decision)
        return decision

    def _guests(self) -> None:
        """Answer pages as they were, and ended: an address that opens something is a right."""
        now = timezone.now()
        self.guests = [
            self.make(
                rows.GuestLink,
                entry,
                review=self.review,
                ended_at=entry.ended_at or now,
                ended_by=self.people[entry.ended_by] if entry.ended_by else self.by,
            )
            for entry in self.twin.guests
        ]

    def _question(self, entry: parts.QuestionEntry) -> rows.Question:
        standard = self.checklist.standard_questions.filter(key=entry.standard).first() if entry.standard else None
        question = self.make(rows.Question, entry, review=self.review, standard=standard)
        question.items.set([self.items[number] for number in entry.items])
        for answer in entry.answers:
            self._answer(answer, question)
        return question

    def _answer(self, entry: parts.AnswerEntry, question: rows.Question) -> None:
        guest = None if entry.guest is None else self.guests[entry.guest]
        answer = self.make(rows.Answer, entry, question=question, guest=guest)
        files = [
            self.make(rows.Attachment, file, answer=answer, file=self.placed(file.sha256, False))
            for file in entry.attachments
        ]
        for judgement in entry.judgements:
            self.make(rows.Judgement, judgement, answer=answer)
        for taken in entry.taken:
            attachment = None if taken.attachment is None else files[taken.attachment]
            evidence = self.evidence[taken.evidence]
            self.make(rows.AnswerTaken, taken, answer=answer, attachment=attachment, evidence=evidence)

    def _escalation(self, entry: parts.EscalationEntry) -> None:
        decision = self.decisions[entry.decision] if entry.decision else None
        letter = self.make(rows.Escalation, entry, vendor=self.vendor, review=self.review, decision=decision)
        for addressee in entry.addressees:
            self.make(rows.Addressee, addressee, escalation=letter)
        for each in entry.escalated:
            item, question = self.items[each.item], self.questions[each.question]
            self.make(rows.EscalatedItem, each, escalation=letter, item=item, question=question)

    def _sync(self, entry: parts.SyncEntry) -> None:
        """Open while its lines are written, as it was: the database lets no line into a closed one."""
        closed = ("closed_at", "closed_by", "content", "digest")
        values = self.values(entry)
        opened = {name: value for name, value in values.items() if name not in closed}
        sync = rows.Sync.objects.create(review=self.review, **opened)
        sync.reviews.add(self.review)
        sync.attendees.set([self.people[email] for email in entry.attendees])
        for line in entry.lines:
            self.make(rows.Line, line, sync=sync, item=self.items.get(line.item))
        for action in entry.actions:
            self.make(rows.Action, action, sync=sync, review=self.review, item=self.items.get(action.item))
        if entry.closed_at:
            rows.Sync.objects.filter(pk=sync.pk).update(**{name: values[name] for name in closed})

    def _rest(self) -> None:
        for dismissal in self.twin.dismissals:
            self.make(rows.Dismissal, dismissal, review=self.review)
        for figures in self.twin.figures:
            self.make(rows.DailyFigures, figures, review=self.review)


def _set(value: Any) -> Any:
    return set(value) if isinstance(value, list) else value
