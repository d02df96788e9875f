"""The left-hand side of the Train page: the runs, what differs between them, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.pages.train.run_list import RunList, RunRow
from gui.pages.train.run_state import ACTIVE, UNFINISHED
from gui.pages.train.settings_diff import SettingsDiff
from gui.theme import GRID_PX
from gui.widgets.file_dialogs import folder_to_open
from gui.widgets.named import named

USE_TIP = "Show what this run has learned, with its best weights"
NO_USE_TIP = (
    "There are no weights yet, or no page shows models of this kind; Detect, Segment and Latent do"
)


class RunsPanel(QWidget):
    """Shows runs; says which are wanted and what is to be done with the current one."""

    opened = Signal(object)  # Path of a run folder
    resume_wanted = Signal()
    use_wanted = Signal()
    again_wanted = Signal()
    rename_wanted = Signal()
    note_wanted = Signal()
    delete_wanted = Signal()
    export_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = RunList()
        self._open = _button("open", "Open run folder…", "Watch a run that lies elsewhere")
        self._resume = _button("resume", "Resume", "Go on from the last checkpoint")
        self._export = _button(
            "export", "Export", "Write the run as a Python program that repeats it"
        )
        self._folder = _button("show_folder", "Folder", "Show the run folder in the file browser")
        self._use = _button("use", "Use it", "Show what this run has learned")
        self._more = QToolButton()
        self._kept_actions: list[QAction] = []
        self._root: Path | None = None
        self._differences = QWidget()
        self._title = QLabel("Settings that differ")
        self._hint = QLabel()
        self._table = SettingsDiff()
        self._build()
        self._open.clicked.connect(self._on_open)
        self._resume.clicked.connect(self.resume_wanted)
        self._export.clicked.connect(self.export_wanted)
        self._folder.clicked.connect(self.folder_wanted)
        self._use.clicked.connect(self.use_wanted)
        self._add_actions()
        self.set_current(None, "")
        self.set_compared((), ())

    def _build(self) -> None:
        heading = QLabel("Runs")
        for label in (heading, self._title):
            label.setProperty("class", "heading")
        self._hint.setProperty("class", "caption")
        self._hint.setWordWrap(True)
        top = QWidget()
        head = QHBoxLayout()
        head.addWidget(heading, 1)
        head.addWidget(self._open)
        actions = QGridLayout()
        actions.setSpacing(GRID_PX)
        actions.addWidget(self._use, 0, 0, 1, 2)
        actions.addWidget(self._resume, 0, 2)
        for column, button in enumerate((self._export, self._folder, self._more)):
            actions.addWidget(button, 1, column)
        upper = QVBoxLayout(top)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(GRID_PX)
        upper.addLayout(head)
        upper.addWidget(self.list, 1)
        upper.addLayout(actions)
        lower = QVBoxLayout(self._differences)
        lower.setContentsMargins(0, GRID_PX, 0, 0)
        lower.setSpacing(GRID_PX)
        for widget in (self._title, self._hint):
            lower.addWidget(widget)
        lower.addWidget(self._table, 1)
        lower.addStretch(0)  # takes the place of the table while that is hidden
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setObjectName("train.runs_splitter")
        splitter.addWidget(top)
        splitter.addWidget(self._differences)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        splitter.setCollapsible(0, False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * [2 * GRID_PX]))
        layout.addWidget(splitter)

    def _add_actions(self) -> None:
        """Offer what is done seldom: in the menu of the button, and in that of the list."""
        named(self._more, "train.more_actions", "More to do with this run")
        self._more.setText("More")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._more)
        entries = (
            ("rename", "Rename…", "F2", self.rename_wanted),
            ("note", "Note…", "", self.note_wanted),
            ("again", "Set up again", "", self.again_wanted),
            ("delete", "Delete…", "Del", self.delete_wanted),
        )
        for name, text, key, wanted in entries:
            action = QAction(text, self)
            action.setObjectName(f"train.{name}")
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(wanted)
            menu.addAction(action)
            self.list.addAction(action)
            self._kept_actions.append(action)
        self._more.setMenu(menu)
        self._more.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def set_root(self, root: Path) -> None:
        """Say where looking for run folders begins."""
        self._root = root

    def set_rows(self, rows: Sequence[RunRow], current: Path | None) -> None:
        """Show the runs."""
        self.list.set_rows(rows, current)

    def set_current(self, folder: Path | None, state: str, page: str = "") -> None:
        """Offer what can be done with the current run.

        Args:
            page: title of the page that shows what it has learned; empty where none does yet.
        """
        self._use.setText(f"Open in {page}" if page else "Use it")
        self._use.setToolTip(USE_TIP if page else NO_USE_TIP)
        self._use.setEnabled(bool(page))
        is_resting = folder is not None and state not in ACTIVE
        for action in self._kept_actions:
            is_harmless = action.objectName() in ("train.note", "train.again")
            action.setEnabled(is_resting or (is_harmless and folder is not None))
        self._more.setEnabled(folder is not None)
        self._resume.setEnabled(folder is not None and state in UNFINISHED)
        self._export.setEnabled(folder is not None)
        self._folder.setEnabled(folder is not None)

    def set_compared(self, names: Sequence[str], settings: Sequence[Mapping[str, str]]) -> None:
        """Show in which settings the drawn runs differ."""
        self._table.set_runs(names, settings)
        has_rows = self._table.rowCount() > 0
        self._table.setVisible(has_rows)
        hint = "Tick two runs or more to draw them together and compare their settings."
        self._hint.setText(hint if len(names) < 2 else "All settings are equal.")
        self._hint.setVisible(not has_rows)

    @Slot()
    def _on_open(self) -> None:
        begin = str(self._root or "")
        folder = folder_to_open(self, "Open a run folder", begin)
        if folder is not None:
            self.opened.emit(folder)


def _button(name: str, text: str, title: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"train.{name}")
    button.setAccessibleName(title)
    button.setToolTip(title)
    return button
