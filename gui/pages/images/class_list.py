"""The classes that shapes can have: colour, name, how many, and the digit that assigns it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.theme import GRID_PX, SMALL_PT, THEME, class_colour
from gui.widgets.swatch_table import ROW_PX, Index, SwatchModel

DIGITS = 9


class _ClassModel(SwatchModel):
    """Classes that can be renamed, with how many shapes each has."""

    COUNT = Qt.ItemDataRole.UserRole

    renamed = Signal(str, str)  # old, new

    def __init__(self) -> None:
        super().__init__(tip=self._tip_text)
        self.counts: Mapping[str, int] = {}

    def set_counts(self, counts: Mapping[str, int]) -> None:
        self.counts = counts
        self.refresh()

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == self.COUNT:
            return self.counts.get(self.names[index.row()], 0)
        is_edited = role == Qt.ItemDataRole.EditRole
        return super().data(index, Qt.ItemDataRole.DisplayRole if is_edited else role)

    def _tip_text(self, row: int) -> str:
        name, key = self.names[row], f"; key {row + 1}" if row < DIGITS else ""
        return f"{name}: {self.counts.get(name, 0)} in this picture{key}. F2 renames it."

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        new, old = str(value).strip(), self.names[index.row()]
        if role != Qt.ItemDataRole.EditRole or not new or new == old:
            return False
        self.renamed.emit(old, new)
        return True


class ClassList(QListView):
    """One class is the current one: new shapes get it."""

    class_chosen = Signal(str)
    rename_wanted = Signal(str, str)  # old name, new name

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _ClassModel()
        self._model.setParent(self)
        self._is_told = False
        self.setModel(self._model)
        self.setItemDelegate(_ClassDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
        )
        # Queued: the editor closes before the model is filled anew.
        self._model.renamed.connect(self.rename_wanted, Qt.ConnectionType.QueuedConnection)
        THEME.changed.connect(self.viewport().update)

    @property
    def current(self) -> str:
        """Class that new shapes get; empty where there is none."""
        row = self.currentIndex().row()
        return self._model.names[row] if 0 <= row < len(self._model.names) else ""

    def set_classes(self, classes: tuple[str, ...], current: str = "") -> None:
        """Show these classes; `current` is highlighted, else the one that was, else the first."""
        wanted = current or self.current
        row = classes.index(wanted) if wanted in classes else 0
        self._is_told = True
        self._model.set_names(classes)
        self.setCurrentIndex(self._model.index(row, 0))
        self._is_told = False
        if self.current != wanted:
            self.class_chosen.emit(self.current)

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many shapes of each class the picture has."""
        self._model.set_counts(counts)

    def choose(self, name: str) -> None:
        """Make a class the current one."""
        if name in self._model.names:
            self.setCurrentIndex(self._model.index(self._model.names.index(name), 0))

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell which class is the current one."""
        super().currentChanged(current, previous)
        if current.isValid() and not self._is_told:
            self.class_chosen.emit(self.current)


class _ClassDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(20 * GRID_PX, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, rect = THEME.tokens, QRect(option.rect)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_current or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tokens.raised))
        if is_current:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), tokens.accent)
        swatch = QRect(rect.left() + GRID_PX + 2, rect.center().y() - 5, 12, 12)
        painter.setPen(QColor(tokens.muted))
        painter.setBrush(class_colour(index.data()))
        painter.drawRoundedRect(swatch, 3, 3)
        right = self._paint_digit(painter, rect, index.row())
        name = QRect(rect)
        name.setLeft(swatch.right() + GRID_PX)
        name.setRight(self._paint_count(painter, rect, right, index))
        bold = QFont(painter.font())
        bold.setBold(is_current)
        painter.setFont(bold)
        painter.setPen(QColor(tokens.text))
        mode = Qt.TextElideMode.ElideMiddle
        text = painter.fontMetrics().elidedText(index.data(), mode, name.width())
        painter.drawText(name, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()

    def _paint_digit(self, painter: QPainter, rect: QRect, row: int) -> int:
        """Draw the key that assigns the class; return where it begins."""
        left = rect.right() - 3 * GRID_PX
        if row < DIGITS:
            key = QRect(left, rect.center().y() - 8, 2 * GRID_PX, 2 * GRID_PX)
            painter.setPen(QColor(THEME.tokens.line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(key, 3, 3)
            _draw_small(painter, key, str(row + 1), Qt.AlignmentFlag.AlignCenter)
        return left

    def _paint_count(self, painter: QPainter, rect: QRect, right: int, index: Index) -> int:
        """Draw how many there are; return where it begins."""
        count = index.data(_ClassModel.COUNT)
        if not count:
            return right - GRID_PX
        width = 5 * GRID_PX
        area = QRect(right - GRID_PX - width, rect.top(), width, rect.height())
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        _draw_small(painter, area, f"{count:,}", flags)
        return area.left()


def _draw_small(painter: QPainter, rect: QRect, text: str, flags: Qt.AlignmentFlag) -> None:
    painter.save()
    small = QFont(painter.font())
    small.setPointSizeF(SMALL_PT)
    painter.setFont(small)
    painter.setPen(QColor(THEME.tokens.muted))
    painter.drawText(rect, int(flags), text)
    painter.restore()
