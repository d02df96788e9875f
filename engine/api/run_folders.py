"""Requests about run folders that nothing trains at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RenameRun:
    """Give the folder of a run that nothing trains another name; answers its new path."""

    run_folder: Path
    name: str

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Renaming {self.run_folder.name}"


@dataclass(frozen=True, slots=True)
class AnnotateRun:
    """Keep a person's note with a run; an empty one removes it. Answers None."""

    run_folder: Path
    note: str

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Keeping the note on {self.run_folder.name}"


@dataclass(frozen=True, slots=True)
class ReadRecipe:
    """Read the settings of a run to begin another with them; answers `Train`."""

    run_folder: Path

    @property
    def caption(self) -> str:
        """What the task bar shows."""
        return f"Reading the settings of {self.run_folder.name}"
