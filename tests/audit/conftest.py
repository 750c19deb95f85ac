from tests.unwritable import no_more_events  # noqa: F401
