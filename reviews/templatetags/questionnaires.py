"""How does what a vendor's questionnaire says about a statement read, on its item and on the questionnaire's page?"""

from django import template

from reviews.choices import ImportState, ProposalState, Relevance
from reviews.models import Proposal
from reviews.permissions import can_edit, can_work_on
from reviews.questionnaires import taking
from reviews.questionnaires.showing import with_names

register = template.Library()

LOOKS = {
    ImportState.WAITING: ("not_started", "Waiting for the worker"),
    ImportState.READING: ("in_progress", "Being read"),
    ImportState.COLUMNS: ("awaiting", "Say which one it is"),
    ImportState.READY: ("complete", "Read"),
    ImportState.REFUSED: ("unconfirmed", "Not readable"),
}
RELEVANCE = {
    Relevance.DIRECT: "asks the same",
    Relevance.PARTLY: "asks a part of it",
    Relevance.BACKGROUND: "background only",
}


@register.filter
def import_look(source):
    """How the pill of a questionnaire's state looks."""
    return LOOKS.get(source.state, ("not_applicable", ""))[0]


@register.filter
def import_words(source):
    return LOOKS.get(source.state, ("", source.get_state_display()))[1]


@register.filter
def relevance_words(proposal):
    return RELEVANCE.get(proposal.relevance, "")


@register.inclusion_tag("reviews/_questionnaire_of_item.html", takes_context=True)
def questionnaire_of_item(context, item):
    """The card on an item's page; nothing when no questionnaire says anything about the statement."""
    rows = list(with_names(Proposal.objects.filter(item=item)))
    return _common(context) | {
        "item": item,
        "proposals": [row for row in rows if row.state != ProposalState.DISMISSED],
        "aside": [row for row in rows if row.state == ProposalState.DISMISSED],
    }


@register.inclusion_tag("reviews/_proposal.html", takes_context=True)
def proposal(context, row, on_item=False):
    """One proposal with what this person may do with it."""
    common = _common(context)
    return common | {
        "each": row,
        "on_item": on_item,
        "contradicts": taking.contradicts(row),
        "no_work": can_work_on(common["user"], row.item).reason,
        "closed": can_edit(common["user"], row.item).reason,
    }


def _common(context):
    user = context["request"].user if "request" in context else context["user"]
    return {"user": user, "csrf_token": context.get("csrf_token")}
