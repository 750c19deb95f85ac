"""Which step of reminding has come?"""

from datetime import date, timedelta

# Days before the due day; 0 is the day itself. After it, once a week.
USUAL = (30, 14, 7, 1, 0)
WEEK = 7
AFTER = "+"
# What waits for somebody: days since it began to wait, then once a week.
WAITING = (1, 3, 7)
# At the third reminder after the due day somebody else hears as well.
THIRD_MISS = timedelta(weeks=3)


def current(due_on: date, today: date, steps=USUAL) -> str | None:
    """Return the newest step that has come (`30`, `0`, `+14`), None before the first.

    Only the newest: after a standstill one step is told, not all that were passed.
    """
    days = (due_on - today).days
    if days <= -WEEK:
        return f"{AFTER}{-days // WEEK * WEEK}"
    return before(due_on, today, steps)


def before(due_on: date, today: date, steps=USUAL) -> str | None:
    """The same for what nobody is reminded of once its day has passed."""
    days = (due_on - today).days
    reached = [step for step in steps if step >= days]
    return str(min(reached)) if reached else None


def waiting(since: date, today: date, first=WAITING) -> str | None:
    """Return the newest step of what waits since a day: `+1`, `+3`, `+7`, and a week after the last each week."""
    days = (today - since).days
    if days >= first[-1]:
        return f"{AFTER}{days - (days - first[-1]) % WEEK}"
    reached = [step for step in first if step <= days]
    return f"{AFTER}{max(reached)}" if reached else None


def once(day: date, today: date) -> str | None:
    """Return the one step of what is said once, from this day on."""
    return "0" if today >= day else None


def misses(step: str) -> int:
    """How many reminders after the due day this step is: the third is at 21 days."""
    return int(step.removeprefix(AFTER)) // WEEK if step.startswith(AFTER) else 0
