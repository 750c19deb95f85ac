"""How does the web server run? (gunicorn's settings file)"""

import gc
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

worker_class = "config.draining.Worker"
workers = 2
threads = 4
# Seconds without a sign of life from a whole process. A thread that waits gives one; what bounds a request are the
# limits of the services it asks (config/postgresql.py, config/redis.py), and the proxy in front bounds slow clients.
timeout = 60
# What is in progress at the end has this long; less than the container or service manager gives before it kills.
graceful_timeout = 25
# The sign of life is a file's time; on a disk that hangs it would stop too.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - only gunicorn writes there
# Each process loads the application itself: nothing that is open is ever shared by a fork.
preload_app = False
logger_class = "config.access.AccessLogger"
logconfig_dict = logs.settings(_env["LOG_FORMAT"], _env["LOG_LEVEL"])
# It would keep a control socket in the home folder, which nothing here uses.
control_socket_disable = True


def on_starting(server):
    """The processes of this start count together in a folder of their own; counts begin at nothing."""
    if _env["METRICS_TOKEN"]:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="countersign-metrics-")


def post_worker_init(worker):
    """What a process loaded stays for ever: not looking at it at each collection saves a fifth of a page's time."""
    gc.collect()
    gc.freeze()


def child_exit(server, worker):
    """What a process that ended had in progress no longer counts."""
    if _env["METRICS_TOKEN"]:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server):
    if _env["METRICS_TOKEN"]:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
