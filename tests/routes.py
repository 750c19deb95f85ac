"""What does each address answer, and to whom? One line a route; `test_routes.py` walks the URLconf and compares.

A line says for whom the object exists (`sees`), who gets the page (`reads`) and who may act (`does`). The rest
follows from rule 23: what one may not see is not found, what one sees and may not do is forbidden, and whoever
is not signed in is sent to sign in.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from reviews import checks, decisions, gate, signoffs
from reviews.asking import letters, question_export
from reviews.models import Review
from reviews.policy import policies, policy_signatures
from reviews.recurring import occurrences
from tests.cast import PASSWORD, item, pdf

# What can come back. Only the last four may change anything.
PAGE = "page"  # 200
FILE = "file"  # 200, an attachment that browsers neither run nor keep
ERRORS = "form errors"  # 200 or 422: the form again
BACK = "back"  # 302 to another page of ours
NOT_FOUND = "not found"  # 404
FORBIDDEN = "forbidden"  # 403
NOT_ALLOWED = "method not allowed"  # 405
SIGN_IN = "sign in"  # 302 to the sign-in page
TURNED_AWAY = "turned away"  # 403, after an event that says what was tried
DONE = "done"  # 302, after a change with its event
SHOWN = "shown"  # 200, after a change with its event: something that is seen this once
NOTED = "noted"  # 200: the form again, after an event that says what was tried
TAKEN = "taken"  # 204: whatever was sent

STAKEHOLDERS = frozenset({"ciso", "compliance officer", "privacy officer", "IT security", "legal"})
LEAD, CISO, ADMINISTRATOR = frozenset({"lead"}), frozenset({"ciso"}), frozenset({"administrator"})
CONTRIBUTORS = STAKEHOLDERS | {"lead", "reviewer"}
POLICY_SIGNERS = frozenset({"ciso", "legal", "compliance officer"})
INSIDERS = CONTRIBUTORS | {"auditor"}
ALL = INSIDERS | {"administrator", "stranger", "newcomer"}
READS_AUDIT = (INSIDERS - {"reviewer"}) | {"administrator", "stranger"}
NOBODY = frozenset()
# Of who has no account, only the guest reads anything: the page of one link, which opens nothing else.
OUT = frozenset({"deactivated", "signed out", "guest"})
PERSONAS = (*sorted(STAKEHOLDERS), "lead", "reviewer", "auditor", "administrator", "stranger", "newcomer", *sorted(OUT))

Payload = dict | Callable[[object], dict]


# So often a page asks the database at most, the session and the person included; and those that may ask more often, with
# why (docs/decisions/0016-what-was-slow.md). Lower a number when a page asks less often.
QUERIES = 12
_ITEMS = "all items of a review with what they rest on: six statements, eight where sources disagree"
_MEETING = "a meeting on one screen: agenda, changes, lists, load, forecast, checks and minutes are different tables"
COSTLIER = {
    "reviews:review_sync": (53, _MEETING),
    "reviews:all_sync": (43, _MEETING),
    "reviews:overview": (23, "gates, look ahead, concerns, trend, load and what is overdue of every review"),
    "reviews:calendar": (22, "every kind of entry is a table of its own, and there are twelve"),
    "reviews:home": (19, "every list of what waits is a table of its own, and there are ten"),
    "reviews:sync": (15, "minutes, actions agreed and carried over, and who may be there"),
    "reviews:review": (16, f"{_ITEMS}; a decision, a policy, letters and contacts where there are any"),
    "reviews:decision": (18, f"{_ITEMS}; every decision with its conditions"),
    "reviews:checks": (18, f"{_ITEMS}; the library, drills, questions, and what was set aside"),
    "reviews:escalation": (23, f"{_ITEMS}; a draft offers them, beside its own lines, history and contacts"),
    "reviews:escalation_letter": (16, "the letter with its lines, and whether each addressee still is a contact"),
    "reviews:escalation_new": (13, _ITEMS),
    "reviews:review_difference": (17, f"{_ITEMS}; two decisions, and what was signed for each"),
    "reviews:review_reassess": (13, f"{_ITEMS}; the reviews of the chain"),
    "reviews:review_chain": (17, "the list of reviews, for the chain, with what is planned"),
    "reviews:reviews": (13, "states, decisions and conditions, deadlines and categories of 25 reviews"),
    "reviews:item": (21, "everything about one item: evidence, questions, letters, history, and who may do what"),
    "reviews:item_beside": (16, "the same beside the sync"),
    "reviews:import": (14, "what the preview counts, beside the rows of its page"),
    "reviews:questions": (14, "questions with their items and answers, filters with numbers, and what may be taken"),
    "reviews:guest_link": (16, "the guest's questions, answers, mails and history"),
    "reviews:occurrence": (13, "the date with its records, history and meeting, and what a finding reopens"),
    "reviews:policy_home": (14, "both versions of the policy, signatures, deployments and history"),
    "system:page": (13, "every queue, service and kind of trouble there may be"),
    "vendors:vendor": (20, "ten parts of a vendor, each with its people"),
    # Files are made of all there is, and nobody waits for them as for a page.
    "reviews:export": (18, "a file"),
    "reviews:copy_json": (90, "a file: every table of a review"),
    "reviews:copy_zip": (95, "a file: every table of a review, and its evidence"),
    "reviews:library_export": (14, "a file"),
    "reviews:audit_export": (13, "a file"),
    "reviews:evidence_export": (13, "a file"),
    "reviews:questions_register": (13, "a file"),
}


@dataclass(frozen=True)
class Route:
    """An address for signed-in people. `at` names its kinds of objects in `route_world.addresses`."""

    name: str
    at: str
    reads: frozenset = NOBODY  # GET is answered; nobody: GET is not allowed
    does: frozenset = NOBODY  # POST is answered; nobody: POST is not allowed
    empty: str = ERRORS  # a POST of nothing, for those who may
    sends: Payload | None = None  # a POST that does something, for those who may
    sees: frozenset = INSIDERS  # for whom the object exists
    reading: str = PAGE
    sending: str = DONE
    events: tuple = ()  # what a read writes down
    tries: frozenset = NOBODY  # who else gets as far as the errors of an empty form
    outward: dict[str, Payload] = field(default_factory=dict)  # payloads that point outside, refused to those who may


@dataclass(frozen=True)
class Entrance:
    """An address of allauth, or for browsers themselves: `(GET, POST of nothing, POST of sends)` for people signed out and signed in."""

    name: str
    at: str
    signed_out: tuple[str, str, str]
    signed_in: tuple[str, str, str]
    sends: Payload
    events: tuple = ()


@dataclass(frozen=True)
class GuestPage:
    """An address behind a guest's link: `(GET, POST of nothing, POST of sends)` for the guest of that link, and for whoever
    else knows the address, signed in or not, guests of other links among them.
    """

    name: str
    at: str
    guest: tuple[str, str, str]
    others: tuple[str, str, str]
    sends: Payload
    events: tuple = ()


SOON = (timezone.localdate() + datetime.timedelta(days=30)).isoformat()
VENDOR = {"name": "New name", "description": "", "website": "", "trust_centre": ""}
DEPLOYMENT = {"name": "New way", "channel": "bedrock", "data_classes": ["public"]}
CONTACT = {"name": "New contact"}
FACT = {"text": "Says this", "source": "A page", "seen_on": "2026-01-01"}
EVIDENCE = {"title": "New title", "kind": "policy", "confidentiality": "internal"}
PERSON = {"name": "New person", "email": "new-person@example.com", "role": "reviewer"}
SIGNING_IN = {"login": "colleague@example.com", "password": PASSWORD}
WRONG = {"login": "colleague@example.com", "password": "not the password"}
RESET = {"email": "colleague@example.com"}
NEW_PASSWORD = {"oldpassword": PASSWORD, "password1": "a new long password", "password2": "a new long password"}


def letter(world):
    """The editor of the draft as the page shows it."""
    draft = world.own.letter_draft
    row = draft.with_questions.get()
    asked = {f"keep_{row.pk}": "on", f"text_{row.pk}": "Is it so?", f"wanted_{row.pk}": "A report"}
    return asked | {"version": draft.version, "contacts": [world.own.contact.pk], "answer_by": SOON, "opening": "Hello"}


def sending_letter(world):
    """The letter as whoever sends it has read it: it bears their name."""
    draft = world.own.letter_draft
    return {"version": draft.version, "mailed": "1", "read": letters.reading(draft, world.asking or world.own.lead)}


def upload(world):
    return EVIDENCE | {"files": [pdf("a new file")]}


def signature(world):
    return {"shown": signoffs.shown(item(world.own.review, 1), to=world.own.ciso), "password": PASSWORD}


def decision(world):
    shown = decisions.shown(gate.assess(world.own.review), to=world.own.ciso)
    rows = {"conditions-TOTAL_FORMS": 5, "conditions-INITIAL_FORMS": 0}
    return rows | {"outcome": "hold", "reason": "Too early.", "shown": shown, "password": PASSWORD}


def decision_for_others(world):
    """A condition given to someone of another vendor."""
    given = {"outcome": "conditional", "conditions-0-text": "Do it.", "conditions-0-owner": world.foreign.ciso.pk}
    return decision(world) | given | {"conditions-0-due_on": SOON}


def opening(world):
    return {"deployment": world.own.deployment.pk, "checklist": world.checklist.pk}


def owning(world):
    return {"role": "legal", "owner": "", "due_on": SOON}


def review_values(world):
    return {"title": "New title", "lead": world.own.lead.pk, "due_on": SOON}


def action_values(world):
    return {"text": "Ask again", "owner": world.own.ciso.pk, "due_on": SOON}


def series_values(world, invited):
    day = (timezone.localdate() + datetime.timedelta(days=1)).isoformat()
    said = {"day": day, "at": "12:00", "until": SOON, "minutes": 30, "every_weeks": 1}
    return said | {"place": "Room 3", "invited": [invited.pk]}


def changed_action(world):
    return action_values(world) | {"version": 1}


def obligation_values(world):
    said = {"title": "New title", "duty": "other", "owner": world.own.ciso.pk, "every": 1, "unit": "quarter"}
    return said | {"counted": "calendar", "first_on": SOON, "steps": "7, 0", "version": 1}


def disagreeing(world, evidence=""):
    """Two sources that say different things; the first of them may be in the library."""
    rows = {"sides-TOTAL_FORMS": 3, "sides-INITIAL_FORMS": 0, "title": "New title", "version": 1}
    for number, rank in enumerate(("contract", "article")):
        side = {"rank": rank, "source": "Somebody", "says": rank, "dated": "2026-01-01", "evidence": evidence}
        rows |= {f"sides-{number}-{name}": value for name, value in side.items()}
    return rows


def setting_aside(world):
    found = checks.asking(checks.of(Review.objects.with_context().get(pk=world.own.review.pk)))[0]
    return {"key": found.key, "subject": found.subject, "fingerprint": found.fingerprint, "reason": "Not here."}


def settling(world):
    conflict = item(world.own.review, 5).conflicts.order_by("pk")[0]
    return {"prevails": conflict.sides.all()[0].pk, "resolution": "It is signed.", "version": conflict.version}


def recording(world):
    return {"done_on": timezone.localdate().isoformat(), "result": "passed", "done": "Called them."}


def countersignature(world):
    completion = occurrences.last_completion(world.own.recorded_date)
    return {"shown": occurrences.shown(completion, to=world.own.ciso), "password": PASSWORD}


def agreement(world):
    """The draft policy awaits its signatures, and the CISO has it open."""
    policy = policies.submit(world.own.draft_policy, by=world.own.lead)
    shown = policy_signatures.shown(policy, "ciso", to=world.own.ciso)
    return {"role": "ciso", "shown": shown, "password": PASSWORD}


def question(world):
    return {"text": "Is it so?", "items": [item(world.own.review, 3).pk], "version": 1}


def putting(world):
    world.own.asked_question.refresh_from_db()
    asked = {"contact": world.own.contact.pk, "via": "email", "asked_on": timezone.localdate().isoformat()}
    return asked | {"questions": [world.own.draft_question.pk], "version": world.own.asked_question.version}


def answering(world):
    today = timezone.localdate().isoformat()
    return {"text": "It is so.", "source": "Account team", "said_on": today, "via": "email", "files": [pdf("answered")]}


def returned(world):
    """The workbook as it was exported: with no answers in it."""
    content = question_export.as_workbook(question_export.open_ones(world.own.review.questions.all()))
    return {"file": SimpleUploadedFile("answers.xlsx", content)}


def questionnaire(world):
    return {"file": SimpleUploadedFile("answers.csv", b"Id,Answer\nP.3,Yes\n")}


def naming(world):
    return {"version": world.own.imported.version, "heading_row": 1, "column-0": "number", "column-1": "notes"}


def placing(world):
    lost = world.own.imported.rows.get(item=None)
    return {"version": world.own.imported.version, "position": lost.position, "item": item(world.own.review, 3).pk}


def ticking(world):
    row = world.own.imported.rows.exclude(item=None).get()
    return {"version": world.own.imported.version, "shown": row.pk, "row": row.pk, "cell": f"{row.pk}:notes"}


def judging(world):
    return {"judged": "insufficient", "reason": "Since when?", "version": world.own.attachment.answer.question.version}


def bulk(world):
    return {"act": "due", "items": [item(world.own.review, 3).pk], "due_on": SOON}


def gathering(world):
    return {"day": SOON, "at": "10:00", "minutes": 60, "invited": [world.own.ciso.pk]}


def finding(world):
    return {"finding": "unconfirmed", "reason": "No answer.", "version": item(world.own.review, 3).version}


def arriving(world):
    return {"vendor": world.own.vendor.pk, "file": SimpleUploadedFile("review.zip", b"PK not a ZIP")}


def not_pdf(world):
    return {"file": SimpleUploadedFile("other.pdf", b"%PDF-1.7 not one of ours")}


def of(what, **rest):
    """A payload read from the world when it is sent: `of(lambda w: {...}, more="words")`."""
    return lambda world: what(world) | rest


def inviting(world):
    # The contact is asked the other one already.
    return {"contact": world.own.contact.pk, "questions": [world.own.other_question.pk], "until": SOON}


# fmt: off
TABLE = [
    # name                            at               who reads       who does        nothing      something
    # My work, search, the log
    Route("reviews:home",             "",              ALL,            sees=ALL),
    Route("reviews:search",           "",              ALL,            sees=ALL),
    Route("reviews:ahead",            "",              ALL,            sees=ALL),
    Route("audit:events",             "",              READS_AUDIT,    sees=ALL),
    Route("reviews:audit_export",     "register",      READS_AUDIT,    sees=ALL, reading=FILE, events=("audit.exported",)),
    Route("reviews:overview",         "",              ALL,            sees=ALL),
    Route("reviews:overview_export",  "register",      ALL,            sees=ALL, reading=FILE, events=("overview.exported",)),
    Route("reviews:live",             "",              ALL,            sees=ALL),
    Route("reviews:live_review",      "review",        INSIDERS),

    # Help, for everybody
    Route("help:overview",            "",              ALL,            sees=ALL),
    Route("help:glossary",            "",              ALL,            sees=ALL),
    Route("help:rules",               "",              ALL,            sees=ALL),
    Route("help:tour",                "",              NOBODY,         ALL,            DONE,        sees=ALL),

    # What one is told oneself; of others' mails, leads and administrators
    Route("reviews:reminders",        "",              ALL,            sees=ALL),
    Route("reviews:reminders_seen",   "",              NOBODY,         ALL,            BACK,        sees=ALL),
    Route("reviews:telling",          "",              ALL,            ALL,            ERRORS,      {"send_hour": "7"}, sees=ALL),
    Route("reviews:messages",         "",              LEAD | ADMINISTRATOR, sees=ALL),

    # People: administrators only. That someone else may not ask says nothing about who exists.
    Route("accounts:people",          "",              ADMINISTRATOR,  sees=ALL),
    Route("reviews:people_export",    "register",      ADMINISTRATOR,  sees=ALL, reading=FILE, events=("people.exported",)),
    Route("reviews:access_export",    "register",      ADMINISTRATOR,  sees=ALL, reading=FILE, events=("access.exported",)),
    Route("accounts:person_new",      "",              ADMINISTRATOR,  ADMINISTRATOR,  ERRORS,      PERSON, sees=ALL),
    Route("accounts:person",          "person",        ADMINISTRATOR,  sees=ALL),
    Route("accounts:person_edit",     "person",        ADMINISTRATOR,  ADMINISTRATOR,  ERRORS,      PERSON, sees=ALL),
    Route("accounts:person_invite",   "person",        NOBODY,         ADMINISTRATOR,  DONE,        sees=ALL),
    Route("accounts:person_deactivate", "person",      NOBODY,         ADMINISTRATOR,  DONE,        sees=ALL),
    Route("accounts:person_reactivate", "former person", NOBODY,       ADMINISTRATOR,  DONE,        sees=ALL),
    Route("accounts:person_access_give", "person",     NOBODY,         ADMINISTRATOR,  ERRORS,      of(lambda w: {"vendor": w.own.vendor.pk}, access="review"), sees=ALL),
    Route("accounts:person_access_take", "person",     NOBODY,         ADMINISTRATOR,  BACK,        of(lambda w: {"vendor": w.own.vendor.pk}, access="audit"), sees=ALL),
    Route("accounts:profile",         "",              ALL,            ALL,            ERRORS,      {"name": "Called anew"}, sees=ALL),
    Route("accounts:person_absence_new", "person",     ADMINISTRATOR,  ADMINISTRATOR,  ERRORS,      of(lambda w: {"deputy": w.own.legal.pk}, starts_on=SOON, ends_on=SOON), sees=ALL),
    Route("accounts:absence_new",     "",              ALL,            ALL,            ERRORS,      sees=ALL,
          outward={"somebody who has left": of(lambda w: {"deputy": w.former.pk}, starts_on=SOON, ends_on=SOON)}),
    # Of the CISO, in a year: nobody else's business, but administrators cancel it as well.
    Route("accounts:absence_cancel",  "absence",       NOBODY,         CISO | ADMINISTRATOR, DONE,  sees=CISO | ADMINISTRATOR),
    Route("accounts:settings",        "",              ADMINISTRATOR,  sees=ALL),
    Route("accounts:office_hours",    "",              ADMINISTRATOR,  ADMINISTRATOR,  ERRORS,      {"send_hour": "9"}, sees=ALL),

    # The installation itself: administrators only. A task that is gone says so in words, since pressing twice is usual.
    Route("system:page",              "",              ADMINISTRATOR,  sees=ALL),
    Route("system:task_retry",        "failed task",   NOBODY,         ADMINISTRATOR,  DONE,        sees=ALL),
    Route("system:task_dismiss",      "failed task",   NOBODY,         ADMINISTRATOR,  DONE,        sees=ALL),
    Route("system:test_mail",         "",              NOBODY,         ADMINISTRATOR,  DONE,        sees=ALL),

    # Vendors and what belongs to them
    Route("vendors:vendors",          "",              ALL,            sees=ALL),
    Route("vendors:vendor_new",       "",              LEAD | CISO,    LEAD | CISO,    ERRORS,      VENDOR, sees=ALL),
    Route("vendors:vendor",           "vendor",        INSIDERS),
    Route("vendors:vendor_edit",      "vendor",        LEAD,           LEAD,           ERRORS,      VENDOR),
    Route("vendors:deployment_new",   "vendor",        LEAD,           LEAD,           ERRORS,      DEPLOYMENT),
    Route("vendors:deployment",       "deployment",    INSIDERS,       LEAD,           ERRORS,      DEPLOYMENT),
    Route("vendors:contact_new",      "vendor",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      CONTACT),
    Route("vendors:contact_edit",     "contact",       CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      CONTACT),
    Route("vendors:contact_delete",   "contact",       NOBODY,         CONTRIBUTORS,   DONE),
    Route("vendors:fact_new",         "vendor",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      FACT),
    Route("vendors:fact_edit",        "fact",          CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      FACT),
    Route("vendors:fact_delete",      "fact",          NOBODY,         CONTRIBUTORS,   DONE),
    Route("vendors:access_give",      "vendor",        NOBODY,         LEAD,           ERRORS,      of(lambda w: {"person": w.colleague.pk}, access="sign"),
          outward={"oneself": of(lambda w: {"person": w.own.lead.pk}, access="sign")}),
    Route("vendors:access_take",      "vendor",        NOBODY,         LEAD,           BACK,        of(lambda w: {"person": w.colleague.pk}, access="audit"),
          outward={"oneself": of(lambda w: {"person": w.own.lead.pk}, access="lead")}),

    # Evidence
    Route("evidence:all",             "",              ALL,            sees=ALL),
    Route("reviews:evidence_export",  "register",      ALL,            sees=ALL, reading=FILE, events=("evidence.exported",)),
    Route("reviews:library_export",   "register of vendor", INSIDERS,  reading=FILE, events=("evidence.exported",)),
    Route("evidence:library",         "vendor",        INSIDERS,       CONTRIBUTORS,   ERRORS,      upload),
    Route("evidence:add_link",        "vendor",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      EVIDENCE | {"url": "https://example.com/page"}),
    Route("evidence:evidence",        "evidence",      INSIDERS),
    Route("evidence:correct",         "evidence",      CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      EVIDENCE),
    Route("evidence:version_new",     "evidence",      CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      {"url": "https://example.com/page"}),
    Route("evidence:download",        "version",       INSIDERS,       reading=FILE, events=("evidence.read",)),
    Route("evidence:withdraw",        "evidence",      CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      {"reason": "Out of date."}),
    Route("evidence:restore",         "withdrawn",     NOBODY,         CONTRIBUTORS,   DONE),

    # The calendar, and the address under which one's own program reads it
    Route("reviews:calendar",         "",              ALL,            sees=ALL),
    Route("reviews:calendar_address", "",              ALL,            ALL,            ERRORS,      {"password": PASSWORD}, sees=ALL, sending=SHOWN),
    Route("reviews:calendar_address_revoke", "",       NOBODY,         ALL,            BACK,        {"any": "thing"}, sees=ALL, sending=BACK),

    # Reviews
    Route("reviews:all_sync",         "",              ALL,            sees=ALL),
    Route("reviews:reviews",          "",              ALL,            sees=ALL),
    Route("reviews:review_new",       "",              LEAD,           LEAD,           ERRORS,      opening, sees=ALL,
          outward={"a foreign deployment": of(lambda w: opening(w) | {"deployment": w.foreign.deployment.pk}),
                   "a foreign holder": of(lambda w: opening(w) | {"ciso": w.foreign.ciso.pk})}),
    Route("reviews:review",           "review",        INSIDERS),
    Route("reviews:export",           "register of review", INSIDERS,        reading=FILE, events=("review.exported",)),
    Route("reviews:review_sync",      "review",        INSIDERS),
    Route("reviews:review_edit",      "review",        LEAD,           LEAD,           ERRORS,      review_values,
          outward={"a foreign lead": of(lambda w: review_values(w) | {"lead": w.foreign.lead.pk})}),
    Route("reviews:review_roles",     "review",        LEAD,           LEAD,           ERRORS,      of(lambda w: {"ciso": w.own.ciso.pk, "legal": w.own.legal.pk}),
          outward={"a foreign holder": of(lambda w: {"ciso": w.foreign.ciso.pk}),
                   "someone without a stakeholder's access": of(lambda w: {"ciso": w.own.reviewer.pk})}),
    Route("reviews:review_bulk",      "review",        NOBODY,         LEAD,           BACK,        bulk,
          outward={"a foreign item": of(lambda w: bulk(w) | {"items": [item(w.foreign.review, 3).pk]}),
                   "an item of another review": of(lambda w: bulk(w) | {"items": [item(w.own.decided, 1).pk]}),
                   "a foreign owner": of(lambda w: bulk(w) | {"act": "owner", "owner": w.foreign.ciso.pk})}),
    Route("reviews:review_accept_roles", "review",     NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:decision",         "review",        INSIDERS,       CISO,           ERRORS,      decision,
          outward={"a foreign owner of a condition": decision_for_others}),
    # Spreadsheets on their way in. What is ticked is no event: what becomes of it is.
    Route("reviews:imports",          "review",        INSIDERS,       CONTRIBUTORS,   ERRORS,      {"text": "Number\tNotes\n3\tPasted"}),
    Route("reviews:import",           "import",        INSIDERS),
    Route("reviews:import_columns",   "import",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      naming,
          outward={"a foreign person": of(lambda w: naming(w) | {"name-1": "Somebody", "person-1": w.foreign.ciso.pk})}),
    Route("reviews:import_place",     "import",        NOBODY,         CONTRIBUTORS,   BACK,        placing,
          outward={"a foreign item": of(lambda w: placing(w) | {"item": item(w.foreign.review, 3).pk})}),
    Route("reviews:import_take",      "import",        NOBODY,         CONTRIBUTORS,   BACK),
    Route("reviews:import_apply",     "import",        NOBODY,         LEAD,           BACK,        ticking),
    Route("reviews:import_abandon",   "import",        NOBODY,         CONTRIBUTORS,   BACK,        of(lambda w: {"version": w.own.imported.version})),
    Route("reviews:import_undo",      "applied import", NOBODY,        LEAD,           DONE),
    # Questions to the vendor
    Route("reviews:questions",        "review",        INSIDERS),
    Route("reviews:question_new",     "review",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      question,
          outward={"a foreign item": of(lambda w: question(w) | {"items": [item(w.foreign.review, 3).pk]})}),
    Route("reviews:questions_standard", "review",      CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      of(lambda w: {"chosen": w.checklist.standard_questions.get().pk})),
    Route("reviews:questions_put",    "review",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      putting,
          outward={"a foreign question": of(lambda w: putting(w) | {"questions": [w.foreign.draft_question.pk]}),
                   "a foreign contact": of(lambda w: putting(w) | {"contact": w.foreign.contact.pk})}),
    Route("reviews:questions_register", "register of review", INSIDERS, reading=FILE, events=("questions.exported",)),
    Route("reviews:questions_export", "review",        INSIDERS,       reading=FILE, events=("review.questions_exported",)),
    Route("reviews:questions_mail",   "review",        INSIDERS),
    Route("reviews:questions_import", "review",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      returned, sending=PAGE),
    Route("reviews:questions_record", "review",        NOBODY,         CONTRIBUTORS,   BACK,        {"sealed": "made up"}, sending=BACK),
    # The questionnaires a vendor filled in
    Route("reviews:questionnaires",   "review",        INSIDERS,       CONTRIBUTORS,   ERRORS,      questionnaire,
          outward={"a newer version of a foreign one": of(lambda w: questionnaire(w) | {"newer_version_of": w.foreign.questionnaire.evidence_id})}),
    Route("reviews:questionnaire",    "questionnaire", INSIDERS),
    Route("reviews:questionnaire_choose", "questionnaire", NOBODY,     CONTRIBUTORS,   BACK,        {"mapping": "points-list", "version": "1"}),
    Route("reviews:questionnaire_decide",  "proposed answer", NOBODY,       CONTRIBUTORS,   DONE),
    Route("reviews:questionnaire_decide",  "answer set aside", NOBODY,      CONTRIBUTORS,   DONE),
    Route("reviews:question",         "asked question", INSIDERS),
    Route("reviews:question_edit",    "draft question", CONTRIBUTORS,  CONTRIBUTORS,   ERRORS,      question,
          outward={"a foreign item": of(lambda w: question(w) | {"items": [item(w.foreign.review, 3).pk]})}),
    Route("reviews:question_put",     "asked question", NOBODY,        CONTRIBUTORS,   ERRORS,      putting,
          outward={"a foreign contact": of(lambda w: putting(w) | {"contact": w.foreign.contact.pk})}),
    Route("reviews:question_answer",  "asked question", NOBODY,        CONTRIBUTORS,   ERRORS,      answering),
    Route("reviews:question_withdraw", "draft question", NOBODY,       CONTRIBUTORS,   ERRORS,      of(lambda w: {"version": w.own.draft_question.version}, reason="Not needed.")),
    Route("reviews:question_judge",   "answer",        NOBODY,         CONTRIBUTORS,   ERRORS,      judging),
    Route("reviews:question_take",    "answer",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      {"kind": "policy", "confidentiality": "internal", "cite": "on"}),
    Route("reviews:question_file",    "attachment",    INSIDERS,       reading=FILE, events=("question.file_read",)),
    Route("reviews:item_asked",       "asked item",    NOBODY,         CONTRIBUTORS,   DONE),

    Route("reviews:review_chain",     "again",         INSIDERS),
    Route("reviews:review_difference", "again",        INSIDERS),
    Route("reviews:review_reassess",  "decided",       LEAD,           LEAD,           ERRORS,      {"trigger": "incident", "why": "It was in the news.", "numbers": [1]}),
    Route("reviews:review_widen",     "again",         NOBODY,         LEAD,           ERRORS,      {"numbers": [2]}),
    Route("reviews:condition_meet",   "condition",     NOBODY,         CISO | {"legal"}, BACK,      {"remark": "The annex is signed."}),

    # Items. Each act on one that is ready for it, whose owner is the CISO.
    Route("reviews:item",             "awaiting",      INSIDERS),
    Route("reviews:item_beside",      "awaiting",      INSIDERS),
    Route("reviews:item_record",      "ready",         NOBODY,         CONTRIBUTORS,   ERRORS,      finding),
    Route("reviews:item_cite",        "ready",         CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      of(lambda w: {"evidence": w.own.letter.pk}, locator="p. 9"),
          outward={"foreign evidence": of(lambda w: {"evidence": w.foreign.letter.pk}, locator="p. 9")}),
    Route("reviews:item_uncite",      "citation",      NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:item_sign",        "awaiting",      NOBODY,         CISO,           ERRORS,      signature),
    Route("reviews:item_comment",     "awaiting",      NOBODY,         CONTRIBUTORS,   ERRORS,      {"text": "Seen."}),
    Route("reviews:item_owner",       "ready",         NOBODY,         LEAD,           ERRORS,      owning, tries=CONTRIBUTORS,
          outward={"a foreign owner": of(lambda w: owning(w) | {"owner": w.foreign.ciso.pk}),
                   "someone without a stakeholder's access": of(lambda w: owning(w) | {"owner": w.own.reviewer.pk})}),
    Route("reviews:item_owner",       "unowned",       NOBODY,         CONTRIBUTORS,   ERRORS,      {"accept": "1"}),
    Route("reviews:item_move",        "submit",        NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:item_move",        "take_back",     NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:item_move",        "return",        NOBODY,         CISO,           ERRORS,      {"remark": "Page 3 is missing."}),
    Route("reviews:item_move",        "withdraw",      NOBODY,         CISO,           ERRORS,      {"remark": "Misread."}),
    Route("reviews:item_move",        "reopen",        NOBODY,         CONTRIBUTORS,   ERRORS,      {"remark": "Read it again."}),

    # Letters to the account team: written by the lead and the CISO.
    Route("reviews:escalations",      "review",        INSIDERS),
    Route("reviews:escalation_new",   "review",        LEAD | CISO,    LEAD | CISO,    ERRORS,      of(lambda w: {"items": [item(w.own.review, 5).pk]}),
          outward={"a foreign item": of(lambda w: {"items": [item(w.foreign.review, 5).pk]})}),
    Route("reviews:escalation",       "draft letter",  INSIDERS),
    Route("reviews:escalation",       "sent letter",   INSIDERS),
    Route("reviews:escalation_letter", "draft letter", INSIDERS),
    Route("reviews:escalation_edit",  "draft letter",  NOBODY,         LEAD | CISO,    ERRORS,      letter,
          outward={"a foreign contact": of(lambda w: letter(w) | {"contacts": [w.foreign.contact.pk]}),
                   "a foreign item": of(lambda w: letter(w) | {"more": [item(w.foreign.review, 5).pk]})}),
    Route("reviews:escalation_send",  "draft letter",  NOBODY,         LEAD | CISO,    BACK,        sending_letter),
    Route("reviews:escalation_withdraw", "draft letter", NOBODY,       LEAD | CISO,    BACK,        {"version": 1, "reason": "They called."}),
    Route("reviews:escalation_remind", "sent letter",  NOBODY,         LEAD | CISO,    DONE),
    Route("reviews:escalation_settle", "escalated item", NOBODY,       LEAD | CISO,    BACK,        {"outcome": "answered"}),
    Route("reviews:escalation_close", "settled letter", NOBODY,        LEAD | CISO,    DONE),
    # Checks: set aside by the lead and the CISO.
    Route("reviews:checks",           "review",        INSIDERS),
    Route("reviews:dismissals",       "review",        INSIDERS),
    Route("reviews:check_dismiss",    "review",        NOBODY,         LEAD | CISO,    ERRORS,      setting_aside),
    Route("reviews:check_take_up",    "dismissal",     NOBODY,         LEAD | CISO,    DONE),
    Route("reviews:item_conflict_new", "without ground", CONTRIBUTORS, CONTRIBUTORS, ERRORS,    disagreeing,
          outward={"foreign evidence": of(lambda w: disagreeing(w, w.foreign.letter.pk))}),
    Route("reviews:item_conflict_edit", "conflict",    CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      disagreeing,
          outward={"foreign evidence": of(lambda w: disagreeing(w, w.foreign.letter.pk))}),
    Route("reviews:item_conflict_resolve", "conflict", NOBODY,         CONTRIBUTORS,   ERRORS,      settling),
    Route("reviews:item_conflict_reopen", "settled conflict", NOBODY,  CONTRIBUTORS,   ERRORS,      {"remark": "A newer contract."}),

    # A review as a file for machines, and one from another installation
    Route("reviews:copy",             "review",        INSIDERS),
    Route("reviews:copy_zip",         "review",        LEAD,           reading=FILE, events=("review.copied_out", "evidence.read")),
    Route("reviews:copy_json",        "review",        LEAD,           reading=FILE, events=("review.copied_out",)),
    Route("reviews:moved",            "moved review",  INSIDERS),
    Route("reviews:format_schema",    "",              ALL,            sees=ALL),
    Route("reviews:arrivals",         "",              ALL,            LEAD,           ERRORS,      arriving, sees=ALL,
          outward={"a foreign vendor": of(lambda w: arriving(w) | {"vendor": w.foreign.vendor.pk})}),
    Route("reviews:arrival",          "arrival",       INSIDERS),
    Route("reviews:arrival_move",     "arrival",       NOBODY,         CISO,           BACK,        {"shown": "0" * 64, "password": PASSWORD}),
    Route("reviews:arrival_abandon",  "arrival",       NOBODY,         LEAD,           DONE),
    Route("reviews:arrival_again",    "arrival",       NOBODY,         LEAD,           BACK),

    # Pages of the vendor's people, as we see them
    Route("reviews:guests",           "review",        INSIDERS,       CONTRIBUTORS,   ERRORS,      inviting,
          outward={"a foreign contact": of(lambda w: inviting(w) | {"contact": w.foreign.contact.pk}),
                   "a foreign question": of(lambda w: inviting(w) | {"questions": [w.foreign.guest_question.pk]})}),
    Route("reviews:guest_link",       "guest link",    INSIDERS,       CONTRIBUTORS,   ERRORS,      of(lambda w: {"questions": [w.own.guest_question.pk]}, until=SOON),
          outward={"a foreign question": of(lambda w: {"questions": [w.foreign.guest_question.pk]}, until=SOON)}),
    Route("reviews:guest_again",      "guest link",    NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:guest_end",        "guest link",    NOBODY,         CONTRIBUTORS,   DONE),

    # What recurs: planned by review leads, recorded by whoever works on the vendor, signed by the owner.
    Route("reviews:syncs",            "",              ALL,            sees=ALL),
    Route("reviews:sync_open",        "",              NOBODY,         CONTRIBUTORS | {"stranger"}, DONE, sees=ALL),
    Route("reviews:review_syncs",     "review",        INSIDERS),
    Route("reviews:review_sync_open", "again",         NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:series",           "",              CONTRIBUTORS | {"stranger"}, CONTRIBUTORS | {"stranger"}, ERRORS,
          sees=ALL),
    Route("reviews:series_cancel",    "",              NOBODY,         CONTRIBUTORS | {"stranger"}, BACK, {"any": "thing"}, sending=BACK, sees=ALL),
    Route("reviews:series_download",  "",              ALL,            sees=ALL,       reading=NOT_FOUND),
    Route("reviews:review_series",    "review",        CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,
          of(lambda w: series_values(w, w.own.lead)),
          outward={"a foreign person": of(lambda w: series_values(w, w.foreign.lead))}),
    Route("reviews:review_series_cancel", "review",    NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:review_series_download", "review",  INSIDERS,       reading=FILE),
    Route("reviews:sync",             "sync",          INSIDERS),
    Route("reviews:line_write",       "sync",          NOBODY,         CONTRIBUTORS,   ERRORS,      {"text": "Said."}),
    Route("reviews:line_change",      "line",          NOBODY,         CONTRIBUTORS,   ERRORS,      {"text": "Said.", "version": 1}),
    Route("reviews:line_remove",      "line",          NOBODY,         CONTRIBUTORS,   ERRORS,      {"version": 1}),
    Route("reviews:attendees",        "sync",          NOBODY,         CONTRIBUTORS,   BACK,
          of(lambda w: {"people": [w.own.lead.pk]}),
          outward={"a foreign person": of(lambda w: {"people": [w.foreign.lead.pk]})}),
    Route("reviews:action_agree",     "sync",          NOBODY,         CONTRIBUTORS,   ERRORS,      action_values,
          outward={"a foreign owner": of(lambda w: action_values(w) | {"owner": w.foreign.ciso.pk}),
                   "someone who only reads": of(lambda w: action_values(w) | {"owner": w.persons["auditor"].pk})}),
    Route("reviews:sync_close",       "sync",          NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:action",           "action",        INSIDERS,       CONTRIBUTORS,   ERRORS,      changed_action,
          outward={"a foreign owner": of(lambda w: changed_action(w) | {"owner": w.foreign.ciso.pk})}),
    Route("reviews:action_close",     "action",        NOBODY,         CONTRIBUTORS,   ERRORS,      {"state": "done"}),
    Route("reviews:obligations",      "",              ALL,            sees=ALL),
    Route("reviews:obligations_export", "register",    ALL,            sees=ALL, reading=FILE, events=("obligations.exported",)),
    Route("reviews:obligation_vendor", "",             LEAD,           sees=ALL),
    Route("reviews:obligation_new",   "vendor",        LEAD,           LEAD,           ERRORS,      obligation_values,
          outward={"a foreign owner": of(lambda w: obligation_values(w) | {"owner": w.foreign.ciso.pk}),
                   "someone who only reads": of(lambda w: obligation_values(w) | {"owner": w.persons["auditor"].pk}),
                   "foreign ears": of(lambda w: obligation_values(w) | {"escalate_to": w.foreign.ciso.pk}),
                   "a foreign deployment": of(lambda w: obligation_values(w) | {"deployment": w.foreign.deployment.pk})}),
    Route("reviews:obligations_accept_all", "vendor",  NOBODY,         LEAD,           DONE),
    Route("reviews:obligation",       "obligation",    INSIDERS),
    Route("reviews:obligation_edit",  "obligation",    LEAD,           LEAD,           ERRORS,      obligation_values,
          outward={"a foreign owner": of(lambda w: obligation_values(w) | {"owner": w.foreign.ciso.pk})}),
    Route("reviews:obligation_accept", "proposal",     NOBODY,         LEAD,           DONE),
    Route("reviews:obligation_dismiss", "proposal",    NOBODY,         LEAD,           ERRORS,      {"reason": "Others do it."}),
    Route("reviews:obligation_end",   "obligation",    NOBODY,         LEAD,           ERRORS,      {"reason": "We left."}),
    Route("reviews:occurrence",       "date",          INSIDERS),
    Route("reviews:occurrence_record", "date",         NOBODY,         CONTRIBUTORS,   ERRORS,      recording,
          outward={"foreign evidence": of(lambda w: recording(w) | {"evidence": [w.foreign.letter.pk]})}),
    Route("reviews:occurrence_sign",  "recorded date", NOBODY,         CISO,           ERRORS,      countersignature),
    Route("reviews:occurrence_return", "recorded date", NOBODY,        CISO | {"reviewer"}, ERRORS, {"reason": "Who was called?"}, tries=CONTRIBUTORS),
    Route("reviews:occurrence_move",  "date",          NOBODY,         LEAD,           ERRORS,      {"due_on": SOON, "reason": "Holidays."}),
    Route("reviews:occurrence_skip",  "date",          NOBODY,         LEAD,           ERRORS,      {"reason": "Nothing to call about."}),
    Route("reviews:occurrence_prepare", "date",        NOBODY,         LEAD,           BACK,        {"any": "thing"}, sending=BACK),
    Route("reviews:meeting",          "date",          LEAD,           LEAD,           ERRORS,      gathering,
          outward={"a foreign guest": of(lambda w: gathering(w) | {"invited": [w.foreign.ciso.pk]})}),
    Route("reviews:meeting_cancel",   "date",          NOBODY,         LEAD,           BACK,        {"any": "thing"}, sending=BACK),

    # The data classification policy: written by whoever works on the vendor, signed by three who did not write it.
    Route("reviews:policy_home",      "vendor",        INSIDERS),
    Route("reviews:policy_begin",     "vendor",        NOBODY,         CONTRIBUTORS,   BACK),
    Route("reviews:policy",           "policy",        INSIDERS),
    Route("reviews:policy_edit",      "draft policy",  CONTRIBUTORS,   CONTRIBUTORS,   ERRORS,      {"purpose": "Another", "version": "1", "valid_until": SOON}),
    Route("reviews:policy_submit",    "draft policy",  NOBODY,         CONTRIBUTORS,   DONE),
    Route("reviews:policy_take_back", "draft policy",  NOBODY,         LEAD | POLICY_SIGNERS, ERRORS, of(agreement, reason="Say more.")),
    Route("reviews:policy_sign",      "draft policy",  NOBODY,         CISO,           ERRORS,      agreement, tries=POLICY_SIGNERS),
    Route("reviews:policy_give_up",   "draft policy",  NOBODY,         CONTRIBUTORS,   ERRORS,      {"reason": "Not now."}),
    Route("reviews:policy_end",       "policy",        NOBODY,         LEAD | POLICY_SIGNERS, ERRORS, {"reason": "We left."}),
    Route("reviews:policy_withdraw_signature", "policy signature", NOBODY, CISO,       ERRORS,      {"reason": "Misread."}),

    # Dossiers: whoever reads the review may have it on paper, auditors included.
    Route("dossiers:all",             "",              ALL,            sees=ALL),
    Route("dossiers:verify",          "",              ALL,            ALL,            ERRORS,      not_pdf, sees=ALL, sending=PAGE),
    Route("dossiers:review",          "review",        INSIDERS),
    Route("dossiers:request",         "review",        NOBODY,         INSIDERS,       DONE),
    Route("dossiers:dossier",         "dossier",       INSIDERS),
    Route("dossiers:download",        "dossier",       INSIDERS,       reading=FILE, events=("dossier.read",)),
    Route("dossiers:try_again",       "failed dossier", NOBODY,        INSIDERS,       DONE),
    # A package is for whoever asked for it: here the lead.
    Route("dossiers:package_request", "review",        NOBODY,         INSIDERS,       DONE),
    Route("dossiers:package",         "package",       LEAD,           sees=LEAD),
    Route("dossiers:package_download", "package",      LEAD,           sees=LEAD, reading=FILE, events=("package.downloaded", "evidence.read")),
    # A paper is for whoever asked for it: here the lead.
    Route("dossiers:paper_request",   "printable letter", NOBODY,      INSIDERS,       DONE),
    Route("dossiers:paper",           "paper",         LEAD,           sees=LEAD),
    Route("dossiers:paper_download",  "paper",         LEAD,           sees=LEAD, reading=FILE, events=("paper.downloaded",)),
]

ENTRANCES = [
    # name                                    at           signed out               signed in                sent
    Entrance("account_login",                 "",          (PAGE, ERRORS, DONE),    (BACK, BACK, BACK),      SIGNING_IN),
    Entrance("account_login",                 "",          (PAGE, ERRORS, NOTED),   (BACK, BACK, BACK),      WRONG, ("sign_in.failed",)),
    Entrance("account_logout",                "",          (BACK, BACK, BACK),      (PAGE, DONE, DONE),      {"any": "thing"}),
    Entrance("account_signup",                "",          (PAGE, PAGE, PAGE),      (BACK, BACK, BACK),      PERSON),
    Entrance("account_inactive",              "",          (PAGE, NOT_ALLOWED, NOT_ALLOWED), (PAGE, NOT_ALLOWED, NOT_ALLOWED), {"any": "thing"}),
    Entrance("account_reauthenticate",        "",          (SIGN_IN, SIGN_IN, SIGN_IN), (PAGE, ERRORS, DONE), {"password": PASSWORD}),
    Entrance("account_reauthenticate",        "",          (SIGN_IN, SIGN_IN, SIGN_IN), (PAGE, ERRORS, NOTED), {"password": "wrong"}, ("reauthentication.failed",)),
    Entrance("account_change_password",       "",          (SIGN_IN, SIGN_IN, SIGN_IN), (PAGE, ERRORS, DONE), NEW_PASSWORD),
    Entrance("account_set_password",          "",          (SIGN_IN, SIGN_IN, SIGN_IN), (BACK, BACK, BACK),  NEW_PASSWORD),
    Entrance("account_reset_password",        "",          (PAGE, ERRORS, DONE),    (PAGE, ERRORS, DONE),    RESET),
    Entrance("account_reset_password_done",   "",          (PAGE, NOT_ALLOWED, NOT_ALLOWED), (PAGE, NOT_ALLOWED, NOT_ALLOWED), {"any": "thing"}),
    Entrance("account_reset_password_from_key", "wrong key", (PAGE, ERRORS, ERRORS), (PAGE, ERRORS, ERRORS), NEW_PASSWORD),
    Entrance("account_reset_password_from_key_done", "",   (PAGE, NOT_ALLOWED, NOT_ALLOWED), (PAGE, NOT_ALLOWED, NOT_ALLOWED), {"any": "thing"}),
    # Read by calendar programs; the address is the key, and this one is wrong.
    Entrance("reviews:calendar_feed",         "wrong secret", (NOT_FOUND, NOT_ALLOWED, NOT_ALLOWED), (NOT_FOUND, NOT_ALLOWED, NOT_ALLOWED), {"any": "thing"}),
    # What browsers report of our pages, without being asked and without a token.
    Entrance("csp_reports",                   "",          (NOT_ALLOWED, TAKEN, TAKEN), (NOT_ALLOWED, TAKEN, TAKEN), {"any": "thing"}),
]

GUEST_PAGES = [
    # name                               at                the guest                            whoever else knows the address                sent
    GuestPage("reviews:guest",           "guest page",     (PAGE, NOT_ALLOWED, NOT_ALLOWED),    (PAGE, NOT_ALLOWED, NOT_ALLOWED),             {"any": "thing"}),
    GuestPage("reviews:guest_code",      "guest page",     (NOT_ALLOWED, DONE, DONE),           (NOT_ALLOWED, DONE, DONE),                    {"any": "thing"}),
    GuestPage("reviews:guest_enter",     "guest page",     (NOT_ALLOWED, ERRORS, TURNED_AWAY),  (NOT_ALLOWED, ERRORS, TURNED_AWAY),           {"code": "1"}, ("guest.wrong_code",)),
    GuestPage("reviews:guest_leave",     "guest page",     (NOT_ALLOWED, DONE, DONE),           (NOT_ALLOWED, FORBIDDEN, FORBIDDEN),          {"any": "thing"}),
    GuestPage("reviews:guest_question",  "guest question", (PAGE, ERRORS, DONE),                (FORBIDDEN, FORBIDDEN, FORBIDDEN),            {"text": "So.", "source": "Us", "said_on": "2026-01-01"}),
]
# fmt: on

# The views that answer without asking who one is. Every other one demands sign-in.
PUBLIC = {
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "csp_reports",
    "reviews:calendar_feed",
    "reviews:guest",
    "reviews:guest_code",
    "reviews:guest_enter",
    "reviews:guest_leave",
    "reviews:guest_question",
}
# A browser's report carries no token; it changes nothing that is stored.
WITHOUT_TOKEN = ["csp_reports"]
