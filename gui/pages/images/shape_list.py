"""The shapes of a picture as a list: colour, class and size; linked with the canvas both ways."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QWidget

from engine.api.annotations import Shape
from gui.theme import GRID_PX, THEME
from gui.widgets.swatch_table import Column, SwatchModel, SwatchTable

EMPTY_TEXT = "No shapes yet. Press R and drag a box on the picture, or import annotations."


class ShapeList(SwatchTable):
    """The selected rows are the selected shapes."""

    selection_wanted = Signal(object)  # frozenset of indices that a person selected here
    label_wanted = Signal()  # double click or F2 on the selection
    removal_wanted = Signal()  # Delete

    def __init__(self, parent: QWidget | None = None) -> None:
        self._shapes: tuple[Shape, ...] = ()
        size = Column("Size (px)", lambda row: _size(self._shapes[row]))
        self._model = SwatchModel(None, (size,), lambda row: _description(self._shapes[row]))
        super().__init__(self._model, parent)
        self._is_told = False
        columns = self.horizontalHeader()
        columns.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        columns.resizeSection(1, self.fontMetrics().horizontalAdvance("polygon 8888 x 8888  "))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.selectionModel().selectionChanged.connect(self._on_selected)
        self.doubleClicked.connect(self._on_double_clicked)

    def set_shapes(self, shapes: tuple[Shape, ...]) -> None:
        """Show these shapes; the selection has to be told anew."""
        is_longer = len(shapes) != len(self._shapes)
        self._shapes = shapes
        self._is_told = True
        names = tuple(shape.label for shape in shapes)
        if is_longer:
            self._model.set_names(names)
        else:
            self._model.names = names
            self._model.refresh()
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
    size = f"{x2 - x1:.0f} x {y2 - y1:.0f}"
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
