"""What runs later: a dossier, a paper or a package is made, and one that was lost on the way is found again or given up."""

from celery import shared_task

from dossiers import lost, making, packages, papers


@shared_task
def render_dossier(dossier_id):
    """Safe to run twice. The child's time limit stays below the task's, and that below the broker's visibility timeout."""
    making.make(dossier_id)


@shared_task
def make_paper(paper_id):
    """Safe to run twice, under the same limits."""
    papers.make(paper_id)


@shared_task
def make_package(package_id):
    """Safe to run twice, under the same limits."""
    packages.make(package_id)


@shared_task
def look_after():
    lost.look_after()
