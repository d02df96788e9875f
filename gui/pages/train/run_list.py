"""Runs as a list with a filter: state, name, score; a tick draws the run with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit, QListView, QVBoxLayout, QWidget

from gui.pages.train.run_state import ACTIVE, DOT_PX, ShownState, dot, state_colour
from gui.theme import GRID_PX, THEME
from gui.widgets.run_colours import run_colour

Index = QModelIndex | QPersistentModelIndex
FILTER_ROLE = Qt.ItemDataRole.UserRole + 1
FOLDER_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as the list shows it.

    Attributes:
        number: of its colour in the curves; None while it is not drawn.
        note: what a person wrote about it; may be empty.
    """

    folder: Path
    state: ShownState
    model: str
    data: str
    best: str
    is_checked: bool
    number: int | None
    note: str = ""

    @property
    def facts(self) -> str:
        """The line below the name; a note comes first, as a person wrote it."""
        parts = (self.note, self.state, self.best, self.model, self.data)
        return " · ".join(part for part in parts if part)


class _RunModel(QAbstractListModel):
    ticked = Signal(object, bool)  # Path, whether it is checked

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[RunRow, ...] = ()

    def set_rows(self, rows: Sequence[RunRow]) -> None:
        """Show rows; those that stay keep their place in the selection."""
        if [row.folder for row in rows] != [row.folder for row in self.rows]:
            self.beginResetModel()
            self.rows = tuple(rows)
            self.endResetModel()
            return
        before, self.rows = self.rows, tuple(rows)
        for place, row in enumerate(rows):
            if row != before[place]:
                self.dataChanged.emit(self.index(place), self.index(place))

    def repaint(self) -> None:
        """Let every row be drawn again in the colours of the theme."""
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        roles = {
            Qt.ItemDataRole.DisplayRole: self._text,
            Qt.ItemDataRole.DecorationRole: self._icon,
            Qt.ItemDataRole.CheckStateRole: self._check,
            Qt.ItemDataRole.ToolTipRole: self._tip,
            Qt.ItemDataRole.ForegroundRole: self._colour,
            FILTER_ROLE: self._text,
            FOLDER_ROLE: self._folder,
        }
        found = roles.get(Qt.ItemDataRole(role) if role < FILTER_ROLE else role)
        return found(row) if found is not None else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        is_checked = Qt.CheckState(value) == Qt.CheckState.Checked
        self.ticked.emit(self.rows[index.row()].folder, is_checked)
        return True

    @staticmethod
    def _text(row: RunRow) -> str:
        return f"{row.folder.name}\n{row.facts}"

    @staticmethod
    def _icon(row: RunRow) -> Any:
        return dot(state_colour(row.state), row.state in ACTIVE | {"finished", "failed"})

    @staticmethod
    def _check(row: RunRow) -> Qt.CheckState:
        return Qt.CheckState.Checked if row.is_checked else Qt.CheckState.Unchecked

    @staticmethod
    def _tip(row: RunRow) -> str:
        return f"{row.folder}\n{row.facts}"

    @staticmethod
    def _colour(row: RunRow) -> QColor | None:
        return run_colour(row.number) if row.number is not None else None

    @staticmethod
    def _folder(row: RunRow) -> Path:
        return row.folder


class RunList(QWidget):
    """Runs, newest first; the current one is shown whole, the ticked ones are drawn with it."""

    chosen = Signal(object)  # Path of the current run
    ticked = Signal(object, bool)  # Path, whether it is to be drawn

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._filter = QLineEdit()
        self._view = QListView()
        self._model = _RunModel(self)
        self._proxy = QSortFilterProxyModel(self)
        self._build()
        self._current: Path | None = None
        self._filter.textChanged.connect(self._on_filter)
        # Queued: who hears of it changes rows, and the view does not survive that meanwhile.
        self._view.selectionModel().currentChanged.connect(
            self._on_current, Qt.ConnectionType.QueuedConnection
        )
        self._model.ticked.connect(self.ticked)
        THEME.changed.connect(self._model.repaint)

    def _build(self) -> None:
        self._filter.setObjectName("train.filter")
        self._filter.setAccessibleName("Filter the runs")
        self._filter.setPlaceholderText("Filter by name, model, data, state")
        self._filter.setClearButtonEnabled(True)
        self._view.setObjectName("train.runs")
        self._view.setAccessibleName("Runs, newest first")
        self._view.setUniformItemSizes(True)
        self._view.setToolTip("Choose a run to look at it; tick some to draw them together")
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setIconSize(QSize(DOT_PX, DOT_PX))
        self._proxy.setSourceModel(self._model)
        self._proxy.setFilterRole(FILTER_ROLE)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._view.setModel(self._proxy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._filter)
        layout.addWidget(self._view, 1)

    @property
    def folders(self) -> list[Path]:
        """Those that pass the filter."""
        indices = (self._proxy.index(row, 0) for row in range(self._proxy.rowCount()))
        return [index.data(FOLDER_ROLE) for index in indices]

    def set_rows(self, rows: Sequence[RunRow], current: Path | None) -> None:
        """Show runs; `current` is selected, which is not announced."""
        self._model.set_rows(rows)
        self.select(current)

    def select(self, folder: Path | None) -> None:
        """Select a run without announcing it."""
        self._current = folder
        place = next((i for i, row in enumerate(self._model.rows) if row.folder == folder), -1)
        index = self._proxy.mapFromSource(self._model.index(place))  # invalid where filtered out
        selection = self._view.selectionModel()
        if index != selection.currentIndex():
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    @Slot(str)
    def _on_filter(self, text: str) -> None:
        """Show fewer runs; the one looked at stays, even where the filter leaves it out."""
        self._proxy.setFilterFixedString(text)
        self.select(self._current)

    @Slot()
    def _on_current(self) -> None:
        folder = self._view.currentIndex().data(FOLDER_ROLE)
        if folder is not None and folder != self._current:
            self._current = folder
            self.chosen.emit(folder)
