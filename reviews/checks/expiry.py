"""Does cited evidence end around the planned day of the pilot?"""

from collections import defaultdict
from datetime import timedelta

from evidence.validity import in_words
from reviews import standing
from reviews.checks.found import Found, numbers
from reviews.choices import Finding

# What ends within a month after the pilot begins has to be asked for before it begins.
MARGIN = timedelta(days=30)


def find(ground):
    """Fires once for each evidence that confirms something and whose last day is before the deadline or within a month
    after it. A review has no field for the day of its pilot, so its deadline stands for it. Nothing once that has passed.
    """
    pilot = ground.review.due_on
    if pilot < ground.today:
        return
    ending = defaultdict(set)
    for item in ground.items:
        if item.finding == Finding.CONFIRMED:
            for day, citation in standing.expiries(item):
                if ground.today <= day <= pilot + MARGIN:
                    ending[citation.evidence, day].add(item)
    for (evidence, day), resting in sorted(ending.items(), key=lambda pair: (pair[0][1], pair[0][0].pk)):
        when = "before" if day < pilot else "on" if day == pilot else "soon after"
        items = sorted(resting, key=lambda item: item.number)
        yield Found(
            subject=f"{evidence.pk}-{day.isoformat()}",
            title=f"“{evidence.title}” ends around the planned pilot"[:200],
            why=f"“{evidence.title}” counts until {in_words(day)} for {numbers(items)}: {when} the review's deadline, "
            f"{in_words(pilot)}, which is taken as the planned day of the pilot.",
            next_step="Ask for its successor now, or move the pilot.",
            url=evidence.get_absolute_url(),
            facts={
                "version": evidence.current.number,
                "pilot": pilot.isoformat(),
                "statements": [item.number for item in items],
            },
        )
