"""Do processes that stay look seldom at what they loaded once?"""

import gc

from celery import signals

from config import celery, gunicorn


def test_a_worker_and_a_web_process_freeze_what_they_loaded_and_a_worker_looks_seldom():
    before = gc.get_threshold()
    try:
        for started in (
            lambda: gunicorn.post_worker_init(None),
            lambda: signals.worker_process_init.send(sender=celery),
        ):
            gc.unfreeze()
            started()
            assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold() == (50_000, 20, 100)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
