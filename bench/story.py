"""What happened in one review of the benchmark, from its opening to its dossier?

Everything the product would have written is built here as rows: items, citations, sign-offs over true digests, the
decision over the gate as it was, comments, events. `bench.writing` then writes them.
"""

from datetime import timedelta

from django.utils import timezone

from accounts.choices import Role
from audit.models import Event
from bench import documents, words
from dossiers.choices import State as DossierState
from dossiers.models import Dossier
from evidence.models import Evidence, Version
from reviews import decisions, digest, gate, signoffs, standing
from reviews.choices import Act, Finding, Outcome, Status
from reviews.models import Assignment, Citation, Comment, Condition, Decision, Item, Review, SignOff

UNDER_WAY_EVERY = 7  # every seventh review is not finished yet, the first one included
OUTCOMES = {
    gate.Recommendation.GO: Outcome.GO,
    gate.Recommendation.CONDITIONAL: Outcome.CONDITIONAL,
    gate.Recommendation.ESCALATE: Outcome.ESCALATE,
    gate.Recommendation.IN_REVIEW: Outcome.HOLD,
}
# How far an item of a review under way is, and how often.
FATES = ("signed", "signed again", "awaiting", "returned", "in progress", "not started")
UNDER_WAY, FINISHED = (48, 4, 14, 4, 12, 18), (95, 5, 0, 0, 0, 0)
FINDINGS, ODDS = (Finding.CONFIRMED, Finding.NOT_APPLICABLE, Finding.UNCONFIRMED), (86, 8, 6)


class Story:
    """One review, told forward; `self.at` is the clock."""

    def __init__(self, book, rng, number, deployment, checklist, statements, people, now):
        self.book, self.rng, self.people, self.now = book, rng, people, now
        self.statements = statements
        self.vendor = deployment.vendor
        self.finished = number % UNDER_WAY_EVERY != 0
        self.reviewer = people.reviewer_of(self.vendor.number)
        days = rng.randint(30, 325) if self.finished else rng.randint(6, 32) if number else 12
        self.opened_at = self.at = now - timedelta(days=days)
        self.review = self._open(deployment, checklist, number)
        self.evidence = [self._add_evidence(each) for each in documents.DOCUMENTS]
        self.items = [self._item(statement) for statement in statements]
        if self.finished:
            self._decide()
            self._dossier()
            if number % 9 == 0:
                self._replace(rng.choice(self.evidence[:-1]))

    def _open(self, deployment, checklist, number):
        opened_on = timezone.localdate(self.opened_at)
        review = self.book.add(
            Review,
            deployment=deployment,
            checklist=checklist,
            title=f"Review {number + 1}",
            slug=f"{self.vendor.slug}-review-{number + 1}",
            lead=self.people.lead,
            opened_by=self.people.lead,
            opened_at=self.opened_at,
            due_on=opened_on + timedelta(days=checklist.section_days),
        )
        assignments = [
            self.book.add(Assignment, review=review, role=role, user=person)
            for role, person in self.people.stakeholders.items()
        ]
        review._prefetched_objects_cache = {"assignments": assignments}
        self.review = review
        after = {"checklist": str(checklist), "items": len(self.statements), "lead": self.people.lead.name}
        self.event("review.opened", review, self.people.lead, after=after | {"due_on": review.due_on.isoformat()})
        for role, person in self.people.stakeholders.items():
            said = {"before": {"holder": None}, "after": {"holder": person.name}}
            self.event("review.assigned", review, self.people.lead, about=role.label, **said)
        return review

    def _add_evidence(self, entry):
        self._later(hours=8)
        evidence = self.book.add(
            Evidence,
            vendor=self.vendor,
            title=f"{entry.title}, {self.review.title.lower()}",
            kind=entry.kind,
            confidentiality=entry.confidentiality,
            created_at=self.at,
        )
        dates = entry.dates(timezone.localdate(self.opened_at), shift=self.rng.randint(0, 20))
        self._version(evidence, 1, dates, is_link=entry.is_link)
        return evidence

    def _version(self, evidence, number, dates, *, is_link=False):
        if is_link:
            link = f"https://vendor-{self.vendor.number}.example.com/sub-processors/{self.review.slug}"
            content = {"link": link, "sha256": digest.sha256(link)}
        else:
            content = documents.store(f"evidence/{self.vendor.pk}", self.vendor.files, self.rng)
            content["content_type"] = "application/pdf"
            self.vendor.files += 1
        version = self.book.add(
            Version,
            evidence=evidence,
            number=number,
            name=evidence.title if is_link else f"{evidence.title.lower().replace(' ', '-').replace(',', '')}.pdf",
            uploaded_by=self.reviewer,
            uploaded_at=self.at,
            **content,
            **dates,
        )
        evidence.newest = [version]
        after = {"version": number, "name": version.name, "size": version.size}
        self.event(
            "evidence.added" if number == 1 else "evidence.version_added",
            evidence,
            self.reviewer,
            of_vendor=True,
            content_hash=f"sha256:{version.sha256}",
            after=after,
        )

    def _replace(self, evidence):
        """A newer version: whatever was signed over the one before lapses (rule 8)."""
        self._later(hours=200)
        issued_on = timezone.localdate(self.at)
        self._version(evidence, 2, {"issued_on": issued_on, "valid_until": issued_on + timedelta(days=365)})

    def _item(self, statement):
        rng, odds = self.rng, FINISHED if self.finished else UNDER_WAY
        fate = rng.choices(FATES, odds)[0]
        role = statement.owner_role
        if not role and (self.finished or rng.random() < 0.5):
            role = statement.suggested_role
        if not role:
            fate = rng.choice(("in progress", "not started"))
        item = self.book.add(Item, review=self.review, statement=statement, role=role, due_on=self.review.due_on)
        if role and rng.random() < 0.03:
            item.owner = self.people.stakeholders[Role.IT_SECURITY]
        item._prefetched_objects_cache = {"citations": []}
        item.last_signoffs, item.rounds = [], []
        if fate != "not started":
            self._work_on(item, fate)
        return item

    def _work_on(self, item, fate):
        span = min((self.now - self.opened_at).days, 20)
        self.at = self.opened_at + timedelta(days=self.rng.uniform(3, max(4, span)))
        self._record(item)
        self._discuss(item)
        if fate == "in progress":
            item.status = Status.IN_PROGRESS
            return
        self._submit(item)
        if fate == "returned" or self.rng.random() < 0.1:
            self._return(item)
            if fate == "returned":
                return
            self._submit(item)
        if fate != "awaiting":
            self._sign(item)
        if fate == "signed again":
            self._withdraw(item)
            self._submit(item)
            self._sign(item)

    def _record(self, item):
        finding = self.rng.choices(FINDINGS, ODDS)[0]
        said = {"finding": finding.value, "notes": words.text(self.rng, 1, 6)}
        if finding != Finding.CONFIRMED:
            said["reason"] = words.text(self.rng, 1, 2)
        if finding == Finding.UNCONFIRMED:
            said |= {"asked": self.rng.choice(words.QUESTIONS), "asked_of": "Account team"}
        for name, value in said.items():
            setattr(item, name, value)
        item.version += self.rng.randint(1, 3)
        item.finding_by = self.reviewer
        self.note("item.recorded", item, before=dict.fromkeys(said, ""), after=said)
        self.note(
            "item.start", item, before={"status": Status.NOT_STARTED}, after=self._stand(Status.IN_PROGRESS, item)
        )
        if finding == Finding.CONFIRMED:
            for evidence in self._proofs(item):
                self._cite(item, evidence)

    def _proofs(self, item):
        """Those of the ten that the statement names, else what else speaks of it; one to three."""
        kinds = {proof["kind"] for proof in item.statement.proofs}
        fitting = [each for each in self.evidence if each.kind in kinds] or self.rng.sample(self.evidence, 2)
        return fitting[: self.rng.choice((1, 1, 2, 3))]

    def _cite(self, item, evidence):
        self._later(minutes=20)
        quote = self.rng.choice(words.SENTENCES) if self.rng.random() < 0.3 else ""
        citation = self.book.add(
            Citation,
            item=item,
            evidence=evidence,
            locator=words.locator(self.rng),
            quote=quote,
            cited_by=self.reviewer,
            cited_at=self.at,
        )
        item._prefetched_objects_cache["citations"].append(citation)
        version = evidence.current
        after = {"evidence": evidence.title, "version": version.number, "locator": citation.locator}
        self.note("item.cited", item, after=after, content_hash=f"sha256:{version.sha256}")

    def _discuss(self, item):
        for _ in range(self.rng.choices((0, 1, 2), (75, 18, 7))[0]):
            author = self.rng.choice([self.reviewer, item.holder or self.people.lead])
            self._comment(item, author, words.text(self.rng, 1, 2))

    def _comment(self, item, author, text):
        self._later(hours=3)
        self.book.add(Comment, item=item, author=author, text=text, written_at=self.at)
        self.note("item.commented", item, by=author, after={"comment": text})

    def _submit(self, item):
        self._later(hours=12)
        item.status = Status.AWAITING
        item.submission += 1
        item.submitted_by, item.submitted_at, item.returned_to = self.reviewer, self.at, None
        item.submitted_digest = digest.of_submission(item)
        self.note("item.submit", item, before={"status": Status.IN_PROGRESS})

    def _return(self, item):
        self._later(hours=24)
        remark = self.rng.choice(words.REMARKS)
        item.status, item.returned_to = Status.IN_PROGRESS, self.reviewer
        self.book.add(Comment, item=item, author=item.holder, text=remark, written_at=self.at)
        self.note("item.return", item, by=item.holder, before={"status": Status.AWAITING}, reason=remark)

    def _sign(self, item):
        self._later(hours=30)
        row = self._signoff(item, Act.SIGNED)
        item.status = Status.COMPLETE
        said = {"content_hash": f"sha256:{row.digest}", "approved_by": row.signer_name}
        self.note("item.sign", item, by=item.holder, before={"status": Status.AWAITING}, **said)

    def _withdraw(self, item):
        self._later(hours=30)
        reason = "Signed too early: one remark was not answered yet."
        row = self._signoff(item, Act.WITHDRAWN, reason)
        item.status = Status.IN_PROGRESS
        said = {"content_hash": f"sha256:{row.digest}", "reason": reason}
        self.note("item.withdraw", item, by=item.holder, before={"status": Status.COMPLETE}, **said)

    def _signoff(self, item, act, reason=""):
        signer = item.holder
        content = digest.canonical(digest.content_of(item, signoffs.meaning(item)))
        holds_role = self.review.holders.get(item.role) == signer
        row = self.book.add(
            SignOff,
            item=item,
            act=act,
            submission=item.submission,
            signer=signer,
            signer_name=signer.name,
            signer_role=Role(item.role).label if holds_role else signer.get_role_display(),
            submitted_by=item.submitted_by,
            signed_at=self.at,
            finding=item.finding,
            meaning=signoffs.meaning(item),
            content=content,
            digest=digest.sha256(content),
            valid_until=standing.expires_on(item, timezone.localdate(self.at)),
            reason=reason,
        )
        item.last_signoffs = [row]
        return row

    def _decide(self):
        self.at = self.opened_at + timedelta(days=26)
        ciso = self.people.stakeholders[Role.CISO]
        assessed = gate.assess(self.review, self.items, timezone.localdate(self.at))
        outcome = OUTCOMES[assessed.recommendation]
        conditions = []
        if outcome == Outcome.CONDITIONAL:
            conditions = [("Have the missing letter before the next quarter.", self.reviewer, self._day(90))]
        reason = words.text(self.rng, 1, 2)
        meaning = decisions.MEANINGS[outcome].format(deployment=self.review.deployment.name)
        content = digest.canonical(
            decisions.inputs(assessed)
            | {
                "outcome": outcome.value,
                "reason": reason,
                "conditions": [[text, owner.name, due_on.isoformat()] for text, owner, due_on in conditions],
                "escalated_to": [str(self.vendor.contact)] if outcome == Outcome.ESCALATE else [],
                "meaning": meaning,
            }
        )
        decision = self.book.add(
            Decision,
            review=self.review,
            number=1,
            outcome=outcome,
            recommendation=assessed.recommendation,
            reason=reason,
            signer=ciso,
            signer_name=ciso.name,
            signer_role=Role.CISO.label,
            decided_at=self.at,
            meaning=meaning,
            content=content,
            digest=digest.sha256(content),
        )
        for text, owner, due_on in conditions:
            self.book.add(Condition, decision=decision, text=text, owner=owner, due_on=due_on)
        said = {"content_hash": f"sha256:{decision.digest}", "reason": reason}
        self.event("review.decided", self.review, ciso, after={"outcome": outcome.label}, **said)

    def _dossier(self):
        self._later(hours=24)
        stored = documents.store(f"dossiers/{self.review.pk}", self.review.pk, self.rng)
        dossier = self.book.add(
            Dossier,
            review=self.review,
            requested_by=self.people.lead,
            requested_at=self.at,
            state=DossierState.READY,
            percent=100,
            attempt=1,
            worked_at=self.at,
            snapshot_at=self.at,
            finished_at=self.at + timedelta(seconds=9),
            pages=52,
            **stored,
        )
        self.event("dossier.requested", dossier, self.people.lead)
        self.event("dossier.made", dossier, self.people.lead, content_hash=f"sha256:{dossier.sha256}")

    def _later(self, **most):
        self.at = min(self.at + timedelta(**most) * self.rng.uniform(0.05, 1), self.now)

    def _day(self, days):
        return timezone.localdate(self.at) + timedelta(days=days)

    def _stand(self, status, item):
        return {"status": status, "finding": item.finding}

    def note(self, what, item, *, by=None, after=None, **said):
        after = self._stand(item.status, item) if after is None else after
        about = f"statement {item.number}"
        self.event(what, item, by or self.reviewer, about=about, label=str(item.statement), after=after, **said)

    def event(self, what, target, by, *, about="", label="", of_vendor=False, **said):
        """What `reviews.events.record` writes, at the moment of the story's clock."""
        deployment = self.review.deployment
        self.book.add(
            Event,
            event_type=what,
            occurred_at=self.at,
            actor_id=by.pk,
            actor_name=by.name,
            actor_role=by.get_role_display(),
            target_type=target._meta.model_name,
            target_id=str(target.pk),
            target_label=(label or str(target))[:300],
            vendor_id=self.vendor.pk,
            workspace=self.vendor.name if of_vendor else str(deployment),
            business_context="" if of_vendor else f"{self.review.title}, {about}" if about else self.review.title,
            data_categories=[] if of_vendor else deployment.data_classes,
            request_id=f"{self.rng.getrandbits(128):032x}",
            session_id=f"{self.rng.getrandbits(64):016x}",
            address="127.0.0.1",
            **said,
        )
