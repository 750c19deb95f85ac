#!/usr/bin/env python
"""How is a management command started?"""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from config.environment import Refused

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except Refused as refusal:
        sys.exit(str(refusal))
    except OperationalError as failure:
        # With a state the server itself refused a statement, and where that happened matters.
        if getattr(failure.__cause__, "sqlstate", None):
            raise
        sys.exit(f"The database cannot be used: {str(failure).splitlines()[0]}")
