"""The shapes of a picture as a list: colour, class and size; linked with the canvas both ways."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.api.annotations import Shape
from gui.theme import GRID_PX, THEME, class_colour

COLUMNS = ("Class", "Size (px)")
ROW_PX, SWATCH_PX = 28, 12
EMPTY_TEXT = "No shapes yet. Press R and drag a box on the picture, or import annotations."
Index = QModelIndex | QPersistentModelIndex


class _ShapeModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._shapes: tuple[Shape, ...] = ()

    def set_shapes(self, shapes: tuple[Shape, ...]) -> None:
        if len(shapes) != len(self._shapes):
            self.beginResetModel()
            self._shapes = shapes
            self.endResetModel()
        elif shapes:
            self._shapes = shapes
            self.dataChanged.emit(self.index(0, 0), self.index(len(shapes) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shapes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_alignment(section))
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._shapes):
            return None
        shape, column = self._shapes[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return shape.label if column == 0 else _size(shape)
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return _swatch(shape.label)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _description(shape)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_alignment(column))
        return None


class ShapeList(QTableView):
    """Draws only what is in sight, so that 10,000 shapes cost no more than ten."""

    selection_wanted = Signal(object)  # frozenset of indices that a person selected here
    label_wanted = Signal()  # double click or F2 on the selection
    removal_wanted = Signal()  # Delete

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _ShapeModel(self)
        self._is_told = False
        self.setModel(self._model)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(ROW_PX)
        rows.hide()
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(1, self.fontMetrics().horizontalAdvance("polygon 8888 × 8888  "))
        columns.setHighlightSections(False)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.selectionModel().selectionChanged.connect(self._on_selected)
        self.doubleClicked.connect(self._on_double_clicked)

    def set_shapes(self, shapes: tuple[Shape, ...]) -> None:
        """Show these shapes; the selection has to be told anew."""
        self._is_told = True
        self._model.set_shapes(shapes)
        self._is_told = False

    def set_selection(self, indices: Iterable[int]) -> None:
        """Highlight these rows and bring the first one in sight."""
        chosen = sorted(indices)
        selection = QItemSelection()
        for first, last in _runs(chosen):
            selection.select(self._model.index(first, 0), self._model.index(last, 1))
        self._is_told = True
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
        self._is_told = False
        if chosen and not self.hasFocus():
            self.scrollTo(self._model.index(chosen[0], 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or what to do where there are none."""
        super().paintEvent(event)
        if not self._model.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(THEME.tokens.muted))
            margin = 2 * GRID_PX
            room = self.viewport().rect().adjusted(margin, margin, -margin, -margin)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, int(flags), EMPTY_TEXT)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes, F2 and Return change the class."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removal_wanted.emit()
        elif event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.label_wanted.emit()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_selected(self) -> None:
        if not self._is_told:
            ranges = self.selectionModel().selection()
            parts = (ranges.at(number) for number in range(ranges.count()))
            rows = (row for part in parts for row in range(part.top(), part.bottom() + 1))
            self.selection_wanted.emit(frozenset(rows))

    @Slot(QModelIndex)
    def _on_double_clicked(self, _: QModelIndex) -> None:
        self.label_wanted.emit()


def _alignment(column: int) -> Qt.AlignmentFlag:
    sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
    return sides[column] | Qt.AlignmentFlag.AlignVCenter


@lru_cache(maxsize=512)
def _swatch(label: str) -> QIcon:
    """Return the colour of a class; the same on selected rows, where a bare colour is tinted."""
    pixmap = QPixmap(SWATCH_PX, SWATCH_PX)
    pixmap.fill(class_colour(label))
    swatch = QIcon(pixmap)
    swatch.addPixmap(pixmap, QIcon.Mode.Selected)
    return swatch


def _runs(ascending: list[int]) -> list[tuple[int, int]]:
    """Return first and last of each run of neighbours."""
    runs: list[tuple[int, int]] = []
    for index in ascending:
        if runs and index == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return runs


def _size(shape: Shape) -> str:
    x1, y1, x2, y2 = shape.box_xyxy
    size = f"{x2 - x1:.0f} × {y2 - y1:.0f}"
    return f"polygon {size}" if shape.kind == "polygon" else size


def _description(shape: Shape) -> str:
    x1, y1, x2, y2 = shape.box_xyxy
    words = [
        f"{shape.label}: {shape.kind} from ({x1:.0f}, {y1:.0f}) to ({x2:.0f}, {y2:.0f})",
        f"area {shape.area:,.0f} px²",
    ]
    if shape.score is not None:
        words.append(f"score {shape.score:.2f}")
    if shape.is_difficult:
        words.append("difficult: counts neither for nor against")
    return "\n".join(words)
