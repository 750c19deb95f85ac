#!/usr/bin/env python
"""How is a management command started?"""

import os
import sys

from django.core.management import execute_from_command_line

from config.environment import Refused

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except Refused as refusal:
        sys.exit(str(refusal))
