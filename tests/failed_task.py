"""A task that failed, as `config.failed_tasks` keeps it."""

import json

from celery import states
from django_celery_results.models import TaskResult


def failed_task(name="celery.backend_cleanup", args="[]", kind="OperationalError", **values):
    """`args` is the JSON of its arguments, None when they were not kept."""
    row = {
        "task_id": f"id of {name} number {TaskResult.objects.count()}",
        "task_name": name,
        "task_args": args,
        "status": states.FAILURE,
        "result": json.dumps({"exc_type": kind, "exc_module": "somewhere", "exc_message": ""}),
        "traceback": "dossiers/tasks.py:16 in look_after\ndossiers/lost.py:35 in look_after",
        "meta": json.dumps({"request_id": "request-0001", "times": 1}),
    }
    return TaskResult.objects.create(**row | values)
