"""How do we ask for reviews, items and what hangs on them?"""

from django.db.models import Case, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from accounts import grants
from evidence.models import Version
from reviews.choices import (
    FINAL,
    PENDING,
    UNDELIVERED,
    UNSETTLED,
    WITH_VENDOR,
    ActionState,
    Delivery,
    EscalationState,
    ImportState,
    ObligationState,
    OccurrenceState,
    Outcome,
    PolicyState,
    State,
    Status,
)

AT_ONCE = 500  # rows in one statement

GUIDANCE = ("ask", "where", "good", "not_enough", "caution", "regime_notes", "channel_notes", "sources")


def people(assignments):
    """Assignments with who holds them, as one more query."""
    from reviews.models import Assignment

    return Prefetch(assignments, queryset=Assignment.objects.select_related("user"))


def cited_with_recorder():
    """Citations that know whoever of us recorded the answer their evidence was made of."""
    from reviews.models import Citation

    return Citation.objects.annotate(recorder=F("evidence__from_answers__answer__recorded_by"))


def citations(*, locked=False):
    """What items cite, with the newest version of each, as two more queries; `locked` as `workflow.lock_all` locks it."""
    cited = cited_with_recorder().select_related("evidence")
    if locked:
        cited = cited.select_for_update(of=("evidence",), no_key=True).order_by("evidence_id", "pk")
    newest = Version.objects.newest().select_related("uploaded_by")
    return (
        Prefetch("citations", queryset=cited),
        Prefetch("citations__evidence__versions", queryset=newest, to_attr="newest"),
    )


def conflicts(*, any_there=True):
    """Source conflicts of items, as one more query, two where there are any, and none when it is known that there are not."""
    from reviews.models import Conflict

    return Prefetch("conflicts", queryset=Conflict.objects.with_sides() if any_there else Conflict.objects.none())


class ReviewQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(deployment__vendor_id__in=grants.vendor_ids(user))

    def with_names(self):
        """What a list prints of a review: vendor, checklist, lead, which one it looks at again, which one replaced it."""
        related = ("deployment__vendor", "checklist", "lead", "reassessment__previous")
        return self.select_related(*related).with_replaced_by()

    def decided(self):
        from reviews.models import Decision

        return self.filter(Exists(Decision.objects.filter(review=OuterRef("pk"))))

    def undecided(self):
        from reviews.models import Decision

        return self.filter(~Exists(Decision.objects.filter(review=OuterRef("pk"))))

    def chain_of(self, review):
        """The review's chain: the first one and every re-assessment after it, in the order they were opened."""
        first = review.again.first_id if review.again else review.pk
        return self.filter(Q(pk=first) | Q(reassessment__first=first)).order_by("pk")

    def with_replaced_by(self):
        """With `replaced_by`, the title of the newest decided review that came later in the same chain, or None."""
        first = Coalesce(OuterRef("reassessment__first"), OuterRef("pk"))
        later = self.model.objects.filter(reassessment__first=first, pk__gt=OuterRef("pk")).decided()
        return self.annotate(replaced_by=Subquery(later.order_by("-pk").values("title")[:1]))

    def with_context(self):
        """What nearly every page about a review prints: names, and who holds which role."""
        return self.with_names().prefetch_related(people("assignments"))

    def with_what_there_is(self):
        """Whether each `has_decision` and `has_policy`, one in force for its vendor: no more is asked for where not."""
        from reviews.models import Decision, Policy

        in_force = Policy.objects.filter(vendor=OuterRef("deployment__vendor"), state=PolicyState.IN_FORCE)
        decided = Decision.objects.filter(review=OuterRef("pk"))
        return self.annotate(has_decision=Exists(decided), has_policy=Exists(in_force))

    def at_work(self):
        """Neither approved nor refused by the newest decision, and not looked at again by a later review."""
        return self.filter(~Exists(_newest_decisions(FINAL)), followed_by=None)

    def in_force(self):
        """What still counts: neither refused nor replaced by a later review of its chain that was decided."""
        return self.with_replaced_by().filter(~Exists(_newest_decisions({Outcome.REFUSE})), replaced_by=None)

    def matching(self, words):
        found = self
        for word in words.split():
            found = found.filter(
                Q(title__icontains=word)
                | Q(deployment__name__icontains=word)
                | Q(deployment__vendor__name__icontains=word)
            )
        return found


def _newest_decisions(outcomes):
    """Of the outer row's review, whose primary key it shares: the newest decision, if it is one of these."""
    from reviews.models import Decision

    newer = Decision.objects.filter(review=OuterRef("review"), pk__gt=OuterRef("pk"))
    return Decision.objects.filter(~Exists(newer), review=OuterRef("pk"), outcome__in=outcomes)


def holder_of(role, review):
    """A subquery of the id of who holds the role in the review that the outer row's `review` names; active people only."""
    from reviews.models import Assignment

    holding = Assignment.objects.filter(review=OuterRef(review), role=role, user__is_active=True)
    return Subquery(holding.values("user")[:1])


def held(people):
    """Items whose sign-off falls to one of these people (ids): handed over, or by the role held in the review (rule 2)."""
    from reviews.models import Assignment

    by_role = Assignment.objects.filter(review=OuterRef("review"), role=OuterRef("role"), user__in=people)
    return Q(owner__in=people) | Q(owner=None) & Exists(by_role)


class ItemQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(review__deployment__vendor_id__in=grants.vendor_ids(user))

    def in_force(self, review):
        """What the review counts: its own items, and for a re-assessment those of earlier reviews it rests on."""
        if review.again is None:
            return self.filter(review=review)
        own = self.model.objects.filter(review=review).order_by().values("pk")
        resting = self.model.objects.filter(resting=review.pk).order_by().values("pk")
        return self.filter(pk__in=own.union(resting))

    def for_act(self):
        """What every act looks at: where the item belongs, and nothing of the statement that is only read."""
        return self.select_related("statement", "review__deployment__vendor").without_guidance()

    def with_people(self):
        return self.select_related("statement__category", "owner", "submitted_by", "finding_by", "returned_to")

    def with_owner(self):
        return self.with_people().prefetch_related(people("review__assignments"))

    def with_standing(self):
        """Everything that says how an item stands: owner, citations with their newest versions, last sign-off.

        A constant number of queries for any number of items, and only the last sign-off of each.
        """
        return self.with_owner().select_related("review__deployment__vendor", "review__checklist").with_ground()

    def without_guidance(self):
        """Leaves out the statement's long texts, which a list of 47 does not print: most of what would be read."""
        return self.defer(*(f"statement__{field}" for field in GUIDANCE))

    def with_what_there_is(self):
        """Whether each `has_conflicts` and `has_letters`: most have neither, and nothing more is asked for then."""
        from reviews.models import Conflict, EscalatedItem

        conflicts, letters = (model.objects.filter(item=OuterRef("pk")) for model in (Conflict, EscalatedItem))
        return self.annotate(has_conflicts=Exists(conflicts), has_letters=Exists(letters))

    def with_all_there_is(self):
        """`with_what_there_is`, and `has_claims`, `has_proposals` and `has_questions`: what the item's own page shows too."""
        from reviews.models import ImportRow, Item, Proposal

        rows = {"has_claims": ImportRow, "has_proposals": Proposal, "has_questions": Item.questions.through}
        found = {name: Exists(model.objects.filter(item=OuterRef("pk"))) for name, model in rows.items()}
        return self.with_what_there_is().annotate(**found)

    def with_ground(self):
        """Citations with their newest versions, source conflicts, and the last sign-off."""
        from reviews.models import SignOff

        return self.prefetch_related(
            conflicts(),
            *citations(),
            Prefetch("signoffs", queryset=SignOff.objects.last_of_each(), to_attr="last_signoffs"),
        )

    def matching(self, words):
        """Items in which each word occurs; a number alone means the statement of that number."""
        if words.strip().isdecimal() and len(words.strip()) <= 6:
            return self.filter(statement__number=int(words))
        found = self
        for word in words.split():
            found = found.filter(
                Q(statement__text__icontains=word) | Q(notes__icontains=word) | Q(reason__icontains=word)
            )
        return found


class SignOffQuerySet(QuerySet):
    def last_of_each(self):
        """The newest row of each item."""
        newer = self.model.objects.filter(item=OuterRef("item"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(newer))


class StandingQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(review__deployment__vendor_id__in=grants.vendor_ids(user))

    def on(self, today):
        """With `today_state`: what the item is on this day, its sign-off's last day considered (rule 8)."""
        lapsed = When(until__lt=today, then=Value(State.LAPSED))
        return self.annotate(today_state=Case(lapsed, default=F("state")))

    def counting(self):
        """Of reviews in force, and of earlier ones on which a review in force rests."""
        from reviews.models import Reassessment, Review

        resting = Reassessment.rests_on.through.objects.filter(
            item=OuterRef("item"), reassessment__review__in=Review.objects.in_force()
        )
        return self.filter(Q(review__in=Review.objects.in_force()) | Exists(resting))

    def with_due_day(self):
        """Whose due day is still to be kept: of reviews at work, and of what counts and is open again or waits for its
        signature. Once a later review looks at it again, the work is there.
        """
        from reviews.models import Item, Review

        opened = Q(item__status__in={Status.IN_PROGRESS, Status.AWAITING})
        looked_at_again = Exists(Item.objects.filter(inherited_from=OuterRef("item_id")))
        return self.counting().filter(Q(review__in=Review.objects.at_work()) | opened & ~looked_at_again)


class DecisionQuerySet(QuerySet):
    def last_of_each(self):
        """The newest decision of each review, with its conditions."""
        from reviews.models import Condition

        newer = self.model.objects.filter(review=OuterRef("review"), pk__gt=OuterRef("pk"))
        conditions = Prefetch("conditions", Condition.objects.select_related("owner"))
        return self.filter(~Exists(newer)).prefetch_related(conditions)


class ConditionQuerySet(QuerySet):
    def in_force(self):
        """Conditions of the newest decision of each review that is in force; a later decision replaces the earlier ones'."""
        from reviews.models import Decision, Review

        newer = Decision.objects.filter(review=OuterRef("decision__review"), pk__gt=OuterRef("decision"))
        return self.filter(~Exists(newer), decision__review__in=Review.objects.in_force())

    def open(self):
        return self.filter(met_at=None)

    def visible_to(self, user):
        return self.filter(decision__review__deployment__vendor_id__in=grants.vendor_ids(user)).annotate(
            review_slug=F("decision__review__slug")
        )


class ObligationQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(vendor_id__in=grants.vendor_ids(user))

    def active(self):
        return self.filter(state=ObligationState.ACTIVE)

    def proposed(self):
        return self.filter(state=ObligationState.PROPOSED)

    def with_names(self):
        return self.select_related("vendor", "deployment__vendor", "owner", "escalate_to")

    def overdue(self, today):
        """With an open date before today."""
        return self.filter(Exists(_open_dates().filter(state=OccurrenceState.OPEN, due_on__lt=today)))

    def with_next(self):
        """Each with `next_pk`, `next_on` and `next_state` of its first date that is neither done nor skipped."""
        first = _open_dates().order_by("due_on", "pk")
        return self.annotate(
            next_pk=Subquery(first.values("pk")[:1]),
            next_on=Subquery(first.values("due_on")[:1]),
            next_state=Subquery(first.values("state")[:1]),
        )


def _open_dates():
    """The open dates of the obligation outside."""
    from reviews.models import Occurrence

    return Occurrence.objects.filter(obligation=OuterRef("pk"), state__in=PENDING)


class OccurrenceQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(obligation__vendor_id__in=grants.vendor_ids(user))

    def open(self):
        """Neither done nor skipped, of an obligation in force."""
        return self.filter(state__in=PENDING, obligation__state=ObligationState.ACTIVE)

    def with_names(self):
        return self.select_related("obligation__vendor", "obligation__deployment__vendor", "obligation__owner")


class MessageQuerySet(QuerySet):
    def waiting(self):
        return self.filter(state=Delivery.WAITING)

    def undelivered(self):
        return self.filter(state__in=UNDELIVERED)


class ReminderQuerySet(QuerySet):
    def visible_to(self, user):
        """About vendors the person may see, or about no vendor; whose they are is another question."""
        return self.filter(Q(vendor=None) | Q(vendor_id__in=grants.vendor_ids(user)))

    def untold(self):
        return self.filter(message=None, closed_at=None)


class OfReviewQuerySet(QuerySet):
    """Rows that belong to a review."""

    def visible_to(self, user):
        return self.filter(review__deployment__vendor_id__in=grants.vendor_ids(user))


class QuestionQuerySet(OfReviewQuerySet):
    def unsettled(self):
        return self.filter(state__in=UNSETTLED)

    def with_vendor(self):
        """Those on which the vendor is to move."""
        return self.filter(state__in=WITH_VENDOR)

    def with_progress(self):
        """What a list prints of each: its statements, and `last_answers`, a list of its newest answer or of none."""
        from reviews.models import Answer, Item

        newer = Answer.objects.filter(question=OuterRef("question"), number__gt=OuterRef("number"))
        items = Item.objects.select_related("statement", "review").without_guidance().order_by("statement__number")
        return self.select_related("review").prefetch_related(
            Prefetch("items", items),
            Prefetch("answers", Answer.objects.filter(~Exists(newer)), to_attr="last_answers"),
        )


class EscalationQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(vendor_id__in=grants.vendor_ids(user))

    def running(self):
        return self.filter(state=EscalationState.SENT)

    def with_names(self):
        """What every page about an escalation prints: the review it is of, who wrote it and who sent it."""
        return self.select_related(
            "vendor", "review__deployment__vendor", "review__checklist", "review__lead", "created_by", "sent_by"
        )


class SyncQuerySet(QuerySet):
    def visible_to(self, user):
        """Those of whose reviews the person may see every one."""
        through = self.model.reviews.through.objects.filter(sync_id=OuterRef("pk"))
        return self.filter(~Exists(through.exclude(review__deployment__vendor_id__in=grants.vendor_ids(user))))


class ActionQuerySet(QuerySet):
    def visible_to(self, user):
        """Those of reviews the person may see; those of no review with the sync in which they were agreed."""
        from reviews.models import Sync

        own = Q(review__deployment__vendor_id__in=grants.vendor_ids(user))
        return self.filter(own | Q(review=None, sync__in=Sync.objects.visible_to(user)))

    def open(self):
        return self.filter(state=ActionState.OPEN)

    def with_names(self):
        """What a line prints of an action: whose it is, about what, and since which sync."""
        return self.select_related(
            "owner", "closed_by", "sync__review", "review__deployment__vendor", "item__statement", "item__review"
        )


class ConflictQuerySet(QuerySet):
    def visible_to(self, user):
        return self.filter(item__review__deployment__vendor_id__in=grants.vendor_ids(user))

    def open(self):
        return self.filter(resolved_at=None)

    def with_sides(self):
        """With who opened and settled them, and what each source says."""
        from reviews.models import ConflictSide

        sides = Prefetch("sides", ConflictSide.objects.select_related("evidence"))
        return self.select_related("opened_by", "resolved_by").prefetch_related(sides)


class ImportQuerySet(OfReviewQuerySet):
    def without_content(self):
        """Without the file and what was read of it, which may be megabytes."""
        return self.defer("content", "tables")

    def unfinished(self):
        """Waiting for a worker, or being worked on."""
        return self.filter(state__in=[ImportState.WAITING, ImportState.READING, ImportState.APPLYING])
