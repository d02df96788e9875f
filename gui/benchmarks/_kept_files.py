"""What the interface keeps and reads again, for `bench robustness`, which finds this by its name.

Each kind: its name, what writes a sound file into a folder, and what reads it as a start does.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from gui.pages.images.sources import KEPT, remembered_sources
from gui.settings import Settings, open_store
from gui.window.session_store import pictures_to_restore


def _make(folder: Path) -> Path:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    store, _ = open_store()
    settings = Settings(store)
    settings.theme, settings.pixel_limit = "dark", 5_000_000
    settings.session_paths = [folder / "a.png", folder / "ä.png"]
    settings.remember(folder)
    settings.set_text(KEPT, f'[["{folder}", "{folder}/boxes.json"]]')
    settings.set_blob("window/geometry", QByteArray(bytes(range(200))))
    settings.flush()
    return Path(store.fileName())


def _read(file: Path) -> object:
    store, trouble = open_store()
    settings = Settings(store)
    values = (settings.theme, settings.device, settings.pixel_limit, settings.autosave_interval_s)
    kept = (settings.recent, pictures_to_restore(settings), remembered_sources(settings))
    return trouble, values, kept, settings.blob("window/geometry")


KINDS = (("settings and session", _make, _read),)
