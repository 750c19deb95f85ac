"""In whose place does this person act today, and how is that printed? (docs/decisions/0021-deputies.md)"""

from accounts import absences
from accounts.permissions import Refused


def absence_behind(user, holder):
    """The absence in which this person acts for the holder today, or None."""
    return next((each for each in absences.acting_for(user) if each.person == holder), None)


def as_printed(role, *, user, holder):
    """The role to freeze in a signature: "CISO", or "CISO, by deputy (away 1 to 14 October 2026)". At most 80 characters.

    Raises Refused when this is neither the holder nor, any more, who acts for them.
    """
    return role if user == holder else f"{role}, by deputy (away {_must_act(user, holder).days_in_words})"


def words(meaning, role, *, user, holder):
    """The words of the holder's signature as they are shown to this person: a deputy's say in whose place."""
    absence = None if user == holder else absence_behind(user, holder)
    if absence is None:
        return meaning
    name = holder.name if holder.name == role else f"{holder.name} ({role})"
    return f"As the deputy of {name}, away {absence.days_in_words}: {meaning}"


def noted(user, holder):
    """What an event says of it: `{"deputy_of": …}`, or nothing when the holder acted. Raises Refused as `as_printed`."""
    if user == holder:
        return {}
    return {"deputy_of": f"{holder.name} (away {_must_act(user, holder).days_in_words})"}


def _must_act(user, holder):
    absence = absence_behind(user, holder)
    if absence is None:
        raise Refused(f"Nothing changed: you do not act for {holder.name} any more.")
    return absence
