"""Which step of reminding has come?"""

from datetime import date

# Days before the due day; 0 is the day itself. After it, once a week.
USUAL = (30, 14, 7, 1, 0)
WEEK = 7
AFTER = "+"


def current(due_on: date, today: date, steps=USUAL) -> str | None:
    """Return the newest step that has come (`30`, `0`, `+14`), None before the first.

    Only the newest: after a standstill one step is told, not all that were passed.
    """
    days = (due_on - today).days
    if days <= -WEEK:
        return f"{AFTER}{-days // WEEK * WEEK}"
    reached = [step for step in steps if step >= days]
    return str(min(reached)) if reached else None


def misses(step: str) -> int:
    """How many reminders after the due day this step is: the third is at 21 days."""
    return int(step.removeprefix(AFTER)) // WEEK if step.startswith(AFTER) else 0
