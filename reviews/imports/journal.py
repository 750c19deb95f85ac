"""What does every event about an import say besides its act?"""

from reviews import events


def record(event_type, source, *, by, **said):
    """Write one event about the import, in the caller's transaction (rule 24)."""
    events.record(event_type, source, review=source.review, by=by, about=f"import of “{source.name}”", **said)
