"""Finds the commands, parses the arguments, runs one, and turns failures into exit codes."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

import engine.cli
from engine.api.errors import EngineError, TaskCancelled
from engine.api.tasks import TaskContext
from engine.api.version import VERSION
from engine.cli.command import DONE, FAILED, INTERRUPTED, Command, ProgressBar, say


def commands(wanted: str | None = None) -> dict[str, Command]:
    """Return every command by name; where one is wanted, that alone, without importing others."""
    found = {}
    for module in pkgutil.iter_modules(engine.cli.__path__):
        if wanted not in (None, module.name):
            continue
        command = getattr(importlib.import_module(f"engine.cli.{module.name}"), "COMMAND", None)
        if isinstance(command, Command):
            found[command.name] = command
    return dict(sorted(found.items()))


def parser(wanted: str | None = None) -> ArgumentParser:
    """Return the parser of the whole command line, or of what one command needs of it."""
    top = ArgumentParser(
        prog="main.py",
        description="Vision Workbench: see why a vision model does what it does.",
        epilog="Without a command the window opens, with the pictures given: main.py [PICTURE ...]",
    )
    top.add_argument("--version", action="version", version=f"Vision Workbench {VERSION}")
    below = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in (commands(wanted) or commands()).values():
        sub = below.add_parser(command.name, help=command.summary, description=command.summary)
        command.add_arguments(sub)
        sub.set_defaults(command=command)
    return top


def run(arguments: Sequence[str]) -> int:
    """Run a command headless; returns 0 done, 1 a named failure, 130 interrupted.

    Wrong usage leaves through argparse with exit code 2.
    """
    options = parser(arguments[0] if arguments else None).parse_args(arguments)
    bar = ProgressBar()
    try:
        return int(options.command.run(options, TaskContext(bar)) or DONE)
    except EngineError as error:
        bar.close()
        say(str(error))
        return FAILED
    except (KeyboardInterrupt, TaskCancelled):
        bar.close()
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output (head, say) has enough; Python's own flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    finally:
        bar.close()
