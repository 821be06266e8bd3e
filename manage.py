#!/usr/bin/env python
"""Django's command line, for people who operate Earshot."""

import os
import sys
from importlib import import_module

# What needs a file and a key and nothing else: no settings, no database, no ring.
OFFLINE = {"verify_certificate": "reviews.management.commands.verify_certificate"}


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in OFFLINE and "--key" in sys.argv:
        import_module(OFFLINE[sys.argv[1]]).Command().run_from_argv(sys.argv)
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
