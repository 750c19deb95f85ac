"""On which stage is every route walked? Two companies that are alike, and people who know one of them or neither."""

import datetime
import hashlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts import absences, grants, people
from accounts.choices import Access, Role
from accounts.models import User
from dossiers.choices import State
from dossiers.models import Dossier, Package, Paper
from evidence import library
from evidence.choices import Kind
from evidence.models import Evidence
from reviews import catalogue, checks, conflicts, decisions, dismissals, findings, gate, opening, sheets
from reviews.again import reassessments
from reviews.asking import answers, escalations, guests, questions
from reviews.checklist_file import ChecklistFile
from reviews.choices import Finding, Outcome
from reviews.imports import applying
from reviews.imports import reading as sheet_reading
from reviews.models import (
    Action,
    Arrival,
    Attachment,
    Condition,
    Escalation,
    GuestLink,
    Import,
    Line,
    LoadedMapping,
    Message,
    MovedReview,
    Obligation,
    Occurrence,
    Policy,
    Proposal,
    Question,
    Reminder,
    Review,
    Sync,
)
from reviews.policy import policies
from reviews.questionnaires import bringing, mapping, reading, taking
from reviews.recurring import obligations, occurrences
from reviews.sheets import Sheet, Workbook
from reviews.weekly import series, syncs
from tests.cast import item, pdf, person, record, settle, sign, submit
from tests.failed_task import failed_task
from tests.reviews.asking.visiting import enter
from tests.reviews.policy.policy import signed_by
from vendors import register
from vendors.models import Contact, Deployment, Fact, Vendor

OWN_WORDS = ("Quillmoor", "Tourmaline")
FOREIGN_WORDS = ("Vexillary", "Sassafras")
NEVER = 10**9
TOO_LARGE = 10**30  # for any column


@dataclass
class Company:
    """A vendor with something of everything. Its name and `word` occur in nothing else."""

    name: str
    word: str
    lead: User
    reviewer: User
    ciso: User
    legal: User
    vendor: Vendor
    deployment: Deployment
    contact: Contact
    fact: Fact
    gone_contact: int  # ids of deleted rows
    gone_fact: int
    report: Evidence  # two versions
    letter: Evidence  # one version
    link: Evidence
    withdrawn: Evidence
    lapsing: Evidence  # replaced after it was signed for
    review: Review
    decided: Review
    again: Review  # looks again at one that was decided, and rests on it
    condition: Condition
    dossier: Dossier
    failed_dossier: Dossier
    package: Package  # the lead's, with the report
    draft_question: Question
    asked_question: Question
    attachment: Attachment  # of answer 1 to a question of its own
    letter_draft: Escalation
    sent_letter: Escalation
    settled_letter: Escalation  # but not closed
    paper: Paper  # the lead's
    proposal: Obligation
    obligation: Obligation  # in force
    date: Occurrence  # open, of that obligation
    recorded_date: Occurrence  # awaits the CISO's signature
    guest_link: GuestLink  # the contact's, open, with a visit
    guest_question: Question  # put to the contact
    other_question: Question  # is not
    sync: Sync  # open, of the first review
    line: Line
    action: Action
    policy: Policy  # in force
    draft_policy: Policy
    questionnaire: Import  # read, with one answer to look at and one set aside
    answer_proposed: Proposal  # for 3
    answer_aside: Proposal  # for 5
    imported: Import  # ready to be applied, the lead's; its second row speaks of nothing
    applied_import: Import
    arrival: Arrival | None = None  # waits to be moved in


@dataclass
class Address:
    """Arguments of one kind of address: to an own object, to a foreign one, to what does not exist or no longer,

    mixtures of both among it, and to what never could."""

    own: tuple = ()
    foreign: tuple | None = None
    missing: dict[str, tuple] = field(default_factory=dict)
    odd: dict[str, tuple] = field(default_factory=dict)


def build():
    """Everything there is, with `persons` by the names the table uses; None is who is signed out."""
    checklist, tiny = _checklist("points", owners=["ciso"] * 5 + [None]), _checklist("one-point", owners=["ciso"])
    persons: dict[str, Any] = {
        "lead": person("Lead", Role.LEAD),
        "reviewer": person("Reviewer", Role.REVIEWER),
        "auditor": person("Auditor", Role.AUDITOR),
        "administrator": person("Administrator", Role.ADMINISTRATOR),
        "stranger": person("Stranger", Role.REVIEWER),
        "newcomer": person("Newcomer", Role.LEGAL),
        "deactivated": person("Deactivated", Role.LEAD),
        "signed out": None,
        "guest": None,
    }
    for role in ("CISO", "Compliance officer", "Privacy officer", "IT security", "Legal"):
        key = role if role == "IT security" else role.lower()
        persons[key] = person(role, role.lower().replace(" ", "_"))
    checklist.standard_questions.create(key="shipped", topic="Papers", position=1, text="Is it so?", numbers=[2])
    _mapping()
    own = _company(*OWN_WORDS, persons, checklist, tiny)
    for name in ("compliance officer", "privacy officer", "IT security"):
        grants.give(persons[name], Access.SIGN, own.vendor)
    grants.give(persons["auditor"], Access.AUDIT, own.vendor)
    grants.give(persons["deactivated"], Access.LEAD, own.vendor)
    others = {
        "lead": person("Other lead", Role.LEAD),
        "reviewer": persons["stranger"],
        "ciso": person("Other ciso", Role.CISO),
        "legal": person("Other legal", Role.LEGAL),
        "compliance officer": person("Other compliance officer", Role.COMPLIANCE_OFFICER),
    }
    foreign = _company(*FOREIGN_WORDS, others, checklist, tiny)
    grants.give(persons["stranger"], Access.AUDIT, foreign.vendor)
    colleague = person("Colleague", Role.REVIEWER, own.vendor, Access.AUDIT)
    former = person("Former colleague", Role.REVIEWER)
    for company in (own, foreign):
        _arrival(company)
    _reminders(own, foreign)
    people.deactivate(former, by=persons["administrator"])
    visits = [enter(company.guest_link, mail.outbox).cookies["guest"].value for company in (own, foreign)]
    return SimpleNamespace(
        guest=visits[0],
        persons=persons,
        own=own,
        foreign=foreign,
        colleague=colleague,
        former=former,
        checklist=checklist,
    )


def _arrival(company):
    """A review that waits to be moved in, and one that was: the decided one."""
    values = {"sha256": "0" * 64, "created_by": company.lead}
    company.arrival = Arrival.objects.create(
        vendor=company.vendor, name=f"{company.word}.zip", size=1, state="ready", found={"unknown": []}, **values
    )
    MovedReview.objects.create(
        review=company.decided, organisation=company.word, slug="there", exported_at=timezone.now(), format_version=1,
        sha256="0" * 64, content={"history": []}, by=company.lead,
    )  # fmt: skip


def _reminders(*companies):
    """Everybody was told of something of each company, also who may no longer see it; a mail of each bounced."""
    for company in companies:
        each = item(company.review, 5)
        values = {"about": "item", "subject": f"{each.pk}:{each.due_on}", "step": "30", "vendor": company.vendor}
        Reminder.objects.bulk_create(Reminder(person=who, **values) for who in User.objects.all())
        bounced = Message.objects.create(
            key=f"digest:{company.reviewer.pk}:2026-01-01", person=company.reviewer, day=datetime.date(2026, 1, 1),
            state="bounced", due_at=timezone.now(), outcome="550 mailbox full",
        )  # fmt: skip
        Reminder.objects.filter(person=company.reviewer, vendor=company.vendor).update(message=bounced)


def _checklist(slug, owners):
    guidance = {"ask": "What?", "where": "There.", "good": "Yes.", "not_enough": "Perhaps."}
    statements = [
        {
            "number": number,
            "position": number,
            "category": "papers",
            "text": f"Point {number} holds.",
            "owner_role": owner,
            "suggested_role": None if owner else "it_security",
            "answered_by": "ours",
            "guidance": guidance,
        }
        for number, owner in enumerate(owners, start=1)
    ]
    total = len(owners)
    file = {
        "slug": slug,
        "version": 1,
        "title": "Points",
        "statement_count": total,
        "gate": {"go_at": total, "escalate_at": total + 1},
        "categories": [{"key": "papers", "name": "Papers", "count": total}],
        "statements": statements,
    }
    stored, _ = catalogue.store(ChecklistFile.model_validate(file))
    return stored


def _company(name, word, persons, checklist, tiny):
    lead, reviewer, ciso, legal = (persons[key] for key in ("lead", "reviewer", "ciso", "legal"))
    vendor = register.create_vendor(by=lead, name=name, description=f"{word} description")
    grants.give(reviewer, Access.REVIEW, vendor)
    for signer in (ciso, legal, persons["compliance officer"]):
        grants.give(signer, Access.SIGN, vendor)
    deployment = register.add_deployment(
        vendor, by=lead, name=f"{word} way", channel="claude_api", data_classes=["internal"], regimes=["gdpr"]
    )
    parts = _parts(vendor, word, lead)
    proofs = _library(vendor, word, reviewer)
    review = opening.open_review(deployment, checklist, by=lead, title=f"{word} review", holders={"ciso": ciso})
    _work(review, word, reviewer, ciso, proofs)
    decided = opening.open_review(
        deployment, tiny, by=lead, title=f"{word} decided", holders={"ciso": ciso, "legal": legal}
    )
    condition = _decide(decided, word, reviewer, ciso, legal)
    before = opening.open_review(deployment, checklist, by=lead, title=f"{word} before", holders={"ciso": ciso})
    again = _look_again(before, word, lead, ciso)
    return Company(
        name=name, word=word, lead=lead, reviewer=reviewer, ciso=ciso, legal=legal, vendor=vendor,
        deployment=deployment, review=review, decided=decided, again=again, condition=condition,
        dossier=_dossier(review, word, lead), failed_dossier=_failed(decided, word, lead),
        package=_package(review, word, lead, proofs["report"]),
        **_questions(review, word, reviewer),
        **_escalation(review, word, lead), **_obligations(decided, word, lead, reviewer, ciso), **parts, **proofs,
        **_meeting(review, word, lead, ciso),
        **_policies(vendor, word, lead, persons),
        **_guests(review, word, reviewer, parts["contact"]),
        **_questionnaire(review, word, reviewer),
        **_imports(review, word, lead),
    )  # fmt: skip


def _obligations(decided, word, lead, reviewer, ciso):
    """One in force with an open date, and a drill that was recorded; the approval proposed the others."""
    today = timezone.localdate()
    said = {"every": 1, "unit": "month", "first_on": today, "instructions": f"{word} instructions"}
    obligation = obligations.create(decided.vendor, by=lead, duty="other", title=f"{word} call", owner=lead, **said)
    drill = obligations.create(
        decided.vendor, by=lead, duty="drill", deployment=decided.deployment, title=f"{word} drill", owner=ciso, **said
    )
    recorded = drill.occurrences.first()
    answers = {"scenario": f"{word} scenario", "participants": f"{word} people"}
    occurrences.record(recorded, by=reviewer, done_on=today, result="passed", answers=answers)
    return {
        "proposal": decided.proposals.first(),
        "obligation": obligation,
        "date": obligation.occurrences.first(),
        "recorded_date": recorded,
    }


def _meeting(review, word, lead, ciso):
    sync = syncs.open_sync(review, by=lead)
    day = timezone.localdate() + datetime.timedelta(days=2)
    weekly = {
        "day": day,
        "at": datetime.time(10),
        "minutes": 30,
        "every_weeks": 1,
        "until": day,
        "place": f"{word} room",
    }
    series.arrange(review, by=lead, invited=[lead, ciso], **weekly)
    agreed = {"text": f"{word} action", "owner": ciso, "due_on": timezone.localdate() + datetime.timedelta(days=7)}
    return {
        "sync": sync,
        "line": syncs.write_line(sync, by=lead, text=f"{word} line", item=item(review, 1)),
        "action": syncs.agree_action(sync, by=lead, **agreed),
    }


def _policies(vendor, word, lead, persons):
    """One in force and a draft of the next."""
    draft = policies.begin(vendor, by=lead)
    draft = policies.change(draft, by=lead, version=1, purpose=f"{word} purpose")
    policy = policies.submit(draft, by=lead)
    for key in ("ciso", "legal", "compliance officer"):
        signed_by(policy, persons[key])
    return {"policy": policy, "draft_policy": policies.begin(vendor, by=lead, from_policy=policy)}


def _questions(review, word, reviewer):
    """A draft, one that waits for its answer, and one whose answer came with a file and waits to be judged."""

    def asked(text):
        question = questions.ask_new(review, by=reviewer, text=f"{word} {text}", items=[item(review, 3)])
        return questions.put(question, by=reviewer, asked_of=f"{word} team", via="email")

    said = {"text": f"{word} answer", "source": f"{word} team", "said_on": timezone.localdate(), "via": "email"}
    upload = pdf(f"{word} attached")
    upload.name = f"{word}-attached.pdf"
    answer = answers.record(asked("answered"), by=reviewer, attachments=[upload], **said)
    return {
        "draft_question": questions.ask_new(review, by=reviewer, text=f"{word} draft"),
        "asked_question": asked("asked"),
        "attachment": answer.attachments.get(),
    }


def _mapping():
    """How the questionnaires of both companies are read."""
    said = {"slug": "points-list", "title": "Points list", "checklist": "points", "checklist_version": 1}
    questions = [{"id": f"P.{number}", "helps": [{"number": number, "relevance": "direct"}]} for number in (3, 5)]
    headings = {"id": ["Id"], "answer": ["Answer"]}
    file = mapping.Mapping.model_validate(
        said | {"id_pattern": "P.[0-9]", "headings": headings, "questions": questions}
    )
    LoadedMapping.objects.create(slug=file.slug, content=file.model_dump(mode="json"), sha256=file.sha256)


def _questionnaire(review, word, reviewer):
    rows = [["Id", "Answer"], ["P.3", f"{word} answers"], ["P.5", f"{word} declines"]]
    content = "\n".join(",".join(row) for row in rows).encode()
    upload = SimpleUploadedFile(f"{word}-answers.csv", content)
    source = bringing.bring(review, upload, by=reviewer)
    reading.read(source.pk, open_book=lambda source: sheets.Workbook([sheets.Sheet("Sheet", rows)]))
    proposed, aside = source.proposals.all()
    taking.dismiss(aside, by=reviewer)
    source.refresh_from_db()
    return {"questionnaire": source, "answer_proposed": proposed, "answer_aside": aside}


def _guests(review, word, reviewer, contact):
    """One question is put to the contact of the vendor, another is not; their mail was sent."""
    put, other = (questions.ask_new(review, by=reviewer, text=f"{word} question {number}?") for number in (1, 2))
    link = guests.invite(review, by=reviewer, contact=contact, questions=[put], note=f"{word} note")
    guests.mails(link).update(state="sent")
    return {"guest_link": link, "guest_question": put, "other_question": other}


def _imports(review, word, lead):
    applied, ready = (_brought(review, word, lead, number) for number in (6, 5))
    applying.ask(applied, by=lead, version=applied.version)
    applying.apply(applied.pk)
    return {"imported": ready, "applied_import": applied}


def _brought(review, word, lead, number):
    """As a worker leaves it that has read a table of a row about this statement, and of one about none."""
    rows = [["Number", "Notes"], [number, f"{word} note"], [99, f"{word} penguins"]]
    tables = Workbook([Sheet(f"{word} list", rows)]).as_json()
    said = {"name": f"{word}.csv", "sha256": "0" * 64, "size": 1, "tables": tables, "created_by": lead}
    brought = Import.objects.create(review=review, **said)
    sheet_reading.read(brought.pk)
    return Import.objects.get(pk=brought.pk)


def _parts(vendor, word, lead):
    fact = {"source": f"{word} page", "address": "", "seen_on": datetime.date(2026, 1, 1)}
    gone = (
        register.add_contact(vendor, by=lead, name=f"{word} gone"),
        register.add_fact(vendor, by=lead, text=f"{word} gone", **fact),
    )
    ids = {"gone_contact": gone[0].pk, "gone_fact": gone[1].pk}
    register.delete_contact(gone[0], by=lead)
    register.delete_fact(gone[1], by=lead)
    contact = register.add_contact(vendor, by=lead, name=f"{word} contact", email="a@example.com", is_account_team=True)
    return ids | {"contact": contact, "fact": register.add_fact(vendor, by=lead, text=f"{word} says so", **fact)}


def _library(vendor, word, reviewer):
    said = {"by": reviewer, "kind": Kind.OTHER, "confidentiality": "confidential"}

    def add(title):
        upload = pdf(f"{word} {title}")
        upload.name = f"{word}-{title}.pdf"
        return library.add_file(vendor, upload, title=f"{word} {title}", **said)

    report, letter, withdrawn, lapsing = (add(title) for title in ("report", "letter", "withdrawn", "lapsing"))
    library.add_version(report, by=reviewer, upload=pdf(f"{word} second year"))
    library.withdraw(withdrawn, by=reviewer, reason=f"{word} is outdated")
    link = library.add_link(vendor, url=f"https://{word}.example.com/", title=f"{word} link", **said)
    return {"report": report, "letter": letter, "link": link, "withdrawn": withdrawn, "lapsing": lapsing}


def _work(review, word, reviewer, ciso, proofs):
    """1 awaits its signature, 2 is signed, 3 is ready to be submitted, 4 has lapsed, 6 has no owner."""
    submit(item(review, 1), reviewer, proofs["letter"], notes=f"{word} notes")
    submit(item(review, 2), reviewer, proofs["letter"])
    sign(item(review, 2))
    record(item(review, 3), reviewer, notes=f"{word} notes")
    findings.cite(item(review, 3), proofs["letter"], by=reviewer, locator=f"{word} p. 3", quote=f"{word} quote")
    submit(item(review, 4), reviewer, proofs["lapsing"])
    sign(item(review, 4))
    library.add_version(proofs["lapsing"], by=reviewer, upload=pdf(f"{word} lapsed"))
    findings.comment(item(review, 1), by=ciso, text=f"{word} comment")
    for title in ("open", "settled"):
        conflict = _disagree(review, f"{word} {title}", reviewer)
    conflicts.resolve(conflict, by=reviewer, prevails=conflict.sides.first().pk, resolution=f"{word} resolution")
    fired = next(each for each in checks.of(Review.objects.with_context().get(pk=review.pk)) if each.key == "unowned")
    said = {"key": fired.key, "subject": fired.subject, "fingerprint": fired.fingerprint}
    dismissals.dismiss(review, by=ciso, reason=f"{word} set aside", **said)


def _disagree(review, title, reviewer):
    day = datetime.date(2026, 1, 1)
    sides = [conflicts.Side("contract", title, "Yes.", day), conflicts.Side("article", title, "No.", day)]
    return conflicts.open_conflict(item(review, 5), by=reviewer, title=title, sides=sides)


def _decide(review, word, reviewer, ciso, legal):
    """An approval with one condition, over one statement that cannot be confirmed."""
    settle(review, [1], reviewer, finding=Finding.UNCONFIRMED)
    decision = decisions.decide(
        review, by=ciso, outcome=Outcome.CONDITIONAL, reason=f"{word} reason",
        shown=decisions.shown(gate.assess(review), to=ciso),
        conditions=[(f"{word} condition", legal, timezone.localdate() + datetime.timedelta(days=30))],
    )  # fmt: skip
    return decision.conditions.get()


def _look_again(review, word, lead, ciso):
    """A triggered re-assessment of statement 1 that rests on the held review for the others."""
    shown = decisions.shown(gate.assess(review), to=ciso)
    decisions.decide(review, by=ciso, outcome=Outcome.HOLD, reason=f"{word} hold", shown=shown)
    return reassessments.trigger(review, by=lead, trigger="other", why=f"{word} happened", numbers=[1])


def _dossier(review, word, by):
    """A finished one without the seconds that laying out a PDF takes; the routes ask only whether it is there."""
    return _ready(Dossier(review=review), f"%PDF-1.7 {word}", by)


def _package(review, word, by, evidence):
    inside = {"name": f"evidence/{word}.pdf", "title": evidence.title, "evidence": evidence.pk, "version": 1, "size": 1}
    counts = {"files": 1, "bytes": 1}
    package = Package(review=review, dossier=_dossier(review, f"{word} packed", by))
    package.manifest = {"files": [inside], "withheld": [], "counts": counts}
    return _ready(package, f"PK {word}", by)


def _ready(row, content, by):
    content = content.encode()
    row.requested_by, row.state, row.snapshot_at, row.pages = by, State.READY, timezone.now(), 1
    row.sha256, row.size = hashlib.sha256(content).hexdigest(), len(content)
    row.file.save("", ContentFile(content))
    return row


def _failed(review, word, by):
    return Dossier.objects.create(review=review, requested_by=by, state=State.FAILED, error=f"{word} failed")


def _escalation(review, word, by):
    """A letter that was not sent yet, one that waits for its answers and one whose answers are in; and the PDF of the
    first, which only whoever asked for it may fetch."""
    draft, sent, settled = (escalations.draft(review, by=by, items=[item(review, number)]) for number in (1, 3, 4))
    for each in (sent, settled):
        escalations.change(each, by=by, version=1, opening=f"{word} opening")
        escalations.send(each, by=by, version=2, mailed=False)
    escalations.settle(settled.with_questions.get(), by=by, outcome="answered", remark=f"{word} remark")
    paper = Paper(kind="letter", subject=str(draft.pk), title=str(draft), vendor=review.vendor)
    paper = _ready(paper, f"%PDF-1.7 {word} letter", by)
    return {"letter_draft": draft, "sent_letter": sent, "settled_letter": settled, "paper": paper}


def addresses(world):
    """`{kind: Address}` of every kind the table names."""
    own, foreign = world.own, world.foreign
    return {
        "": Address(),
        "wrong key": Address(("1", "set-password")),
        "wrong secret": Address(("not-a-secret-of-anybody",)),
        "person": _person(world.colleague.pk),
        "former person": _person(world.former.pk),
        "absence": _person(_absence(own).pk),
        "failed task": Address((failed_task("dossiers.tasks.look_after").pk,)),
        "vendor": _by_slug("vendor", own, foreign),
        **{kind: _by_slug(kind, own, foreign) for kind in ("review", "decided", "again")},
        "register": Address(("csv",)),
        **{f"register of {kind}": _register(kind, own, foreign) for kind in ("vendor", "review")},
        **{kind: _part(kind, own, foreign) for kind in ("deployment", "contact", "fact")},
        **{
            kind: _by_id(kind, own, foreign)
            for kind in ("evidence", "withdrawn", "dossier", "failed dossier", "paper", "package")
        },
        "printable letter": _letter(own, foreign),
        **{f"{kind} letter": _numbered_letter(kind, own, foreign) for kind in ("draft", "sent", "settled")},
        "escalated item": _escalated(own, foreign),
        **{kind: _by_id(kind, own, foreign) for kind in ("proposal", "obligation", "date", "recorded date")},
        **{kind: _by_id(kind, own, foreign) for kind in ("sync", "action")},
        "line": _line(own, foreign),
        "policy": _policy("policy", own, foreign),
        "draft policy": _policy("draft_policy", own, foreign),
        "policy signature": _policy("policy", own, foreign, "ciso"),
        "version": _version(own, foreign),
        "condition": _condition(own, foreign),
        "import": _import("imported", own, foreign),
        "applied import": _import("applied_import", own, foreign),
        "guest link": _guest_link(own, foreign),
        "guest page": Address(_token(own), _token(foreign), _never_given_out(own)),
        "guest question": _guest_question(own, foreign),
        "citation": _citation(own, foreign),
        "conflict": _conflict(0, own, foreign),
        "settled conflict": _conflict(1, own, foreign),
        "dismissal": _dismissal(own, foreign),
        "without ground": _item(5, own, foreign),
        **_question_addresses(own, foreign),
        "questionnaire": _questionnaire_page(own, foreign),
        "proposed answer": _proposal_page("answer_proposed", "take", own, foreign),
        "answer set aside": _proposal_page("answer_aside", "bring_back", own, foreign),
        "awaiting": _item(1, own, foreign),
        "ready": _item(3, own, foreign),
        "unowned": _item(6, own, foreign),
        "arrival": _by_id("arrival", own, foreign),
        "moved review": _by_slug("decided", own, foreign),
        "submit": _item(3, own, foreign, "submit"),
        "take_back": _item(1, own, foreign, "take_back"),
        "return": _item(1, own, foreign, "return"),
        "withdraw": _item(2, own, foreign, "withdraw"),
        "reopen": _item(4, own, foreign, "reopen"),
    }


def _questionnaire_page(own, foreign):
    slug, mine, theirs = own.review.slug, own.questionnaire.pk, foreign.questionnaire.pk
    missing = {
        "own review, foreign id": (slug, theirs),
        "another review": (own.decided.slug, mine),
        "never": (slug, NEVER),
    }
    return Address((slug, mine), (foreign.review.slug, theirs), missing, {"too large": (slug, TOO_LARGE)})


def _proposal_page(kind, act, own, foreign):
    slug, source, mine, theirs = own.review.slug, own.questionnaire.pk, getattr(own, kind).pk, getattr(foreign, kind).pk
    missing = {"own questionnaire, foreign id": (slug, source, theirs, act), "never": (slug, source, NEVER, act)}
    odd = {"no such act": (slug, source, mine, "confirm"), "too large": (slug, source, TOO_LARGE, act)}
    return Address(
        (slug, source, mine, act), (foreign.review.slug, foreign.questionnaire.pk, theirs, act), missing, odd
    )


def _person(pk):
    return Address((pk,), missing={"never": (NEVER,)}, odd={"too large": (TOO_LARGE,)})


def _absence(company):
    """In a year, so that nobody acts for anybody meanwhile."""
    day = timezone.localdate() + datetime.timedelta(days=360)
    return absences.plan(company.ciso, company.legal, day, day, by=company.ciso)


def _by_slug(kind, own, foreign):
    return Address(
        (getattr(own, kind).slug,), (getattr(foreign, kind).slug,), {"never": ("nothing-here",)}, {"the id": ("1",)}
    )


def _register(kind, own, foreign):
    mine, theirs = getattr(own, kind).slug, getattr(foreign, kind).slug
    return Address((mine, "csv"), (theirs, "csv"), {"never": ("nothing-here", "csv"), "no such format": (mine, "exe")})


def _part(kind, own, foreign):
    mine, theirs, slug = getattr(own, kind), getattr(foreign, kind), own.vendor.slug
    missing = {
        "own vendor, foreign id": (slug, theirs.pk),
        "foreign vendor, own id": (foreign.vendor.slug, mine.pk),
        "never": (slug, NEVER),
    }
    if kind != "deployment":
        missing["deleted"] = (slug, getattr(own, f"gone_{kind}"))
    return Address((slug, mine.pk), (foreign.vendor.slug, theirs.pk), missing, {"too large": (slug, TOO_LARGE)})


def _policy(kind, own, foreign, *role):
    slug, number = own.vendor.slug, getattr(own, kind).number
    odd = {"number zero": (slug, 0, *role), "too large": (slug, TOO_LARGE, *role)}
    if role:
        odd["no such role"] = (slug, number, "reviewer")
    return Address((slug, number, *role), (foreign.vendor.slug, number, *role), {"never": (slug, 99, *role)}, odd)


def _by_id(kind, own, foreign):
    attribute = {"evidence": "report"}.get(kind, kind.replace(" ", "_"))
    mine, theirs = (getattr(company, attribute).pk for company in (own, foreign))
    return Address((mine,), (theirs,), {"never": (NEVER,)}, {"too large": (TOO_LARGE,)})


def _letter(own, foreign):
    mine, theirs = own.letter_draft.pk, foreign.letter_draft.pk
    missing = {"never": ("letter", NEVER), "no such kind": ("nonsense", mine), "no number": ("letter", "x")}
    return Address(("letter", mine), ("letter", theirs), missing, {"too large": ("letter", TOO_LARGE)})


def _numbered_letter(kind, own, foreign):
    attribute = "letter_draft" if kind == "draft" else f"{kind}_letter"
    mine, theirs = (getattr(company, attribute) for company in (own, foreign))
    slug = own.review.slug
    missing = {"another own review": (own.decided.slug, mine.number), "never": (slug, NEVER)}
    odd = {"number zero": (slug, 0), "too large": (slug, TOO_LARGE)}
    return Address((slug, mine.number), (foreign.review.slug, theirs.number), missing, odd)


def _escalated(own, foreign):
    slug, letter = own.review.slug, own.sent_letter
    mine, theirs = (company.sent_letter.with_questions.get().pk for company in (own, foreign))
    missing = {
        "own letter, foreign item": (slug, letter.number, theirs),
        "own item, another letter": (slug, own.letter_draft.number, mine),
        "never": (slug, letter.number, NEVER),
    }
    theirs_at = (foreign.review.slug, foreign.sent_letter.number, theirs)
    return Address((slug, letter.number, mine), theirs_at, missing, {"too large": (slug, letter.number, TOO_LARGE)})


def _version(own, foreign):
    missing = {
        "own evidence, number of another": (own.letter.pk, 2),
        "own link, no file": (own.link.pk, 1),
        "never": (NEVER, 1),
    }
    odd = {"number zero": (own.report.pk, 0), "too large": (own.report.pk, TOO_LARGE)}
    return Address((own.report.pk, 1), (foreign.report.pk, 1), missing, odd)


def _import(kind, own, foreign):
    slug, mine, theirs = own.review.slug, getattr(own, kind).pk, getattr(foreign, kind).pk
    missing = {
        "own review, foreign import": (slug, theirs),
        "foreign review, own import": (foreign.review.slug, mine),
        "another own review": (own.decided.slug, mine),
        "never": (slug, NEVER),
    }
    return Address((slug, mine), (foreign.review.slug, theirs), missing, {"too large": (slug, TOO_LARGE)})


def _condition(own, foreign):
    slug, pk = own.decided.slug, own.condition.pk
    missing = {
        "own review, foreign condition": (slug, foreign.condition.pk),
        "foreign review, own condition": (foreign.decided.slug, pk),
        "another own review": (own.review.slug, pk),
        "never": (slug, NEVER),
    }
    return Address((slug, pk), (foreign.decided.slug, foreign.condition.pk), missing, {"too large": (slug, TOO_LARGE)})


def _line(own, foreign):
    missing = {
        "own sync, foreign line": (own.sync.pk, foreign.line.pk),
        "foreign sync, own line": (foreign.sync.pk, own.line.pk),
        "never": (own.sync.pk, NEVER),
    }
    odd = {"too large": (own.sync.pk, TOO_LARGE)}
    return Address((own.sync.pk, own.line.pk), (foreign.sync.pk, foreign.line.pk), missing, odd)


def _token(company, *number):
    return (guests.token(company.guest_link), *number)


def _never_given_out(own, *number):
    return {"unsigned": (own.guest_link.key.hex, *number), "never": ("nothing-here", *number)}


def _guest_question(own, foreign):
    odd = {
        "not put to them": _token(own, own.other_question.number),
        "never": _token(own, NEVER),
        "too large": _token(own, TOO_LARGE),
    }
    number = own.guest_question.number
    return Address(_token(own, number), _token(foreign, number), _never_given_out(own, number), odd)


def _guest_link(own, foreign):
    slug, pk = own.review.slug, own.guest_link.pk
    missing = {
        "own review, foreign link": (slug, foreign.guest_link.pk),
        "foreign review, own link": (foreign.review.slug, pk),
        "another own review": (own.decided.slug, pk),
        "never": (slug, NEVER),
    }
    return Address((slug, pk), (foreign.review.slug, foreign.guest_link.pk), missing, {"too large": (slug, TOO_LARGE)})


def _citation(own, foreign):
    mine, theirs = (item(company.review, 3).citations.get().pk for company in (own, foreign))
    slug = own.review.slug
    missing = {
        "own item, foreign citation": (slug, 3, theirs),
        "own citation, another item": (slug, 1, mine),
        "own citation, foreign review": (foreign.review.slug, 3, mine),
        "never": (slug, 3, NEVER),
    }
    odd = {"too large": (slug, 3, TOO_LARGE)}
    return Address((slug, 3, mine), (foreign.review.slug, 3, theirs), missing, odd)


def _dismissal(own, foreign):
    slug, mine, theirs = own.review.slug, own.review.dismissals.get().pk, foreign.review.dismissals.get().pk
    missing = {
        "own review, foreign dismissal": (slug, theirs),
        "another own review": (own.decided.slug, mine),
        "never": (slug, NEVER),
    }
    return Address((slug, mine), (foreign.review.slug, theirs), missing, {"too large": (slug, TOO_LARGE)})


def _conflict(which, own, foreign):
    mine, theirs = (item(company.review, 5).conflicts.order_by("pk")[which].pk for company in (own, foreign))
    slug = own.review.slug
    missing = {
        "own item, foreign conflict": (slug, 5, theirs),
        "own conflict, another item": (slug, 1, mine),
        "own conflict, foreign review": (foreign.review.slug, 5, mine),
        "never": (slug, 5, NEVER),
    }
    odd = {"too large": (slug, 5, TOO_LARGE)}
    return Address((slug, 5, mine), (foreign.review.slug, 5, theirs), missing, odd)


def _question_addresses(own, foreign):
    """The numbers count within a review, so those of the foreign one are the same."""

    def parts(company):
        answered = company.attachment.answer.question.number
        return {
            "draft question": (company.draft_question.number,),
            "asked question": (company.asked_question.number,),
            "answer": (answered, 1),
            "attachment": (answered, company.attachment.pk),
            "asked item": (3, company.asked_question.number),
        }

    slug, theirs = own.review.slug, parts(foreign)
    found = {}
    for kind, mine in parts(own).items():
        missing = {"never": (slug, *mine[:-1], NEVER), "another own review": (own.decided.slug, *mine)}
        if kind == "attachment":
            missing["own question, foreign file"] = (slug, mine[0], theirs[kind][1])
            missing["another own question"] = (slug, own.asked_question.number, mine[1])
        odd = {"too large": (slug, *mine[:-1], TOO_LARGE)}
        found[kind] = Address((slug, *mine), (foreign.review.slug, *theirs[kind]), missing, odd)
    return found


def _item(number, own, foreign, *key):
    slug = own.review.slug
    missing = {"no such statement": (slug, 7, *key), "never": ("nothing-here", number, *key)}
    odd = {
        "a statement of another checklist": (own.decided.slug, 2, *key),
        "number zero": (slug, 0, *key),
        "too large": (slug, TOO_LARGE, *key),
    }
    if key:
        odd |= {"no such move": (slug, number, "destroy"), "an inner move": (slug, number, "start")}
    return Address((slug, number, *key), (foreign.review.slug, number, *key), missing, odd)
