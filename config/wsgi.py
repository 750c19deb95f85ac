"""What does the web server load?"""

import os

from django.core.wsgi import get_wsgi_application

from config import reporting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Settings give a web process a pool of connections and short limits; nothing else loads this module.
os.environ["COUNTERSIGN_PROCESS"] = "web"

reporting.trace("web")
application = get_wsgi_application()
reporting.report_errors()
