"""What runs later? Reading what was brought, looking again at what much was changed of at once, planning ahead, telling people what is due."""

from celery import shared_task
from django.utils import timezone

from audit import heartbeats
from reviews import standings
from reviews.again import reassessments
from reviews.dashboard import figures
from reviews.imports import applying, forgetting, lost, reading
from reviews.questionnaires import reading as questionnaires
from reviews.recurring import plan
from reviews.reminders import REMINDERS, messages, planning
from reviews.twin import arrivals


@shared_task
def look_again():
    """Whoever asks next would do it; after an upgrade or a change in bulk that may be every item there is. Safe to run twice."""
    standings.refresh()


@shared_task
def plan_ahead():
    """Write the dates that come, open the reviews they ask for, keep the day's figures, forget old sheets.

    The database says what is missing: safe to run twice at once.
    """
    plan.materialise()
    reassessments.prepare_due()
    figures.write_daily()
    forgetting.forget()


@shared_task
def read_import(import_id):
    """Safe to run twice: only one that waits is read."""
    reading.read(import_id)


@shared_task
def apply_import(import_id):
    """Safe to run twice. What was changed is looked at again here, so that the next page need not."""
    applying.apply(import_id)
    standings.refresh()


@shared_task
def look_after_imports():
    """Safe to run twice at once."""
    lost.look_after()


@shared_task
def remind():
    """Plan, compose, send. The database says what is due: safe to run twice at once, and after any standstill."""
    failures = planning.plan(timezone.now())
    planning.compose(timezone.now())
    messages.send_waiting()
    heartbeats.beat(REMINDERS)
    if failures:
        raise failures[0]


@shared_task
def read_questionnaire(import_id):
    """Safe to run twice: what was read already is left alone."""
    questionnaires.read(import_id)


@shared_task
def look_after_questionnaires():
    """Send again what waits for a worker, or was left by one."""
    questionnaires.look_after()


@shared_task
def read_arrival(arrival_id):
    """Check the file of a review from elsewhere, and rehearse its move."""
    arrivals.read(arrival_id)


@shared_task
def move_review_in(arrival_id):
    """Make the move that somebody confirmed; the second of two finds it made."""
    arrivals.move_in(arrival_id)
