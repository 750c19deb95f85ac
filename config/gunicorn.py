"""How does the web server run? (gunicorn's settings file)"""

import sys

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
