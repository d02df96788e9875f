"""The menus of the window; each says what is wanted by signals."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, SignalInstance, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QUndoGroup
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from engine.api.pictures import PICTURE_SUFFIXES
from gui.plain_text import menu_text
from gui.settings import THEMES, Settings
from gui.widgets.icons import icon
from gui.workbench import PageSpec

TAKEN = "fevdh"
"""Letters by which Alt opens the menus that are always there."""


def with_mnemonic(title: str) -> str:
    """Mark the first letter by which no other menu is opened."""
    for place, letter in enumerate(title):
        if letter.isalpha() and letter.lower() not in TAKEN:
            return f"{title[:place]}&{title[place:]}"
    return title


class _Menu(QMenu):
    def __init__(self, title: str, name: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setObjectName(f"menu.{name}")
        self.setToolTipsVisible(True)

    def add(
        self,
        name: str,
        text: str,
        slot: Callable[..., object] | SignalInstance,
        keys: str = "",
        sign: str = "",
    ) -> QAction:
        """Append an entry; several shortcuts are separated by blanks."""
        action = QAction(text, self)
        action.setObjectName(f"action.{name}")
        action.setShortcuts([QKeySequence(key) for key in keys.split()])
        if sign:
            action.setIcon(icon(sign, "muted"))
        action.triggered.connect(slot)
        self.addAction(action)
        return action


class _PageMenu(_Menu):
    """A menu that has entries of the page that is shown as well."""

    def __init__(self, title: str, name: str, parent: QWidget) -> None:
        super().__init__(title, name, parent)
        self._of_page: tuple[QAction, ...] = ()

    def set_page_entries(self, actions: Sequence[QAction], before: QAction | None) -> None:
        """Put a page's entries before one that is always there, at the end without."""
        for action in self._of_page:
            self.removeAction(action)
        line = QAction(self)
        line.setSeparator(True)
        shown = (*actions, line) if before is not None else (line, *actions)
        self._of_page = shown if actions else ()
        for action in self._of_page:
            self.insertAction(before, action)  # type: ignore[arg-type]  # None is the end


class FileMenu(_PageMenu):
    """Opening, recent files, what the page saves, settings, leaving."""

    open_wanted = Signal(object)  # tuple[Path, ...]
    settings_wanted = Signal()
    quit_wanted = Signal()

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__("&File", "file", parent)
        self._settings = settings
        self.add("open_pictures", "&Open pictures…", self._on_open, "Ctrl+O", "image-plus-outline")
        self.add("open_folder", "Open &folder…", self._on_folder, "Ctrl+U", "folder-open-outline")
        self._recent = self.addMenu("Open &recent")
        self._recent.setObjectName("menu.recent")
        self.addSeparator()
        self.settings_entry = self.add(
            "settings", "Se&ttings…", self.settings_wanted, "Ctrl+,", "cog-outline"
        )
        self.addSeparator()
        self.add("quit", "&Quit", self.quit_wanted, "Ctrl+Q")
        settings.recent_changed.connect(self._fill_recent)
        self._fill_recent()

    @Slot()
    def _on_open(self) -> None:
        dialog = self._dialog("Open pictures", QFileDialog.FileMode.ExistingFiles)
        patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        upper = patterns.upper()
        dialog.setNameFilters([f"Pictures ({patterns} {upper})", "All files (*)"])
        dialog.open()

    @Slot()
    def _on_folder(self) -> None:
        dialog = self._dialog("Open a folder of pictures", QFileDialog.FileMode.Directory)
        dialog.open()

    def _dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self.window(), title, self._start_folder())
        dialog.setObjectName("open.dialog")
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(self._on_selected)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _start_folder(self) -> str:
        for path in self._settings.recent:
            folder = path if os.path.isdir(path) else path.parent
            if os.path.isdir(folder):
                return str(folder)
        return str(Path.home())

    @Slot(list)
    def _on_selected(self, names: list[str]) -> None:
        self.open_wanted.emit(tuple(Path(name) for name in names))

    @Slot()
    def _fill_recent(self) -> None:
        self._recent.clear()
        for number, path in enumerate(self._settings.recent, 1):
            mark = f"&{number} " if number < 10 else ""
            action = self._recent.addAction(f"{mark}{menu_text(path.name or str(path))}")
            action.setObjectName(f"action.recent_{number}")
            action.setToolTip(str(path))
            action.setIcon(icon("image-outline" if path.suffix else "folder-outline", "muted"))
            action.triggered.connect(partial(self._on_recent, path))
        self._recent.setToolTipsVisible(True)
        self._recent.setEnabled(bool(self._settings.recent))
        self._recent.addSeparator()
        forget = self._recent.addAction("&Forget these")
        forget.setObjectName("action.forget_recent")
        forget.triggered.connect(self._settings.forget_recent)

    def _on_recent(self, path: Path) -> None:
        self.open_wanted.emit((path,))


class EditMenu(_PageMenu):
    """Undo and redo of the picture that is looked at, and what the page does with its shapes."""

    def __init__(self, undo_group: QUndoGroup, parent: QWidget) -> None:
        super().__init__("&Edit", "edit", parent)
        undo = undo_group.createUndoAction(self, "&Undo")
        redo = undo_group.createRedoAction(self, "&Redo")
        for action, name, keys in (
            (undo, "undo", ("Ctrl+Z",)),
            (redo, "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
        ):
            action.setObjectName(f"action.{name}")
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setIcon(icon(name, "muted"))
            self.addAction(action)


class ViewMenu(_Menu):
    """Pages, theme, full screen."""

    page_wanted = Signal(str)
    full_screen_wanted = Signal(bool)

    def __init__(self, specs: Sequence[PageSpec], settings: Settings, parent: QWidget) -> None:
        super().__init__("&View", "view", parent)
        self._settings = settings
        self._pages = QActionGroup(self)
        for number, spec in enumerate(specs, 1):
            keys = f"Alt+{number} Ctrl+{number}" if number < 10 else ""
            slot = partial(self.page_wanted.emit, spec.key)
            action = self.add(f"page_{spec.key}", spec.title, slot, keys)
            action.setCheckable(True)
            action.setData(spec.key)
            self._pages.addAction(action)
        self.addSeparator()
        self._themes = QActionGroup(self)
        themes = self.addMenu("&Theme")
        themes.setObjectName("menu.theme")
        for name, title in THEMES.items():
            action = themes.addAction(title)
            action.setObjectName(f"action.theme_{name}")
            action.setCheckable(True)
            action.setData(name)
            self._themes.addAction(action)
        self._themes.triggered.connect(self._on_theme)
        self._full = self.add("full_screen", "&Full screen", self.full_screen_wanted, "F11")
        self._full.setCheckable(True)
        settings.changed.connect(self._on_setting)
        self._on_setting("theme")

    def set_current_page(self, key: str) -> None:
        """Check the entry of a page."""
        for action in self._pages.actions():
            if action.data() == key:
                action.setChecked(True)

    @Slot(QAction)
    def _on_theme(self, action: QAction) -> None:
        self._settings.theme = action.data()

    @Slot(str)
    def _on_setting(self, name: str) -> None:
        if name == "theme":
            for action in self._themes.actions():
                action.setChecked(action.data() == self._settings.theme)


class HelpMenu(_Menu):
    """Shortcuts, tour, bug report, licences."""

    shortcuts_wanted = Signal()
    tour_wanted = Signal()
    report_wanted = Signal()
    log_wanted = Signal()
    about_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("&Help", "help", parent)
        self.add("shortcuts", "&Keys and mouse…", self.shortcuts_wanted, "F1", "keyboard-outline")
        self.add("tour", "&Tour of the window", self.tour_wanted, sign="map-marker-path")
        self.addSeparator()
        self.add("report", "&Copy bug report", self.report_wanted, sign="bug-outline")
        self.add("log", "Open &log folder", self.log_wanted, sign="text-box-outline")
        self.addSeparator()
        self.add("about", "&About and licences…", self.about_wanted, sign="information-outline")
