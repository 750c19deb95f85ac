"""What does the file of this review say?"""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone
from pydantic import ValidationError

from accounts.models import User
from accounts.permissions import Refused
from accounts.site import address
from audit.models import Event
from evidence.models import Evidence
from reviews import digest, names, standing
from reviews.choices import Status
from reviews.models import Condition, DailyFigures, Item, Review, Sync
from reviews.twin import format as parts
from reviews.twin import problems
from reviews.twin.format import Twin
from reviews.twin.tables import columns, is_person
from reviews.twin.values import Entry

Part = TypeVar("Part", bound=Entry)


def said(review: Review, *, by: User, with_files: bool) -> tuple[Twin, bytes]:
    """The review as it is at this instant, and the bytes of its `review.json`, which the format was asked about.

    Raises Refused with the place when something stored does not fit the format.
    """
    with transaction.atomic():
        content = _Writer(review, by).content(with_files)
    raw = json.dumps(content, ensure_ascii=False, indent=1, default=_plain).encode()
    try:
        return Twin.model_validate_json(raw), raw
    except ValidationError as error:
        sentences = problems.sentences(error)
        raise Refused(f"This review does not fit the format, so no file was made. {' '.join(sentences)}") from None


def _plain(value: Any) -> str:
    return value.isoformat()


class _Writer:
    """Reads a review once, and collects whom it names."""

    def __init__(self, review: Review, by: User) -> None:
        self.review, self.by = review, by
        self.people: set[int] = {by.pk}
        self.emails: dict[int, str] = dict(User.objects.values_list("pk", "email"))
        self.items = list(Item.objects.with_standing().filter(review=review).order_by("statement__number"))
        self.numbers = {item.pk: item.number for item in self.items}

    def content(self, with_files: bool) -> dict[str, Any]:
        review, deployment = self.review, self.review.deployment
        content: dict[str, Any] = {
            "format": parts.FORMAT,
            "format_version": parts.VERSION,
            "exported_at": timezone.now(),
            "exported_by": self.by.email,
            "installation": {"organisation": settings.ORGANISATION_NAME, "address": address()},
            "not_included": parts.NOT_INCLUDED,
            "withheld": [],
            "vendor": self.part(parts.VendorEntry, deployment.vendor),
            "deployment": self.part(parts.DeploymentEntry, deployment, number=deployment.pk),
            "checklist": {name: getattr(review.checklist, name) for name in ("slug", "version", "title", "sha256")},
            "names": self._names(),
            "review": self._review(),
            "evidence": self._evidence(),
            "items": [self._item(item) for item in self.items],
            "decisions": [self._decision(row) for row in review.decisions.order_by("pk")],
            **self._asked(),
            "escalations": [self._escalation(row) for row in review.escalations.order_by("pk")],
            "syncs": [self._sync(row) for row in Sync.objects.filter(review=review).order_by("pk")],
            "dismissals": self.parts(parts.DismissalEntry, review.dismissals.order_by("pk")),
            "figures": self.parts(parts.FiguresEntry, DailyFigures.objects.filter(review=review).order_by("day")),
            "history": self._history(),
        }
        if not with_files:
            versions = [version for row in content["evidence"] for version in row["versions"] if not version["link"]]
            attached = [
                file for row in content["questions"] for answer in row["answers"] for file in answer["attachments"]
            ]
            content["withheld"] = sorted({each["sha256"] for each in (*versions, *attached)})
        people = User.objects.filter(pk__in=self.people).order_by("email")
        content["people"] = [{"email": each.email, "name": each.name, "role": each.role} for each in people]
        return content

    def part(self, form: type[Entry], row: Model, **by_hand: Any) -> dict[str, Any]:
        """The row's columns that the part holds, with what is put together by hand."""
        return {field.name: self._value(field, row) for field in columns(form)} | by_hand

    def parts(self, form: type[Entry], rows: Iterable[Model]) -> list[dict[str, Any]]:
        return [self.part(form, row) for row in rows]

    def _value(self, field: Any, row: Model) -> Any:
        value = getattr(row, field.attname)
        return self.person(value) if is_person(field) else value

    def person(self, pk: int | None) -> str | None:
        if pk is None:
            return None
        self.people.add(pk)
        return self.emails[pk]

    def _names(self) -> list[dict[str, Any]]:
        return [
            {name: place[name] for name in ("review", "deployment", "digests")}
            | {"evidence": [{"here": int(here), "there": there} for here, there in place["evidence"].items()]}
            for place in self.review.names or ()
        ]

    def _review(self) -> dict[str, Any]:
        again = self.review.again
        earlier = again and {
            "slug": again.previous.slug,
            "title": again.previous.title,
            "trigger": again.trigger,
            "why": again.why,
            "rests_on": [
                _address(item) for item in again.rests_on.order_by("pk").select_related("review", "statement")
            ],
        }
        assignments = self.parts(parts.AssignmentEntry, self.review.assignments.order_by("role"))
        return self.part(parts.ReviewEntry, self.review, earlier=earlier, assignments=assignments)

    def _evidence(self) -> list[dict[str, Any]]:
        rows = Evidence.objects.filter(pk__in=self._evidence_ids()).order_by("pk").prefetch_related("versions")
        return [
            self.part(
                parts.EvidenceEntry,
                row,
                number=row.pk,
                versions=self.parts(parts.VersionEntry, sorted(row.versions.all(), key=lambda each: each.number)),
            )
            for row in rows
        ]

    def _evidence_ids(self) -> set[int]:
        """Whatever is cited, was cited under a signature, is a side of a conflict or came of an answer."""
        found: set[int] = set()
        for item in self.items:
            found |= {citation.evidence_id for citation in item.citations.all()}
            for conflict in item.conflicts.all():
                found |= {side.evidence_id for side in conflict.sides.all() if side.evidence_id}
            for signoff in item.signoffs.all():
                called, content = names.of(self.review, signoff.digest), json.loads(signoff.content)
                sides = [side for conflict in content.get("conflicts", ()) for side in conflict["sides"]]
                found |= {called.evidence_here(each["evidence"]) for each in (*content["evidence"], *sides)} - {None}
        taken = Q(from_answers__answer__question__review=self.review)
        return found | set(Evidence.objects.filter(taken).values_list("pk", flat=True))

    def _item(self, item: Item) -> dict[str, Any]:
        earlier = item.inherited_from
        conflicts = [self._conflict(row) for row in item.conflicts.order_by("pk").prefetch_related("sides")]
        citations = [
            self.part(parts.CitationEntry, row, evidence=row.evidence_id) for row in item.citations.order_by("pk")
        ]
        return self.part(
            parts.ItemEntry,
            item,
            number=item.number,
            inherited_from=_address(earlier) if earlier else "",
            unchanged=unchanged(item),
            citations=citations,
            comments=self.parts(parts.CommentEntry, item.comments.order_by("pk")),
            conflicts=conflicts,
            signoffs=self.parts(parts.SignOffEntry, item.signoffs.order_by("pk")),
        )

    def _conflict(self, row: Any) -> dict[str, Any]:
        sides = sorted(row.sides.all(), key=lambda side: side.pk)
        return self.part(
            parts.ConflictEntry,
            row,
            prevails=next((place for place, side in enumerate(sides) if side.pk == row.prevails_id), None),
            sides=[self.part(parts.SideEntry, side, evidence=side.evidence_id) for side in sides],
        )

    def _decision(self, row: Any) -> dict[str, Any]:
        return self.part(
            parts.DecisionEntry, row, conditions=self.parts(parts.ConditionEntry, row.conditions.order_by("pk"))
        )

    def _asked(self) -> dict[str, Any]:
        guests = list(self.review.guest_links.order_by("pk").prefetch_related("questions"))
        self.guests = {guest.pk: place for place, guest in enumerate(guests)}
        rows = self.review.questions.order_by("number").select_related("standard").prefetch_related("items")
        return {
            "guests": [
                self.part(parts.GuestEntry, row, questions=sorted(each.number for each in row.questions.all()))
                for row in guests
            ],
            "questions": [self._question(row) for row in rows],
        }

    def _question(self, row: Any) -> dict[str, Any]:
        return self.part(
            parts.QuestionEntry,
            row,
            standard=row.standard.key if row.standard else "",
            items=sorted(self.numbers[item.pk] for item in row.items.all()),
            answers=[self._answer(answer) for answer in row.answers.order_by("number")],
        )

    def _answer(self, row: Any) -> dict[str, Any]:
        files = list(row.attachments.order_by("pk"))
        places = {file.pk: place for place, file in enumerate(files)}
        taken = [
            self.part(parts.TakenEntry, each, attachment=places.get(each.attachment_id), evidence=each.evidence_id)
            for each in row.taken.order_by("pk")
        ]
        return self.part(
            parts.AnswerEntry,
            row,
            guest=self.guests.get(row.guest_id),
            attachments=self.parts(parts.AttachmentEntry, files),
            judgements=self.parts(parts.JudgementEntry, row.judgements.order_by("pk")),
            taken=taken,
        )

    def _escalation(self, row: Any) -> dict[str, Any]:
        escalated = [
            self.part(parts.EscalatedEntry, each, item=self.numbers[each.item_id], question=each.question.number)
            for each in row.escalated.select_related("question").order_by("pk")
        ]
        return self.part(
            parts.EscalationEntry,
            row,
            decision=row.decision.number if row.decision else None,
            addressees=self.parts(parts.AddresseeEntry, row.addressees.order_by("pk")),
            escalated=escalated,
        )

    def _sync(self, row: Any) -> dict[str, Any]:
        lines, actions = row.lines.order_by("pk"), row.actions.order_by("pk")
        return self.part(
            parts.SyncEntry,
            row,
            attendees=[self.person(each.pk) for each in row.attendees.order_by("email")],
            lines=[self.part(parts.LineEntry, each, item=self.numbers.get(each.item_id)) for each in lines],
            actions=[self.part(parts.ActionEntry, each, item=self.numbers.get(each.item_id)) for each in actions],
        )

    def _history(self) -> list[dict[str, Any]]:
        rows = Event.objects.filter(self._about_the_review()).order_by("pk")
        names = [name for name in parts.EventEntry.model_fields if name != "item"]
        items = {str(pk): number for pk, number in self.numbers.items()}
        return [
            {name: getattr(row, name) for name in names}
            | {"item": items.get(row.target_id) if row.target_type == "item" else None}
            for row in rows
        ]

    def _about_the_review(self) -> Q:
        review = self.review
        targets: list[tuple[Any, list[int]]] = [
            (Review, [review.pk]),
            (Item, list(self.numbers)),
            *((rows.model, list(rows.values_list("pk", flat=True))) for rows in self._others()),
        ]
        about = Q()
        for model, ids in targets:
            about |= Q(target_type=model._meta.model_name, target_id__in=map(str, ids))
        return about

    def _others(self) -> list[Any]:
        review = self.review
        conditions = Condition.objects.filter(decision__review=review)
        syncs = Sync.objects.filter(review=review)
        return [review.questions.all(), review.escalations.all(), review.guest_links.all(), conditions, syncs]


def _address(item: Item) -> str:
    return f"{item.review.slug}/{item.number}"


def unchanged(item: Item) -> bool:
    """Whether what stands there is exactly what was last submitted or signed; of an open item, there is nothing to say."""
    if item.status == Status.AWAITING:
        return item.submitted_digest == digest.of_submission(item)
    return item.status == Status.COMPLETE and not standing.broken_reason(item)
