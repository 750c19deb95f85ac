"""Which states can a dossier be in?"""

from django.db.models import TextChoices


class State(TextChoices):
    QUEUED = "queued", "Waiting for a worker"
    RENDERING = "rendering", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


UNFINISHED = frozenset({State.QUEUED, State.RENDERING})

# How a page draws each: class and icon.
LOOKS = {State.QUEUED: "queued", State.RENDERING: "running", State.READY: "complete", State.FAILED: "failed"}
