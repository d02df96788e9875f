"""Keeps the layout and what was open from one session to the next."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QMainWindow

from gui.document.session import Session
from gui.settings import Settings
from gui.window.page_stack import MOVED, PageStack

DEFAULT_SIZE_PX = (1280, 800)
TITLE_BAR_PX = 40
"""What the system puts above a window is not known before it is shown."""
KEPT_FILES = 500
"""Longer lists of single files are not kept; a folder is kept as one path."""


KEEPING_MS = 2000


class SessionKeeper(QObject):
    """Remembers what is open soon after it changes, for a window that ends in a crash."""

    def __init__(
        self, window: QMainWindow, pages: PageStack, session: Session, settings: Settings
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self._window, self._pages, self._session = window, pages, session
        self._has_opened = False  # until then what the last session had open is still wanted
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEPING_MS)
        self._timer.timeout.connect(self.keep)
        session.files_changed.connect(self._on_opened)
        for changed in (session.files_changed, session.current_changed, pages.page_shown):
            changed.connect(self._on_changed)

    @Slot()
    def _on_opened(self) -> None:
        self._has_opened = True

    @Slot()
    def _on_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def keep(self) -> None:
        """Remember layout and pictures now."""
        self._timer.stop()
        save_layout(self._window, self._pages, self._settings)
        if self._has_opened:
            save_pictures(self._session, self._settings)
        self._settings.flush()

    def stop(self) -> None:
        """Keep no more."""
        self._timer.stop()


def save_layout(window: QMainWindow, pages: PageStack, settings: Settings) -> None:
    """Remember geometry, splitters and the page shown."""
    settings.set_blob("window/geometry", window.saveGeometry())
    for name, state in pages.splitter_states().items():
        settings.set_blob(f"{MOVED}/{name}", state)
    settings.set_text("window/page", pages.current_key)


def restore_layout(window: QMainWindow, settings: Settings) -> None:
    """Give the window the place it had, or a size that fits the screen."""
    geometry = settings.blob("window/geometry")
    if not geometry.isEmpty() and window.restoreGeometry(geometry):
        return
    available = window.screen().availableSize()
    width, height = DEFAULT_SIZE_PX
    highest = available.height() - TITLE_BAR_PX
    window.resize(min(width, available.width()), min(height, highest))


def save_pictures(session: Session, settings: Settings) -> None:
    """Remember what is open and which picture is looked at."""
    if session.folder is not None:
        settings.session_paths = [session.folder]
    else:
        settings.session_paths = list(session.files[:KEPT_FILES])
    current = session.current.path if session.current else None
    settings.set_text("session/current", str(current) if current else "")


def pictures_to_restore(settings: Settings) -> tuple[Path, ...]:
    """Return what was open last time and still exists."""
    return tuple(path for path in settings.session_paths if _is_there(path))


def _is_there(path: Path) -> bool:
    try:
        return os.path.exists(path)
    except (OSError, ValueError):  # a name that no file can have, in a damaged file
        return False
