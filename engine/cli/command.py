"""What a command of the command line is, and how its results and failures are printed."""

from __future__ import annotations

import dataclasses
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engine.api.tasks import Progress, TaskContext

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """One command; each module of engine.cli that declares COMMAND is one.

    Attributes:
        add_arguments: declares its arguments.
        run: does the work through engine.service.execute; returns the exit code. Failures are
            raised as EngineError and printed as one line by the caller.
    """

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, TaskContext], int]


def add_assignments(parser: ArgumentParser, text: str) -> None:
    """Declare `--set FIELD=VALUE`, which answers pairs of texts."""
    parser.add_argument(
        "--set", action="append", default=[], type=_assignment, metavar="FIELD=VALUE", help=text
    )


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ArgumentTypeError(f"{text!r} is not FIELD=VALUE")
    return name, value


def print_json(value: Any) -> None:
    """Write a value to standard output as JSON: dataclasses as objects, arrays as lists."""
    sys.stdout.write(json.dumps(to_plain(value), ensure_ascii=False) + "\n")


def say(text: str) -> None:
    """Write a line for people to standard error."""
    sys.stderr.write(text + "\n")


def to_plain(value: Any) -> Any:
    """Turn dataclasses, arrays and paths into what JSON knows; NaN and infinity become null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: to_plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


class ProgressBar:
    """Shows a task's progress by tqdm on standard error, when that is a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, progress: Progress) -> None:
        """Take one report; of those without a fraction only the stage is shown."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=1.0, bar_format="{desc} {percentage:3.0f} %|{bar}| {elapsed}")
        self._bar.set_description_str(progress.stage)
        if progress.fraction is not None:
            self._bar.n = progress.fraction
        self._bar.refresh()

    def close(self) -> None:
        """End the line."""
        if self._bar is not None:
            self._bar.close()
