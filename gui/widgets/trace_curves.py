"""Functions on shared axes; painted here, because importing a plot library takes half a second."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from engine.api.traces import CurveMark
from gui.theme import GRID_PX, THEME, role_colour

POINT_PX, LINE_PX = 4.0, 2.0
TICKS = 5


def ticks(low: float, high: float, about: int = TICKS) -> list[float]:
    """Return round numbers (1, 2 or 5 times a power of ten) that divide a range."""
    span = high - low
    if not span > 0:
        return [low]
    raw = span / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


class TraceCurves(QWidget):
    """Shows CurveMarks that share their axes, with a legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.marks: tuple[CurveMark, ...] = ()
        self.setMinimumHeight(11 * GRID_PX)
        THEME.changed.connect(self.update)

    def set_marks(self, marks: Sequence[CurveMark]) -> None:
        """Show the curves of a step."""
        self.marks = tuple(marks)
        names = ", ".join(mark.name for mark in marks)
        titles = f"{marks[0].y_title} over {marks[0].x_title}" if marks else ""
        self.setAccessibleName(titles or "Curves of the step")
        self.setAccessibleDescription(names)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, curves and legend."""
        if not self.marks:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x_range = _range([mark.x for mark in self.marks])
        y_range = _range([mark.y for mark in self.marks])
        plot = self._plot_area(y_range)
        self._paint_axes(painter, plot, x_range, y_range)
        for mark in self.marks:
            self._paint_curve(painter, mark, plot, x_range, y_range)
        self._paint_head(painter)
        painter.end()

    def _plot_area(self, y_range: tuple[float, float]) -> QRectF:
        metrics = QFontMetricsF(self.font())
        labels_px = max(metrics.horizontalAdvance(f"{tick:g}") for tick in ticks(*y_range))
        line_px = metrics.height()
        top = line_px + GRID_PX if self._has_head() else GRID_PX
        return QRectF(self.rect()).adjusted(
            labels_px + GRID_PX, top, -GRID_PX, -2 * line_px - GRID_PX
        )

    def _has_head(self) -> bool:
        return bool(self.marks[0].y_title) or len(self.marks) > 1

    def _paint_axes(
        self,
        painter: QPainter,
        plot: QRectF,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
    ) -> None:
        metrics = QFontMetricsF(self.font())
        grid, text = QPen(QColor(THEME.tokens.line), 1), QColor(THEME.tokens.muted)
        rows = int(plot.height() / (1.6 * metrics.height()))
        for tick in ticks(*y_range, about=min(TICKS, max(1, rows))):
            y = plot.bottom() - (tick - y_range[0]) / (y_range[1] - y_range[0]) * plot.height()
            painter.setPen(grid)
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(text)
            area = QRectF(0, y - metrics.height() / 2, plot.left() - GRID_PX / 2, metrics.height())
            painter.drawText(area, int(Qt.AlignmentFlag.AlignRight), f"{tick:g}")
        widest = metrics.horizontalAdvance("-0.00 ")
        for tick in ticks(*x_range, about=min(TICKS, max(1, int(plot.width() / widest)))):
            x = plot.left() + (tick - x_range[0]) / (x_range[1] - x_range[0]) * plot.width()
            area = QRectF(x - 40, plot.bottom() + 2, 80, metrics.height())
            painter.drawText(area, int(Qt.AlignmentFlag.AlignHCenter), f"{tick:g}")
        below = QRectF(0, plot.bottom() + metrics.height(), self.width(), metrics.height() + 2)
        title = metrics.elidedText(
            self.marks[0].x_title, Qt.TextElideMode.ElideRight, below.width()
        )
        painter.drawText(below, int(Qt.AlignmentFlag.AlignHCenter), title)

    def _paint_curve(
        self,
        painter: QPainter,
        mark: CurveMark,
        plot: QRectF,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
    ) -> None:
        is_drawn = np.isfinite(mark.x) & np.isfinite(mark.y)
        x = plot.left() + (mark.x[is_drawn] - x_range[0]) / (x_range[1] - x_range[0]) * plot.width()
        y = (
            plot.bottom()
            - (mark.y[is_drawn] - y_range[0]) / (y_range[1] - y_range[0]) * plot.height()
        )
        points = [QPointF(*pair) for pair in zip(x.tolist(), y.tolist(), strict=True)]
        colour = self._colour(mark)
        if mark.style == "points":
            painter.setPen(QPen(QColor(THEME.tokens.surface), 1))
            painter.setBrush(colour)
            for point in points:
                painter.drawEllipse(point, POINT_PX, POINT_PX)
        else:
            painter.setPen(QPen(colour, LINE_PX))
            painter.drawPolyline(QPolygonF(points))

    def _paint_head(self, painter: QPainter) -> None:
        """The title of the y axis, and from the right the legend where there is room for it."""
        metrics = QFontMetricsF(self.font())
        right = float(self.width() - GRID_PX)
        title = self.marks[0].y_title
        title_px = metrics.horizontalAdvance(title)
        painter.setPen(QColor(THEME.tokens.muted))
        painter.drawText(QPointF(0, metrics.ascent()), title)
        legend_px = sum(metrics.horizontalAdvance(m.name) + 3 * GRID_PX for m in self.marks)
        if len(self.marks) < 2 or title_px + legend_px > right:
            return
        for mark in reversed(self.marks):
            right -= metrics.horizontalAdvance(mark.name)
            painter.setPen(QColor(THEME.tokens.muted))
            painter.drawText(QPointF(right, metrics.ascent()), mark.name)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colour(mark))
            middle = QPointF(right - GRID_PX, metrics.height() / 2)
            if mark.style == "points":
                painter.drawEllipse(middle, POINT_PX, POINT_PX)
            else:
                painter.drawRect(
                    QRectF(middle.x() - GRID_PX, middle.y() - 1, 1.5 * GRID_PX, LINE_PX)
                )
            right -= 3 * GRID_PX

    @staticmethod
    def _colour(mark: CurveMark) -> QColor:
        # The neutral grey of marks on pictures is too pale for a line on a light panel.
        return QColor(THEME.tokens.muted) if mark.role == "neutral" else role_colour(mark.role)


def _range(columns: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    values = np.concatenate(list(columns)) if columns else np.zeros(0)
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if high > low:
        return low, high
    return low - 0.5, high + 0.5
