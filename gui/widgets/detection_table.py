"""Detections as a list: colour, class, score and size, best first."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.api.detection import Detections
from gui.theme import class_colour

COLUMNS = ("Class", "Score", "Size (px)")
Index = QModelIndex | QPersistentModelIndex


class _DetectionModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._detections: Detections | None = None

    def set_detections(self, detections: Detections | None) -> None:
        self.beginResetModel()
        self._detections = detections
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or self._detections is None else len(self._detections)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self._detections
        if found is None or not index.isValid():
            return None
        label = found.categories[int(found.class_indices[index.row()])]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(found, index, label)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return class_colour(label)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 0:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    @staticmethod
    def _text(found: Detections, index: Index, label: str) -> str:
        if index.column() == 0:
            return label
        if index.column() == 1:
            return f"{found.scores[index.row()]:.3f}"
        x1, y1, x2, y2 = found.boxes_xyxy[index.row()].tolist()
        return f"{x2 - x1:.0f} × {y2 - y1:.0f}"


class DetectionTable(QTableView):
    """A list linked with the canvas: `row_chosen` when the person picks a row."""

    row_chosen = Signal(int)  # -1 when none is

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _DetectionModel(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setTabKeyNavigation(False)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def set_detections(self, detections: Detections | None) -> None:
        """Show detections in their order."""
        self._model.set_detections(detections)

    def choose(self, row: int) -> None:
        """Select a row from code, silently; -1 for none."""
        with QSignalBlocker(self.selectionModel()):
            self.clearSelection()
            if row >= 0:
                index = self._model.index(row, 0)
                flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
                self.selectionModel().setCurrentIndex(
                    index, flags | QItemSelectionModel.SelectionFlag.Rows
                )
                self.scrollTo(index)
        self.viewport().update()

    @Slot(QItemSelection, QItemSelection)
    def _on_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        rows = self.selectionModel().selectedRows()
        self.row_chosen.emit(rows[0].row() if rows else -1)
