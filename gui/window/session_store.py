"""Keeps the layout and what was open from one session to the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMainWindow

from gui.document.session import Session
from gui.settings import Settings
from gui.window.page_stack import PageStack

DEFAULT_SIZE_PX = (1280, 800)
KEPT_FILES = 500
"""Longer lists of single files are not kept; a folder is kept as one path."""


def save_layout(window: QMainWindow, pages: PageStack, settings: Settings) -> None:
    """Remember geometry, splitters and the page shown."""
    settings.set_blob("window/geometry", window.saveGeometry())
    for name, state in pages.splitter_states().items():
        settings.set_blob(f"splitter/{name}", state)
    settings.set_text("window/page", pages.current_key)


def restore_layout(window: QMainWindow, settings: Settings) -> None:
    """Give the window the place it had, or a size that fits the screen."""
    geometry = settings.blob("window/geometry")
    if not geometry.isEmpty() and window.restoreGeometry(geometry):
        return
    available = window.screen().availableSize()
    width, height = DEFAULT_SIZE_PX
    window.resize(min(width, available.width()), min(height, available.height()))


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
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have, in a damaged file
        return False
