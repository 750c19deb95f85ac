"""Do the test runs reach the services they say they do, and can rows that refuse deletion be flushed?"""

import os

import pytest
from django.core.cache import cache
from django.db import connection


@pytest.mark.postgres
@pytest.mark.django_db
def test_this_run_is_on_postgresql_and_redis():
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        assert cursor.fetchone() == ("UTF8",)
    cache.set("reached", True)
    assert os.environ["REDIS_URL"].startswith("unix://")
    assert cache.get("reached") is True
