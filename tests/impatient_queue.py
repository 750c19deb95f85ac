"""A queue that gives a message back sooner; for a worker of a test that takes `--include tests.impatient_queue`."""

from config.celery import app

app.conf.broker_transport_options = app.conf.broker_transport_options | {"visibility_timeout": 4}
