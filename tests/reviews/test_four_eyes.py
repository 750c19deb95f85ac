"""Can anybody sign their own work, by any way in? (rule 5; what holds it is the domain and, below it, the database)"""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from accounts import grants
from accounts.choices import Access, Role
from accounts.permissions import Refused
from evidence import library
from reviews import decisions, digest, findings, gate, ownership, signoffs, workflow
from reviews.choices import Act, Finding, Outcome, Status
from reviews.models import Decision, Item, SignOff
from tests.cast import add_evidence, bring_to, item, pdf, person, record, sign, submit


def refused(each, by, words):
    with pytest.raises(PermissionDenied, match=words):
        signoffs.sign(each, by=by, shown=signoffs.shown(each, to=by))
    assert Item.objects.get(pk=each.pk).status == Status.AWAITING
    assert SignOff.objects.filter(item=each).count() == 0


# In the domain


def test_rule_05_nobody_signs_what_they_submitted(small, reviewer, evidence, ciso):
    record(item(small, 1), reviewer)
    findings.cite(item(small, 1), evidence, by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=ciso)
    refused(item(small, 1), ciso, "You submitted this item")


def test_rule_05_nobody_signs_their_own_finding(small, reviewer, evidence, ciso):
    record(item(small, 1), ciso)
    findings.cite(item(small, 1), evidence, by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    refused(item(small, 1), ciso, "You wrote this finding")


def test_rule_05_nobody_signs_over_evidence_they_uploaded(small, vendor, reviewer, ciso):
    submit(item(small, 1), reviewer, add_evidence(vendor, ciso, "Certificate"))
    refused(item(small, 1), ciso, "You uploaded the cited evidence “Certificate”")


def test_rule_05_nobody_signs_over_a_new_version_they_uploaded(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    library.add_version(evidence, by=ciso, upload=pdf("newer"))
    refused(item(small, 1), ciso, "You uploaded the cited evidence “SOC 2 report”")


def test_rule_05_what_counts_is_who_uploaded_the_version_that_is_cited(small, vendor, reviewer, ciso):
    evidence = add_evidence(vendor, ciso)
    library.add_version(evidence, by=reviewer, upload=pdf("newer"))
    submit(item(small, 1), reviewer, evidence)
    assert sign(item(small, 1), by=ciso).signer == ciso


def test_rule_05_one_own_upload_among_many_citations_is_enough(small, vendor, reviewer, evidence, ciso):
    record(item(small, 1), reviewer)
    for each in (evidence, add_evidence(vendor, ciso, "Own upload"), add_evidence(vendor, reviewer, "Third")):
        findings.cite(item(small, 1), each, by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    refused(item(small, 1), ciso, "“Own upload”")


def test_rule_05_handing_the_item_over_changes_nothing(small, vendor, lead, evidence, legal):
    """The way round: submit, then have it handed to oneself."""
    grants.give(lead, Access.SIGN, vendor)
    submit(item(small, 1), lead, evidence)
    ownership.hand_over([item(small, 1)], to=lead, by=lead)
    refused(item(small, 1), lead, "You submitted this item")
    ownership.hand_over([item(small, 1)], to=legal, by=lead)
    assert sign(item(small, 1), by=legal).signer == legal


@pytest.mark.parametrize("superuser", [False, True])
def test_rule_05_administrators_are_not_exempt(small, vendor, lead, evidence, superuser):
    administrator = person("Another administrator", Role.ADMINISTRATOR, vendor, Access.SIGN, Access.LEAD)
    administrator.is_superuser = superuser
    administrator.save()
    ownership.assign(small, Role.CISO, to=administrator, by=lead)
    submit(item(small, 1), administrator, evidence)
    refused(item(small, 1), administrator, "You submitted this item")


def test_rule_05_a_superuser_without_the_role_signs_nothing(small, reviewer, evidence, administrator):
    administrator.is_superuser = True
    administrator.save()
    submit(item(small, 1), reviewer, evidence)
    refused(item(small, 1), administrator, "Only the owner, CISO")


def test_rule_05_whoever_took_part_once_may_sign_when_somebody_else_did_it_again(small, reviewer, evidence, ciso):
    submit(item(small, 1), ciso, evidence)
    workflow.apply(workflow.TAKE_BACK, item(small, 1), by=reviewer)
    record(item(small, 1), reviewer, notes="Read again, by somebody else.")
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    assert sign(item(small, 1), by=ciso).signer == ciso


# In the database


def row(each, signer, **changes):
    """A sign-off row as somebody would write it past the domain."""
    content = digest.canonical(digest.content_of(each, "I confirm."))
    values = {
        "item": each,
        "act": Act.SIGNED,
        "submission": each.submission,
        "signer": signer,
        "signer_name": signer.name,
        "signer_role": "CISO",
        "submitted_by": each.submitted_by or signer,
        "finding": each.finding or Finding.CONFIRMED,
        "meaning": "I confirm.",
        "content": content,
        "digest": digest.sha256(content),
    }
    return SignOff(**values | changes)


def save(signoff):
    signoff.save()


def save_in_bulk(signoff):
    SignOff.objects.bulk_create([signoff])


def save_with_sql(signoff):
    fields = [field for field in SignOff._meta.fields if not field.primary_key]
    columns = ", ".join(field.column for field in fields)
    values = [field.get_db_prep_save(field.pre_save(signoff, True), connection) for field in fields]
    places = ", ".join(["%s"] * len(values))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO reviews_signoff ({columns}) VALUES ({places})", values)  # noqa: S608


@pytest.fixture(params=[save, save_in_bulk, save_with_sql], ids=lambda way: way.__name__)
def way_in(request):
    return request.param


def database_refuses(act, words=None):
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        act()


def test_the_database_takes_the_sign_off_of_somebody_else(small, reviewer, evidence, ciso, way_in):
    """Without this the refusals below could be refusals of anything."""
    submit(item(small, 1), reviewer, evidence)
    way_in(row(item(small, 1), ciso))
    assert SignOff.objects.get().signer == ciso


def test_rule_05_the_database_refuses_the_submitter(small, evidence, ciso, reviewer, way_in):
    record(item(small, 1), reviewer)
    findings.cite(item(small, 1), evidence, by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=ciso)
    database_refuses(lambda: way_in(row(item(small, 1), ciso, submitted_by=reviewer)), "four eyes")


def test_rule_05_the_database_refuses_the_finder(small, evidence, ciso, reviewer, way_in):
    record(item(small, 1), ciso)
    findings.cite(item(small, 1), evidence, by=reviewer)
    workflow.apply(workflow.SUBMIT, item(small, 1), by=reviewer)
    database_refuses(lambda: way_in(row(item(small, 1), ciso)), "four eyes")


def test_rule_05_the_database_refuses_the_uploader(small, vendor, ciso, reviewer, way_in):
    submit(item(small, 1), reviewer, add_evidence(vendor, ciso))
    database_refuses(lambda: way_in(row(item(small, 1), ciso)), "four eyes")


def test_rule_05_the_database_refuses_the_uploader_of_a_new_version(small, evidence, ciso, reviewer, way_in):
    submit(item(small, 1), reviewer, evidence)
    library.add_version(evidence, by=ciso, upload=pdf("newer"))
    database_refuses(lambda: way_in(row(item(small, 1), ciso)), "four eyes")


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.IN_PROGRESS, Status.COMPLETE])
def test_rule_05_the_database_takes_a_sign_off_only_while_the_item_waits(
    small, reviewer, evidence, ciso, legal, status
):
    each = bring_to(small, status, by=reviewer, evidence=evidence)
    database_refuses(row(each, legal, submission=each.submission + 1).save, "waits for one")
    database_refuses(row(each, legal).save, "waits for one")


def test_rule_05_the_database_ties_a_sign_off_to_the_present_submission(small, reviewer, evidence, ciso):
    submit(item(small, 1), reviewer, evidence)
    for wrong in (0, 2):
        database_refuses(row(item(small, 1), ciso, submission=wrong).save, "waits for one")


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.IN_PROGRESS, Status.AWAITING])
def test_rule_05_the_database_completes_no_item_without_its_sign_off(small, reviewer, evidence, status):
    each = bring_to(small, status, by=reviewer, evidence=evidence)
    values = {"status": Status.COMPLETE, "finding": "confirmed", "submitted_by": reviewer, "submission": 1}
    database_refuses(lambda: Item.objects.filter(pk=each.pk).update(**values), "only by a sign-off")
    sql = "UPDATE reviews_item SET status = 'complete', finding = 'confirmed', submission = 1, submitted_by_id = %s"
    with connection.cursor() as cursor:
        database_refuses(lambda: cursor.execute(sql, [reviewer.pk]), "only by a sign-off")
    assert item(small, 1).status == status


def test_rule_07_the_database_completes_no_item_with_a_withdrawn_sign_off(small, reviewer, evidence, ciso):
    each = bring_to(small, Status.COMPLETE, by=reviewer, evidence=evidence)
    signoffs.withdraw(each, by=ciso, reason="Misread.")
    database_refuses(lambda: Item.objects.filter(pk=each.pk).update(status="complete"), "only by a sign-off")


def test_rule_05_the_sign_off_of_another_submission_completes_nothing(small, reviewer, evidence, ciso):
    each = bring_to(small, Status.COMPLETE, by=reviewer, evidence=evidence)
    signoffs.withdraw(each, by=ciso, reason="Misread.")
    workflow.apply(workflow.SUBMIT, each, by=reviewer)
    database_refuses(lambda: Item.objects.filter(pk=each.pk).update(status="complete"), "only by a sign-off")


@pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.AWAITING, Status.COMPLETE])
def test_rule_05_no_item_enters_the_database_further_than_not_started(small, twelve, deployment, lead, status):
    from reviews.models import Review

    other = Review.objects.create(
        deployment=deployment, checklist=twelve, title="X", slug="x", lead=lead, opened_by=lead, due_on=small.due_on
    )
    new = Item(
        review=other,
        statement=twelve.statements.first(),
        due_on=small.due_on,
        status=status,
        finding="confirmed",
        submitted_by=lead,
        submission=1,
    )
    database_refuses(new.save, "starts as not started")


def test_rule_05_a_submission_without_finding_reason_or_submitter_cannot_be_stored(small, reviewer):
    rows = Item.objects.filter(review=small, statement__number=1)
    for values in (
        {"status": "awaiting"},
        {"status": "awaiting", "finding": "confirmed", "submission": 1},
        {"status": "awaiting", "finding": "unconfirmed", "submission": 1, "submitted_by": reviewer},
        {"status": "signed"},
    ):
        database_refuses(lambda values=values: rows.update(**values))


@pytest.fixture
def signed(small, reviewer, evidence):
    bring_to(small, Status.COMPLETE, by=reviewer, evidence=evidence)
    return SignOff.objects.get()


@pytest.fixture
def decided(small, signed, ciso):
    assessed = gate.assess(small)
    return decisions.decide(
        small, by=ciso, outcome=Outcome.HOLD, reason="Too early.", shown=decisions.shown(assessed, to=ciso)
    )


@pytest.mark.parametrize("table", ["signed", "decided"])
def test_rule_07_a_signature_row_is_never_changed_or_deleted(request, table):
    stored = request.getfixturevalue(table)
    rows = type(stored)._base_manager.filter(pk=stored.pk)
    database_refuses(lambda: rows.update(signer_name="Somebody else"), "append-only")
    database_refuses(lambda: rows.update(digest="0" * 64), "append-only")
    database_refuses(lambda: models.QuerySet(type(stored)).filter(pk=stored.pk)._raw_delete("default"), "append-only")
    stored.meaning = "I confirm nothing."
    database_refuses(stored.save, "append-only")
    database_refuses(stored.delete, "append-only")
    assert rows.values().get()["meaning"] != "I confirm nothing."


@pytest.mark.parametrize("table", ["signed", "decided"])
def test_rule_07_a_signature_row_is_not_replaced(request, table):
    stored = request.getfixturevalue(table)
    before, name = type(stored).objects.values().get(), stored._meta.db_table
    columns = ", ".join(field.column for field in stored._meta.fields)
    copy = f"INTO {name} ({columns}) SELECT {columns} FROM {name}"  # noqa: S608
    again = {
        "sqlite": f"REPLACE {copy}",
        "postgresql": f"INSERT {copy} ON CONFLICT (id) DO UPDATE SET digest = ''",
    }
    with connection.cursor() as cursor:
        database_refuses(lambda: cursor.execute(again[connection.vendor]))
    assert type(stored).objects.values().get() == before


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["reviews_signoff", "reviews_decision", "reviews_item"])
def test_rule_07_signatures_are_not_truncated(decided, table):
    connection.check_constraints()  # PostgreSQL truncates nothing while checks are deferred
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        cursor.execute(f"TRUNCATE {table} CASCADE")


def decision_row(review, signer):
    return Decision(
        review=review, number=1, outcome=Outcome.HOLD, recommendation="in_review", reason="Because.",
        signer=signer, signer_name=signer.name, signer_role="CISO", meaning="I hold.", content="{}", digest="0" * 64,
    )  # fmt: skip


def test_the_database_takes_a_decision_of_somebody_else(small, signed, ciso):
    decision_row(small, ciso).save()
    assert Decision.objects.get().signer == ciso


def ciso_submitted(small, reviewer, vendor, ciso):
    submit(item(small, 7), ciso, finding=Finding.NOT_APPLICABLE)


def ciso_found(small, reviewer, vendor, ciso):
    record(item(small, 7), ciso, Finding.NOT_APPLICABLE)
    workflow.apply(workflow.SUBMIT, item(small, 7), by=reviewer)


def ciso_uploaded(small, reviewer, vendor, ciso):
    submit(item(small, 7), reviewer, add_evidence(vendor, ciso))


@pytest.mark.parametrize("work", [ciso_submitted, ciso_found, ciso_uploaded])
def test_rule_13_nobody_decides_over_their_own_work(small, reviewer, vendor, ciso, work):
    work(small, reviewer, vendor, ciso)
    sign(item(small, 7))
    from accounts.permissions import Refused

    shown = decisions.shown(gate.assess(small), to=ciso)
    with pytest.raises(
        Refused, match="You submitted, found, settled the sources of or uploaded evidence for statement 7"
    ):
        decisions.decide(small, by=ciso, outcome=Outcome.HOLD, reason="Because.", shown=shown)
    database_refuses(decision_row(small, ciso).save, "four eyes")
    database_refuses(lambda: Decision.objects.bulk_create([decision_row(small, ciso)]), "four eyes")


@pytest.mark.parametrize("change", ["correct", "replace"])
def test_rule_05_a_signer_cannot_sign_over_evidence_changed_after_the_submission(
    review, reviewer, second_reviewer, ciso, evidence, change
):
    """Else the signer would do a part of the work: a new end date, another kind, a restored document."""
    submitted = submit(item(review, 1), reviewer, evidence)
    if change == "correct":
        library.correct(evidence, by=ciso, valid_until=date(2100, 1, 1))
    else:
        library.add_version(evidence, by=second_reviewer, upload=pdf("newer"))
    with pytest.raises(Refused, match="changed since it was submitted"):
        sign(submitted)
    workflow.apply(workflow.TAKE_BACK, submitted, by=reviewer)
    workflow.apply(workflow.SUBMIT, submitted, by=reviewer)
    assert sign(submitted).signer == ciso
