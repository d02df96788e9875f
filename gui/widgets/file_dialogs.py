"""Asks for files and folders: begins where the last one was, and before overwriting asks.

What serves every page stands in many widgets that know no settings, so they share one memory, as
they follow one theme.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from gui.settings import Settings

OPENED, SAVED = "files/opened_from", "files/saved_to"


class LastFolders:
    """Where files were opened from and saved to last, kept in the settings of the window."""

    def __init__(self) -> None:
        self._settings: Settings | None = None

    def keep_in(self, settings: Settings | None) -> None:
        """Remember there; nowhere with None."""
        self._settings = settings

    def folder(self, kind: str) -> str:
        """Return the last folder; empty where there is none, or it has gone."""
        name = self._settings.text(kind) if self._settings is not None else ""
        return name if name and os.path.isdir(name) else ""

    def remember(self, kind: str, folder: Path) -> None:
        """Begin there the next time."""
        if self._settings is not None:
            self._settings.set_text(kind, str(folder))


LAST_FOLDERS = LastFolders()


def file_to_open(parent: QWidget, title: str, filters: str, begin: str = "") -> Path | None:
    """Return the file that a person chooses, None for none.

    Args:
        begin: where to look, where something better is known than the last folder.
    """
    start = begin or LAST_FOLDERS.folder(OPENED)
    name, _ = QFileDialog.getOpenFileName(parent, title, start, filters)
    if not name:
        return None
    LAST_FOLDERS.remember(OPENED, Path(name).parent)
    return Path(name)


def folder_to_open(parent: QWidget, title: str, begin: str = "") -> Path | None:
    """Return the folder that a person chooses, None for none."""
    name = QFileDialog.getExistingDirectory(parent, title, begin or LAST_FOLDERS.folder(OPENED))
    if name:
        LAST_FOLDERS.remember(OPENED, Path(name))
    return Path(name) if name else None


def folder_to_save(parent: QWidget, title: str, names: tuple[str, ...] = ()) -> Path | None:
    """Return the folder to write into, None for none.

    Args:
        names: of the files that will be written; asked about where they are there.
    """
    while True:
        name = QFileDialog.getExistingDirectory(parent, title, LAST_FOLDERS.folder(SAVED))
        if not name:
            return None
        LAST_FOLDERS.remember(SAVED, Path(name))
        there = [each for each in names if (Path(name) / each).exists()]
        if not there or _may_overwrite(parent, " and ".join(there)):
            return Path(name)


def file_to_save(
    parent: QWidget, title: str, name: str, filters: str, *, is_fixed: bool = False
) -> Path | None:
    """Return where to write, None for nowhere.

    Args:
        name: that is proposed; its ending is given to a name without one.
        is_fixed: whether no other ending will do.
    """
    while True:
        folder = LAST_FOLDERS.folder(SAVED)
        start = str(Path(folder) / name) if folder else name
        chosen, _ = QFileDialog.getSaveFileName(parent, title, start, filters)
        if not chosen:
            return None
        given = Path(chosen)
        suffix = Path(name).suffix
        is_whole = given.suffix == suffix or (given.suffix and not is_fixed)
        target = given if is_whole else given.with_suffix(suffix)
        LAST_FOLDERS.remember(SAVED, target.parent)
        # The dialog has asked about the name that it saw.
        if target == given or not target.exists() or _may_overwrite(parent, target.name):
            return target


def _may_overwrite(parent: QWidget, names: str) -> bool:
    buttons = QMessageBox.StandardButton
    text = f"{names} is there already. Replace it?"
    answer = QMessageBox.question(parent, "Replace what is there?", text, buttons.Yes | buttons.No)
    return answer == buttons.Yes
