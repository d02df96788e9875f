"""The left-hand side of the Train page: the runs, what differs between them, what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui.pages.train.run_list import RunList, RunRow
from gui.pages.train.run_state import UNFINISHED
from gui.pages.train.settings_diff import SettingsDiff
from gui.theme import GRID_PX


class RunsPanel(QWidget):
    """Shows runs; says which are wanted and what is to be done with the current one."""

    opened = Signal(object)  # Path of a run folder
    resume_wanted = Signal()
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
        self._differences = QWidget()
        self._title = QLabel("Settings that differ")
        self._hint = QLabel()
        self._table = SettingsDiff()
        self._build()
        self._open.clicked.connect(self._on_open)
        self._resume.clicked.connect(self.resume_wanted)
        self._export.clicked.connect(self.export_wanted)
        self._folder.clicked.connect(self.folder_wanted)
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
        for column, button in enumerate((self._resume, self._export, self._folder)):
            actions.addWidget(button, 0, column)
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

    def set_rows(self, rows: Sequence[RunRow], current: Path | None) -> None:
        """Show the runs."""
        self.list.set_rows(rows, current)

    def set_current(self, folder: Path | None, state: str) -> None:
        """Offer what can be done with the current run."""
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
        name = QFileDialog.getExistingDirectory(self, "Open a run folder")
        if name:
            self.opened.emit(Path(name))


def _button(name: str, text: str, title: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"train.{name}")
    button.setAccessibleName(title)
    button.setToolTip(title)
    return button
