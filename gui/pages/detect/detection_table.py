"""Detections as a list: colour, class, score and size, best first."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.api.detection import Detections
from gui.widgets.swatch_table import Column, SwatchModel, SwatchTable

NONE = Detections.of((), (), ())


class DetectionTable(SwatchTable):
    """A list linked with the canvas: `row_chosen` when the person picks a row."""

    row_chosen = Signal(int)  # -1 when none is

    def __init__(self, parent: QWidget | None = None) -> None:
        self._detections = NONE
        columns = (Column("Score", self._score), Column("Size (px)", self._size))
        self._model = SwatchModel(None, columns)
        super().__init__(self._model, parent)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def set_detections(self, detections: Detections | None) -> None:
        """Show detections in their order."""
        self._detections = detections or NONE
        self._model.set_names(self._detections.labels)

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

    def _score(self, row: int) -> str:
        return f"{self._detections.scores[row]:.3f}"

    def _size(self, row: int) -> str:
        x1, y1, x2, y2 = self._detections.boxes_xyxy[row].tolist()
        return f"{x2 - x1:.0f} x {y2 - y1:.0f}"

    @Slot(QItemSelection, QItemSelection)
    def _on_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        rows = self.selectionModel().selectedRows()
        self.row_chosen.emit(rows[0].row() if rows else -1)
