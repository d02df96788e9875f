"""Starts Vision Workbench: the window, or a command of the command line."""

from __future__ import annotations

import gc
import sys
from pathlib import Path


def main() -> int:
    """Return the exit code of the command or of the window."""
    arguments = sys.argv[1:]
    if arguments and not Path(arguments[0]).exists() and not Path(arguments[0]).suffix:
        from engine.cli.run import run

        return run(arguments)
    gc.disable()  # a tenth of the time until the window appears; it turns this on again
    from gui.application import run_window

    return run_window(arguments)


if __name__ == "__main__":
    sys.exit(main())
