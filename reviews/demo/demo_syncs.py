"""Which weekly sync does the demo show? One that was held and closed, with an action that is open."""

from django.conf import settings
from ruamel.yaml import YAML

from reviews.choices import LineKind
from reviews.models import Review
from reviews.weekly import agenda, syncs

FILE = settings.BASE_DIR / "fixtures" / "demo" / "syncs.yaml"


def load(scene, deployments):
    """Hold each sync of the file through the functions that a person's clicks reach."""
    for entry in YAML(typ="safe").load(FILE):
        _hold(scene, Review.objects.get(deployment=deployments[entry["review"]]), entry)


def _hold(scene, review, entry):
    by = scene.people[entry["opened_by"]]
    sync = syncs.open_sync(review, by=by)
    syncs.note_attendees(sync, by=by, come=[scene.people[key] for key in entry["attendees"]], others=entry["others"])
    for line in entry["lines"]:
        kind = LineKind.DECISION if line.get("decision") else LineKind.NOTE
        syncs.write_line(sync, by=by, text=line["text"], kind=kind, item=_item(review, line.get("item"), by))
    for action in entry["actions"]:
        syncs.agree_action(
            sync,
            by=by,
            text=action["text"],
            owner=scene.people[action["owner"]],
            due_on=scene.day(action["due"]),
            item=_item(review, action["item"], by),
        )
    syncs.close(sync, by=by, figures=agenda.figures([review], by, sync.since))


def _item(review, number, by):
    return syncs.item_of(review, number, by) if number else None
