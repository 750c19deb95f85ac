"""Which fixtures do the tests of a whole installation share?"""

import tempfile
from pathlib import Path

import pytest

from config import embedded
from tests.config.installation import empty, installation, made  # noqa: F401
from tests.product import Product


@pytest.fixture(scope="session")
def product():
    """An installation with demo data and a queue; a test starts the processes it needs and names their settings."""
    with tempfile.TemporaryDirectory(prefix="countersign-") as folder, embedded.private_redis(Path(folder)):
        installed = Product(Path(folder))
        installed.prepare()
        yield installed
