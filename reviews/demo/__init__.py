"""How does a first start of embedded mode get people, evidence and three reviews to look at?

All of it is reached through the functions that a person's clicks reach, so the demo obeys every rule and leaves every
event. Signatures, events and citations are dated when they are made, on the day of loading; only the day a review was
opened and the first dates of what recurs are set into the past, so that something is late. fixtures/demo/ holds what is said.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from ruamel.yaml import YAML

from accounts import people
from accounts.choices import STAKEHOLDERS, Access, Role
from accounts.models import User
from accounts.permissions import Refused
from audit import context, log
from evidence import library
from evidence.models import Evidence
from reviews import checks, conflicts, decisions, dismissals, findings, gate, opening, ownership, signoffs, workflow
from reviews.asking import escalations, guests
from reviews.choices import Delivery, QuestionState
from reviews.demo import demo_documents, demo_questionnaires, demo_questions, demo_syncs
from reviews.models import Checklist, Obligation, Occurrence, Review
from reviews.permissions import POLICY_SIGNERS
from reviews.policy import policies, policy_signatures
from reviews.recurring import cadence, obligations, occurrences, plan
from vendors import register
from vendors.models import Vendor

FOLDER = settings.BASE_DIR / "fixtures" / "demo"
DATES = {"issued": "issued_on", "valid_until": "valid_until"}


class Outcome(Enum):
    LOADED = "loaded"
    THERE_ALREADY = "there already"
    NOT_EMPTY = "not empty"


@dataclass
class Scene:
    """What the parts of the demo refer to by key."""

    data: dict[str, Any]
    documents: dict[str, Any]
    today: date
    people: dict[str, User]
    evidence: dict[str, Evidence]
    vendor: Vendor | None = None

    def day(self, offset):
        return self.today + timedelta(days=offset)


def load():
    """Create the demo in an empty installation, or nothing at all, and say which. One transaction.

    Raises Refused outside embedded mode, and when the checklist it reviews by is not loaded.
    """
    if not settings.EMBEDDED:
        raise Refused("Demo people and demo data exist only in embedded mode; this is a production installation.")
    data = _read("demo.yaml")
    if demo_people(data).exists():
        return Outcome.THERE_ALREADY
    if User.objects.exists() or Vendor.objects.exists():
        return Outcome.NOT_EMPTY
    checklist = Checklist.objects.filter(**data["checklist"]).first()
    if not checklist:
        raise Refused("The demo reviews use the 47 statements: load them first, with load_checklist.")
    with transaction.atomic(), context.acting(request_id="load_demo"):
        scene = Scene(data, _read("documents.yaml"), timezone.localdate(), {}, {})
        _add_people(scene)
        deployments = _add_vendor(scene)
        for key, entry in scene.documents.items():
            scene.evidence[key] = _add_evidence(scene, entry)
        _add_policy(scene, data["policy"])
        for entry in data["reviews"]:
            _add_review(scene, deployments[entry["deployment"]], checklist, entry)
        for entry in data["obligations"]:
            _add_obligation(scene, deployments[entry["deployment"]], entry)
        demo_syncs.load(scene, deployments)
        for entry in data["reviews"]:
            _set_aside(scene, deployments[entry["deployment"]], entry)
    return Outcome.LOADED


def password():
    """What the demo people sign in with until they change it."""
    return _read("demo.yaml")["password"]


def demo_people(data=None):
    """The demo people there are, in the order of the file."""
    entries = (data or _read("demo.yaml"))["people"]
    return User.objects.filter(email__in=[entry["email"] for entry in entries.values()]).order_by("pk")


@cache
def _read(name):
    return YAML(typ="safe").load(FOLDER / name)


def _add_people(scene):
    """The administrator first, who adds the others. All share one password and thus, to be quick, its hash."""
    entries = scene.data["people"]
    hashed = make_password(scene.data["password"])
    administrator = User.objects.create_user(**_values(entries["administrator"], "name", "email", "role"))
    log.record("person.created", administrator, after={"role": Role.ADMINISTRATOR})
    for key, entry in entries.items():
        person = administrator
        if key != "administrator":
            person = people.create_person(**_values(entry, "name", "email", "role"), by=administrator)
        person.password = hashed
        person.save(update_fields=["password"])
        scene.people[key] = person


def _add_vendor(scene):
    """Add the vendor with all that is said about it and who may do what; return its deployments by key."""
    entry, lead = scene.data["vendor"], scene.people["lead"]
    vendor = register.create_vendor(by=lead, **_values(entry, "name", "description", "website", "trust_centre"))
    scene.vendor = vendor
    for key, person in scene.data["people"].items():
        if "access" in person and key != "lead":  # the vendor's creator has hers
            register.give_access(vendor, scene.people[key], Access(person["access"]), by=lead)
    for contact in entry["contacts"]:
        register.add_contact(vendor, by=lead, **contact)
    for fact in entry["facts"]:
        register.add_fact(vendor, by=scene.people["reviewer"], seen_on=entry["facts_seen_on"], **fact)
    return {key: register.add_deployment(vendor, by=lead, **values) for key, values in entry["deployments"].items()}


def _add_evidence(scene, entry):
    return library.add_file(
        scene.vendor,
        _upload(scene, entry["title"], entry),
        by=scene.people[entry["by"]],
        **_values(entry, "title", "kind", "confidentiality"),
        **_dates(scene, entry),
    )


def _replace_evidence(scene, key):
    entry = scene.documents[key]
    newer = entry["second_version"]
    upload = _upload(scene, entry["title"], newer)
    library.add_version(scene.evidence[key], by=scene.people[newer["by"]], upload=upload, **_dates(scene, newer))
    # The row read before remembers its version of then.
    scene.evidence[key] = Evidence.objects.get(pk=scene.evidence[key].pk)


def _upload(scene, title, entry):
    words = {
        "issued_on": "Issued on",
        "period_start": "period from",
        "period_end": "until",
        "valid_until": "valid until",
    }
    dates = {words[name]: day for name, day in _dates(scene, entry).items()}
    content = demo_documents.document(title, dates, entry["pages"])
    return SimpleUploadedFile(entry["file"], content, "application/pdf")


def _dates(scene, entry):
    dates = {name: scene.day(entry[key]) for key, name in DATES.items() if key in entry}
    if "period" in entry:
        dates["period_start"], dates["period_end"] = (scene.day(offset) for offset in entry["period"])
    return dates


def _add_review(scene, deployment, checklist, entry):
    lead = scene.people["lead"]
    review = opening.open_review(
        deployment,
        checklist,
        by=lead,
        title=entry["title"],
        holders={role: scene.people[role] for role in STAKEHOLDERS},
        due_on=scene.day(entry["due"]),
    )
    opened_at = timezone.now() + timedelta(days=entry["opened"])
    Review.objects.filter(pk=review.pk).update(opened_at=opened_at)
    items = {item.number: item for item in review.items.with_standing()}
    for number in entry.get("suggestions_accepted", ()):
        ownership.take_role(items[number], items[number].statement.suggested_role, by=lead)
    for offset, numbers in entry.get("due_days", {}).items():
        ownership.set_due([items[number] for number in numbers], due_on=scene.day(offset), by=lead)
    for item in review.items.with_standing():
        if item.number in entry["items"]:
            _work_on(scene, item, entry["items"][item.number])
    for key in entry.get("replaced_afterwards", ()):
        _replace_evidence(scene, key)
    for number, said in entry.get("disagree", {}).items():
        _disagree(scene, items[number], said)
    if "decision" in entry:
        assessed = gate.assess(review)
        decisions.decide(
            review,
            by=scene.people["ciso"],
            shown=decisions.shown(assessed, to=scene.people["ciso"]),
            **entry["decision"],
        )
    if "questions" in entry:
        demo_questions.ask(scene, review, entry["questions"])
    if "questionnaire" in entry:
        demo_questionnaires.hand_in(scene, review, entry["questionnaire"])
    if "escalation" in entry:
        _escalate(scene, review, entry["escalation"])
    if "guest" in entry:
        _invite(scene, review, entry["guest"])


def _escalate(scene, review, entry):
    """The decision's letter, sent by hand; what came of it so far. A refusal is a red flag at once."""
    lead = scene.people["lead"]
    letter = escalations.draft(review, by=lead)
    letter = escalations.change(letter, by=lead, version=letter.version, answer_by=scene.day(entry["answer_in"]))
    letter = escalations.send(letter, by=lead, version=letter.version, mailed=False)
    for row in letter.with_questions:
        if came := entry["outcomes"].get(row.item.number):
            escalations.settle(row, by=lead, **came)


def _disagree(scene, item, entry):
    sides = [conflicts.Side(**each | {"dated": scene.day(each["dated"])}) for each in entry["sides"]]
    conflicts.open_conflict(item, by=scene.people[entry["by"]], title=entry["about"], sides=sides)


def _set_aside(scene, deployment, entry):
    """What a check says of the review as a whole, at the end, when nothing more changes its facts."""
    review = Review.objects.with_context().get(deployment=deployment, title=entry["title"])
    for fired in checks.of(review):
        if said := entry.get("set_aside", {}).get(fired.key):
            dismissals.dismiss(
                review,
                by=scene.people[said["by"]],
                key=fired.key,
                subject=fired.subject,
                fingerprint=fired.fingerprint,
                reason=said["reason"],
            )


def _invite(scene, review, entry):
    """A page for the account team that waits for its first visit; its mail goes out when somebody sends it again."""
    contact, last_day = review.vendor.contacts.get(name=entry["contact"]), scene.day(entry["open_for"])
    said = {
        "questions": review.questions.filter(state=QuestionState.ASKED),
        "expires_at": guests.end_of(last_day),
        "note": entry["note"],
    }
    link = guests.invite(review, by=scene.people["lead"], contact=contact, **said)
    guests.mails(link).update(state=Delivery.NOTHING, outcome="The demonstration sends no mail by itself.")


def _work_on(scene, item, entry):
    by = scene.people[scene.data["worked_on_by"][item.role]]
    item = findings.record(item, by=by, version=item.version, **_values(entry, *findings.FIELDS))
    for key, locator, *quote in entry.get("cites", ()):
        findings.cite(item, scene.evidence[key], by=by, locator=locator, quote=" ".join(quote))
    for author, text in entry.get("comments", ()):
        findings.comment(item, by=scene.people[author], text=text)
    then = entry.get("then", "signed")
    if then == "in_progress":
        return
    item = workflow.apply(workflow.SUBMIT, item, by=by)
    if "returned" in entry:
        workflow.apply(workflow.RETURN, item, by=item.holder, remark=entry["returned"])
        findings.comment(item, by=by, text=entry["answer"])
        item = workflow.apply(workflow.SUBMIT, item, by=by)
    if then == "signed":
        _sign(item)
    if "withdrawn" in entry:
        _sign_again(item, entry["withdrawn"], by=by)


def _sign(item):
    """The owner signs what a page would show of the item as it was submitted."""
    signoffs.sign(item, by=item.holder, shown=signoffs.shown(item, to=item.holder))


def _sign_again(item, entry, *, by):
    item = signoffs.withdraw(item, by=item.holder, reason=entry["reason"])
    findings.record(item, by=by, version=item.version, notes=entry["notes"])
    _sign(workflow.apply(workflow.SUBMIT, item, by=by))


def _add_policy(scene, entry):
    """A data classification policy that all three have signed: the usual classes with what `entry` says otherwise."""
    by = scene.people[entry["by"]]
    draft = policies.begin(scene.vendor, by=by)
    levels = [level | entry["levels"].get(level["data_class"], {}) for level in draft.levels]
    policy = policies.submit(policies.change(draft, by=by, version=draft.version, levels=levels), by=by)
    for role in POLICY_SIGNERS:
        signer = scene.people[role.value]
        shown = policy_signatures.shown(policy, role, to=signer)
        policy_signatures.sign(policy, by=signer, role=role, shown=shown)


def _add_obligation(scene, deployment, entry):
    obligation = obligations.create(
        scene.vendor,
        by=scene.people["lead"],
        deployment=deployment,
        owner=scene.people[entry["owner"]],
        escalate_to=scene.people[entry["escalate_to"]],
        first_on=scene.today,
        **_values(entry, "duty", "title", "instructions", "every", "unit", "counted"),
    )
    _set_back(obligation, scene.day(entry["first"]), by=scene.people["lead"])
    if recorded := entry.get("recorded"):
        occurrences.record(
            obligation.occurrences.first(),
            by=scene.people[recorded["by"]],
            done_on=scene.day(recorded["done"]),
            **_values(recorded, "result", "answers"),
        )


def _set_back(obligation, first_on, *, by):
    """Let it begin on another day; obligations themselves make up no dates in the past."""
    Obligation.objects.filter(pk=obligation.pk).update(first_on=first_on)
    for occurrence in obligation.occurrences.all():
        day = cadence.nth(first_on, obligation.every, obligation.unit, occurrence.number)
        Occurrence.objects.filter(pk=occurrence.pk).update(planned_on=day, due_on=day)
    plan.plan_dates(plan.lock(obligation.pk), timezone.localdate(), by=by)


def _values(entry, *names):
    return {name: entry[name] for name in names if name in entry}
