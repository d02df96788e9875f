"""Lines through a place of a plot, dots on its curves there, and a label with the values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from gui.theme import GRID_PX, SMALL_PT, THEME
from gui.widgets.plots.heading import DOT_PX, SWATCH_PX, Entry, draw_sign

GAP_PX, PAD_PX = 12.0, 6.0
MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read out at a place.

    Attributes:
        place: in the coordinates of the view.
        title: the first line, such as `step 120`.
        lines: entry of the legend, where there is one, and the text of its value.
        dots: places on curves with their entries, in the coordinates of the view.
        is_free: whether the place is one of the plane, not a value along x: both lines are drawn.
    """

    place: QPointF
    title: str
    lines: tuple[tuple[Entry | None, str], ...] = ()
    dots: tuple[tuple[QPointF, Entry], ...] = ()
    is_free: bool = False

    @property
    def text(self) -> str:
        """All of it on one line."""
        parts = [f"{entry.name} {text}" if entry else text for entry, text in self.lines]
        return ": ".join(part for part in (self.title, ", ".join(parts)) if part)


def paint_reading(
    painter: QPainter, reading: Reading, area: QRectF, to_scene: Callable[[QPointF], QPointF]
) -> None:
    """Draw a reading over a plot whose inner rectangle is `area`."""
    centre = to_scene(reading.place)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(QColor(THEME.tokens.muted), 1))
    if area.left() <= centre.x() <= area.right():
        painter.drawLine(QPointF(centre.x(), area.top()), QPointF(centre.x(), area.bottom()))
    if reading.is_free and area.top() <= centre.y() <= area.bottom():
        painter.drawLine(QPointF(area.left(), centre.y()), QPointF(area.right(), centre.y()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for place, entry in reading.dots:
        at = to_scene(place)
        if area.contains(at):
            painter.setPen(QPen(QColor(THEME.tokens.surface), 1.5))
            painter.setBrush(entry.colour())
            painter.drawEllipse(at, DOT_PX / 2 + 0.75, DOT_PX / 2 + 0.75)
    _paint_label(painter, reading, area, centre)


def _paint_label(painter: QPainter, reading: Reading, area: QRectF, centre: QPointF) -> None:
    font = QFont()
    font.setPointSizeF(SMALL_PT)
    metrics = QFontMetricsF(font)
    rows: list[tuple[Entry | None, str]] = [(None, reading.title)] if reading.title else []
    rows += [(e, f"{e.name}  {text}" if e else text) for e, text in reading.lines[:MOST_LINES]]
    if len(reading.lines) > MOST_LINES:
        rows.append((None, f"and {len(reading.lines) - MOST_LINES} more"))
    if not rows:
        return
    sign_px = SWATCH_PX + GRID_PX / 2
    widths = [metrics.horizontalAdvance(text) + (sign_px if e else 0) for e, text in rows]
    size = QSizeF(max(widths) + 2 * PAD_PX, len(rows) * metrics.height() + 2 * PAD_PX)
    box = QRectF(_corner(centre, size, area), size)
    painter.setPen(QPen(QColor(THEME.tokens.line), 1))
    painter.setBrush(QColor(THEME.tokens.raised))
    painter.drawRoundedRect(box, 4, 4)
    painter.setFont(font)
    for row, (entry, text) in enumerate(rows):
        base = QPointF(
            box.left() + PAD_PX, box.top() + PAD_PX + row * metrics.height() + metrics.ascent()
        )
        if entry:
            draw_sign(painter, base - QPointF(0, metrics.xHeight() / 2), entry)
            base += QPointF(sign_px, 0)
        painter.setPen(QColor(THEME.tokens.text))
        painter.drawText(base, text)


def _corner(centre: QPointF, size: QSizeF, area: QRectF) -> QPointF:
    """Beside the place, on the side where there is room."""
    x = centre.x() + GAP_PX
    if x + size.width() > area.right():
        x = max(area.left(), centre.x() - GAP_PX - size.width())
    y = min(max(centre.y() - size.height() - GAP_PX, area.top()), area.bottom() - size.height())
    return QPointF(x, max(y, 0.0))


def paint_place(painter: QPainter, centre: QPointF) -> None:
    """Draw a ring with a cross that shows on light and on dark."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor("#000000"), 4.0), (QColor("#ffffff"), 2.0)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(centre, 8, 8)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            start = QPointF(centre.x() + 8 * dx, centre.y() + 8 * dy)
            painter.drawLine(start, QPointF(centre.x() + 14 * dx, centre.y() + 14 * dy))
