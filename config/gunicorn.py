"""How does the web server run? (gunicorn's settings file)"""

workers = 2
threads = 4
# Slow clients of large uploads keep a thread busy, not the worker's heartbeat.
timeout = 60
graceful_timeout = 20
accesslog = "-"
access_log_format = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(b)s bytes %(L)s s %({x-request-id}o)s'
# It would keep a control socket in the home folder, which nothing here uses.
control_socket_disable = True
