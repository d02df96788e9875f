"""Above a plot: its title, the names of its curves in their colours, and a value at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsSceneResizeEvent,
    QGraphicsWidget,
    QStyleOptionGraphicsItem,
    QWidget,
)

from gui.theme import GRID_PX, SMALL_PT, THEME

SWATCH_PX, DOT_PX = 1.5 * GRID_PX, 7.0
Colour = Callable[[], QColor]
"""A colour as the theme in use has it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of the legend; its sign is a line, a dashed line or a dot."""

    name: str
    colour: Colour
    style: str = "line"


class Heading(QGraphicsWidget):
    """As high as its lines need; without anything to say it takes no room."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._value = "", ""
        self._entries: tuple[Entry, ...] = ()
        self._places: list[tuple[QPointF, Entry]] = []
        self._fit()

    def set_texts(self, title: str = "", entries: Sequence[Entry] = (), value: str = "") -> None:
        """Say other things."""
        texts = (title, tuple(entries), value)
        if texts != (self._title, self._entries, self._value):
            self._title, self._entries, self._value = texts
            self._fit()
            self.update()

    @property
    def value(self) -> str:
        """What stands at the right."""
        return self._value

    @property
    def names(self) -> tuple[str, ...]:
        """The legend, in order."""
        return tuple(entry.name for entry in self._entries)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent) -> None:
        """Break the legend into other lines."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, width = QFontMetricsF(self._font()), max(self.size().width(), 1.0)
        line_px, row = metrics.height() + 2, 0
        left = self._title_px()
        self._places = []
        for entry in self._entries:
            taken = SWATCH_PX + GRID_PX / 2 + metrics.horizontalAdvance(entry.name)
            if left > 0 and left + taken > width:
                left, row = 0.0, row + 1
            self._places.append((QPointF(left, row * line_px), entry))
            left += taken + 2 * GRID_PX
        self._value_from = left if row == 0 else 0.0
        is_below = bool(self._value) and row > 0
        rows = row + 1 + is_below if (self._title or self._entries or self._value) else 0
        self._value_row = row + 1 if is_below else 0
        height = rows * line_px + (GRID_PX / 2 if rows else 0)
        self.setMinimumHeight(height)
        self.setMaximumHeight(height)

    def _title_px(self) -> float:
        if not self._title:
            return 0.0
        return QFontMetricsF(self._bold()).horizontalAdvance(self._title) + 2 * GRID_PX

    @staticmethod
    def _font() -> QFont:
        font = QFont()
        font.setPointSizeF(SMALL_PT)
        return font

    @staticmethod
    def _bold() -> QFont:
        font = QFont()
        font.setBold(True)
        return font

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Draw title, legend and value."""
        tokens, metrics = THEME.tokens, QFontMetricsF(self._font())
        base = QFontMetricsF(self._bold()).ascent()
        if self._title:
            painter.setFont(self._bold())
            painter.setPen(QColor(tokens.text))
            painter.drawText(QPointF(0, base), self._title)
        painter.setFont(self._font())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, entry in self._places:
            middle = place.y() + base - metrics.xHeight() / 2
            draw_sign(painter, QPointF(place.x(), middle), entry)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(
                QPointF(place.x() + SWATCH_PX + GRID_PX / 2, place.y() + base), entry.name
            )
        room = self.size().width() - self._value_from
        text = metrics.elidedText(self._value, Qt.TextElideMode.ElideRight, max(room, 0.0))
        line = QRectF(self._value_from, self._value_row * (metrics.height() + 2), room, base)
        painter.setPen(QColor(tokens.muted))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
        painter.drawText(line.adjusted(0, 0, 0, metrics.descent()), int(flags), text)


def draw_sign(painter: QPainter, start: QPointF, entry: Entry) -> None:
    """Draw what a curve looks like, from `start` to the right."""
    if entry.style == "points":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(entry.colour())
        painter.drawEllipse(start + QPointF(SWATCH_PX / 2, 0), DOT_PX / 2, DOT_PX / 2)
        return
    pen = QPen(entry.colour(), 2)
    if entry.style == "dashed":
        pen.setDashPattern([2.0, 1.5])
    painter.setPen(pen)
    painter.drawLine(start, start + QPointF(SWATCH_PX, 0))
