"""How a class is drawn in the list: colour, name, how many, whether it is seen, its digit."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.theme import GRID_PX, SMALL_PT, THEME, class_colour
from gui.widgets.icons import icon
from gui.widgets.swatch_table import ROW_PX, Index

COUNT, IS_HIDDEN, KEY, NAME = (Qt.ItemDataRole.UserRole + number for number in range(4))
_SIGN_PX = 2 * GRID_PX


def eye_rect(row: QRect) -> QRect:
    """Return where in a row a click shows or hides the class."""
    corner = QPoint(row.right() - 6 * GRID_PX, row.center().y() - GRID_PX)
    return QRect(corner, QSize(_SIGN_PX, _SIGN_PX))


class ClassDelegate(QStyledItemDelegate):
    """Draws one row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are alike."""
        return QSize(20 * GRID_PX, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw colour, name, number, eye and key."""
        tokens, rect = THEME.tokens, QRect(option.rect)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        is_hidden = bool(index.data(IS_HIDDEN))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_current or is_hovered:
            painter.fillRect(rect, QColor(tokens.raised))
        if is_current:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), tokens.accent)
        swatch = QRect(rect.left() + GRID_PX + 2, rect.center().y() - 5, 12, 12)
        colour = class_colour(index.data(NAME))
        painter.setPen(QColor(tokens.muted))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_hidden else colour)
        painter.drawRoundedRect(swatch, 3, 3)
        self._paint_key(painter, rect, str(index.data(KEY)))
        if is_hidden or is_hovered or is_current:
            sign = "eye-off-outline" if is_hidden else "eye-outline"
            icon(sign, "muted").paint(painter, eye_rect(rect))
        name = QRect(rect)
        name.setLeft(swatch.right() + GRID_PX)
        name.setRight(self._paint_count(painter, rect, eye_rect(rect).left(), index))
        bold = QFont(painter.font())
        bold.setBold(is_current)
        painter.setFont(bold)
        painter.setPen(QColor(tokens.muted if is_hidden else tokens.text))
        mode = Qt.TextElideMode.ElideMiddle
        text = painter.fontMetrics().elidedText(index.data(NAME), mode, name.width())
        painter.drawText(name, int(Qt.AlignmentFlag.AlignVCenter), text)
        painter.restore()

    def _paint_key(self, painter: QPainter, rect: QRect, key: str) -> None:
        """Draw the key that takes the class."""
        if key:
            corner = QPoint(rect.right() - 3 * GRID_PX, rect.center().y() - GRID_PX)
            frame = QRect(corner, QSize(_SIGN_PX, _SIGN_PX))
            painter.setPen(QColor(THEME.tokens.line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 3, 3)
            _draw_small(painter, frame, key, Qt.AlignmentFlag.AlignCenter)

    def _paint_count(self, painter: QPainter, rect: QRect, right: int, index: Index) -> int:
        """Draw how many there are; return where it begins."""
        count = index.data(COUNT)
        if not count:
            return right - GRID_PX // 2
        width = 4 * GRID_PX
        area = QRect(right - GRID_PX // 2 - width, rect.top(), width, rect.height())
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
