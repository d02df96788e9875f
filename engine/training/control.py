"""The control file: how anyone who can write to a run's folder pauses, steps or stops it.

`control.json` holds `{"command": "pause"}`, or `resume`, `step`, `stop`; a bare `"pause"` will do.
Writing it again, with the same content too, gives the command again. What the file said before the
run began does not count.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

from engine.api.regular_files import read_regular
from engine.api.training import ControlCommand
from engine.core.files import write_text
from engine.core.json_text import parse_json

FILE_NAME = "control.json"
_COMMANDS: tuple[ControlCommand, ...] = get_args(ControlCommand)


def write_command(run_folder: Path, command: ControlCommand) -> None:
    """Ask the run of a folder; it answers by its status."""
    write_text(run_folder / FILE_NAME, json.dumps({"command": command}) + "\n")


class ControlFile:
    """Reads the commands for one run, each once."""

    def __init__(self, run_folder: Path) -> None:
        self._path = run_folder / FILE_NAME
        self._seen = self._version()

    def poll(self) -> ControlCommand | None:
        """Return a command that was written since the last look; None without one.

        What is no command, half a file say, is taken for none.
        """
        version = self._version()
        if version is None or version == self._seen:
            return None
        try:
            content = parse_json(read_regular(self._path))
        except (OSError, ValueError):
            return None  # still being written: looked at again
        self._seen = version
        said = content.get("command") if isinstance(content, dict) else content
        return next((command for command in _COMMANDS if command == said), None)

    def _version(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size
