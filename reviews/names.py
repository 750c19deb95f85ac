"""What were a review, its deployment and its evidence called where something was signed?

What is signed names them by address and by number (`digest`). A review that was moved here has other ones, and keeps in
`Review.names` those of every installation it was signed in: a signature given there is compared under the names it was
given for. What is signed here is signed under the names of here.
"""

from dataclasses import dataclass, field

from django.utils.dateparse import parse_datetime


@dataclass(frozen=True)
class Names:
    """`known` is `{number of the evidence here: there}`, or None where the names are those of here."""

    review: str
    deployment: int
    known: dict[int, int] | None = field(default=None)

    def evidence(self, number):
        """What this evidence of ours is called there; None when it was not there."""
        return number if self.known is None else self.known.get(number)

    def evidence_here(self, number):
        """Which evidence of ours is called so there, or None."""
        if self.known is None:
            return number
        return next((here for here, there in self.known.items() if there == number), None)


def here(review):
    return Names(review.slug, review.deployment_id)


def of(review, digest):
    """The Names under which the sign-off (or its withdrawal) with this digest was given."""
    for place in review.names or ():
        if digest in place["digests"]:
            known = {int(ours): theirs for ours, theirs in place["evidence"].items()}
            return Names(place["review"], place["deployment"], known)
    return here(review)


def moved_from(review, at):
    """Whose installation, by its own word, what was signed at this moment came with; '' when it was signed here.

    A file is refused that holds a moment after its move, so that the moment tells one from the other.
    """
    last = review.names[-1] if review.names else {}
    return last["from"] if last and at <= parse_datetime(last["at"]) else ""


def role_in_words(row, review):
    """As whom a sign-off or a decision was signed, and that it was not signed here when it was not."""
    return f"{row.signer_role}{mark_of(row, review)}"


def mark_of(row, review):
    """What is said beside a signature that was not given here; '' for one that was."""
    elsewhere = moved_from(review, row.at)
    return f", not signed here: moved in from {elsewhere}" if elsewhere else ""


def signer_in_words(row, review):
    """Who signed, and as whom where the name does not say that."""
    who = row.signer_name if row.signer_role == row.signer_name else f"{row.signer_name}, {row.signer_role}"
    return f"{who}{mark_of(row, review)}"
