"""How does the web server run? (gunicorn's settings file)"""

import os
import shutil
import sys
import tempfile

from config import environment, logs

try:
    _env = environment.read()
except environment.Refused as refusal:
    # Before any process starts, instead of a traceback from each of them.
    sys.exit(str(refusal))

workers = 2
threads = 4
# Slow clients of large uploads keep a thread busy, not the worker's heartbeat.
timeout = 60
graceful_timeout = 20
logger_class = "config.access.AccessLogger"
logconfig_dict = logs.settings(_env["LOG_FORMAT"], _env["LOG_LEVEL"])
# It would keep a control socket in the home folder, which nothing here uses.
control_socket_disable = True


def on_starting(server):
    """The processes of this start count together in a folder of their own; counts begin at nothing."""
    if _env["METRICS_TOKEN"]:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="countersign-metrics-")


def child_exit(server, worker):
    """What a process that ended had in progress no longer counts."""
    if _env["METRICS_TOKEN"]:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    if _env["METRICS_TOKEN"]:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
