"""Stops with one line where Python is too old, before anything is installed."""

import sys

if sys.version_info < (3, 11):
    found = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"Python {found} is too old: 3.11 or newer is needed; make PYTHON=python3.11 run")
