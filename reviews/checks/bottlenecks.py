"""Does the review hang on one person?"""

from collections import defaultdict

from reviews.checks.found import Found, numbers
from reviews.choices import Status

# More than everybody else together, and not of a handful that is soon done.
SHARE, LEAST_OPEN = 0.5, 8
# Fewer than three signatures are a morning's work for whoever it is.
LEAST_AWAITING = 3


def find(ground):
    """Fires for whoever holds more than half of what is unfinished, for the only one all signatures wait for, and for an
    owner who is away while nobody acts."""
    held = defaultdict(list)
    for item in ground.items:
        if item.status != Status.COMPLETE and item.holder:
            held[item.holder].append(item)
    unfinished = sum(item.status != Status.COMPLETE for item in ground.items)
    awaiting = [item for item in ground.items if item.status == Status.AWAITING]
    page = ground.review.get_absolute_url()
    for person, items in sorted(held.items(), key=lambda pair: pair[0].pk):
        if unfinished >= LEAST_OPEN and len(items) > SHARE * unfinished:
            yield Found(
                subject=f"open-{person.pk}",
                why=f"{person.name} holds {len(items)} of the {unfinished} statements that are not done: more than everybody else together.",
                next_step="Hand some of them over to somebody else.",
                url=f"{page}#items",
                facts={"person": person.pk, "share": "more than half"},
            )
        waiting = [item for item in items if item.status == Status.AWAITING]
        if len(waiting) >= LEAST_AWAITING and len(waiting) == len(awaiting):
            yield Found(
                subject=f"awaiting-{person.pk}",
                why=f"Every signature that is missing is {person.name}'s: {numbers(waiting)} wait for nobody else.",
                next_step=f"Ask {person.name} to sign or return them, or hand some over.",
                url=f"{page}?state=awaiting#items",
                facts={"person": person.pk, "all": "awaiting"},
            )
        if person.pk in ground.rota.away and ground.rota.stand_in(person) == person:
            yield Found(
                subject=f"away-{person.pk}",
                why=f"{person.name} is {ground.rota.in_words(person)}, and holds {numbers(items)}.",
                next_step="Hand them over, or have a deputy named who is there.",
                url=f"{page}#items",
                facts={"person": person.pk, "until": ground.rota.away[person.pk].ends_on.isoformat()},
            )
