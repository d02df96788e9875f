"""Keeps the order and colours that a person chose for a folder's classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Slot

from gui.document.folder_classes import FolderClasses
from gui.document.session import Session
from gui.settings import Settings

KEPT = "images/classes"
KEPT_LIMIT = 50
"""Folders; the one that was changed longest ago is forgotten."""


def remembered_classes(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return what was chosen in earlier sessions by folder, the newest last."""
    try:
        kept = json.loads(settings.text(KEPT) or "{}")
    except (ValueError, RecursionError):
        return {}
    return kept if isinstance(kept, dict) else {}


class ClassKeeper(QObject):
    """What a person chose is written at once, and in place when the folder is opened again."""

    def __init__(self, session: Session, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        session.classes_changed.connect(self._on_changed)
        self._known: FolderClasses | None = None

    @Slot(object)
    def recall(self, folder: Path) -> None:
        """Give a folder the classes that it had."""
        found = _read(remembered_classes(self._settings).get(str(folder)))
        if found is not None and not self._session.folder_classes.is_own:
            self._known = found
            self._session.folder_classes = found

    @Slot()
    def _on_changed(self) -> None:
        place, classes = self._session.place, self._session.folder_classes
        if place is None or classes == self._known or not (classes.is_own or classes.removed):
            return
        self._known = classes
        kept = remembered_classes(self._settings)
        kept.pop(str(place), None)
        kept[str(place)] = {
            "colours": {n: "#%02x%02x%02x" % rgb for n, rgb in classes.colours.items()},  # noqa: UP031
            "removed": sorted(classes.removed),
        }
        newest = dict(list(kept.items())[-KEPT_LIMIT:])
        self._settings.set_text(KEPT, json.dumps(newest))
        self._settings.flush()


def _read(kept: Any) -> FolderClasses | None:
    """Return classes as they were written; None where that means nothing."""
    try:
        colours = {str(name): _rgb(code) for name, code in kept["colours"].items()}
        removed = frozenset(str(name) for name in kept["removed"])
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
    return FolderClasses((), colours, removed, is_own=True).ordered(colours) if colours else None


def _rgb(code: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(code.removeprefix("#"))
    return red, green, blue
