"""What runs later: a dossier is made, and one that nobody makes any more is given up."""

from celery import shared_task

from dossiers import making


@shared_task
def render_dossier(dossier_id):
    """Safe to run twice. The child's time limit stays below the task's, and that below the broker's visibility timeout."""
    making.make(dossier_id)


@shared_task
def fail_stalled():
    making.fail_stalled()
