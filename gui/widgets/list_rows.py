"""Rows of the popups of lists, as high as those of menus; Qt makes them as high as a letter."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem

from gui.theme import GRID_PX, THEME

ROW_PX, SEPARATOR_PX = 28, 9
Index = QModelIndex | QPersistentModelIndex


class _RowDelegate(QStyledItemDelegate):
    """Draws separators as lines."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = super().sizeHint(option, index)
        height = SEPARATOR_PX if _is_separator(index) else max(ROW_PX, hint.height() + GRID_PX)
        return QSize(hint.width() + GRID_PX, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if not _is_separator(index):
            super().paint(painter, option, index)
            return
        middle = option.rect.center().y()
        painter.setPen(QColor(THEME.tokens.line))
        painter.drawLine(option.rect.left(), middle, option.rect.right(), middle)


def with_tall_rows(box: QComboBox) -> None:
    """Give the popup of a list rows that a pointer hits."""
    if not isinstance(box.itemDelegate(), _RowDelegate):
        box.setItemDelegate(_RowDelegate(box))


def _is_separator(index: Index) -> bool:
    return bool(index.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "separator")
