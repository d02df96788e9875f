"""Curves over the last minute; painted here, as importing a plot library takes half a second."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.plot_axes import Axis
from gui.widgets.run_colours import run_colour

MINUTE_S = 60.0
HEIGHT_PX = 104
LINE_PX = 1.6
Values = NDArray[np.float64]


class MinuteGraph(QWidget):
    """Draws a few curves with their names; the present is at the right."""

    def __init__(self, name: str, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = unit
        self._ages_s: Values = np.zeros(0)
        self._curves: dict[str, Values] = {}
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip(title)
        self.setFixedHeight(HEIGHT_PX)
        THEME.changed.connect(self.update)

    @property
    def curves(self) -> Mapping[str, Values]:
        """What is drawn, by name."""
        return self._curves

    def set_curves(self, ages_s: Values, curves: Mapping[str, Values]) -> None:
        """Draw other curves over ages in seconds, all of one length; NaN is a gap."""
        self._ages_s, self._curves = ages_s, dict(curves)
        latest = {name: values[-1] for name, values in curves.items() if len(values)}
        texts = [f"{name} {value:.1f} {self._unit}" for name, value in latest.items()]
        self.setAccessibleDescription(", ".join(texts))
        self.update()

    def clear(self) -> None:
        """Draw the axes alone."""
        empty = np.zeros(0)
        self.set_curves(empty, dict.fromkeys(self._curves, empty))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, curves and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetricsF(self.font())
        highest = [float(np.nanmax(v)) for v in self._curves.values() if np.isfinite(v).any()]
        axis = Axis(0.0, 1.1 * max([*highest, 1.0]))
        widths = [metrics.horizontalAdvance(text) for _, text in axis.ticks(3)]
        left = max([*widths, metrics.horizontalAdvance("000")]) + GRID_PX / 2
        top = metrics.height() + GRID_PX / 2
        area = QRectF(
            left, top, self.width() - left - 2, self.height() - top - metrics.height() - 3
        )
        self._paint_axes(painter, area, axis)
        self._paint_names(painter, left)
        painter.setClipRect(area.adjusted(-1, -1, 2, 1))
        for number, values in enumerate(self._curves.values()):
            self._paint_curve(painter, area, axis, values, run_colour(number))
        painter.end()

    def _paint_axes(self, painter: QPainter, area: QRectF, axis: Axis) -> None:
        metrics = QFontMetricsF(self.font())
        painter.fillRect(area, QColor(THEME.tokens.surface))
        for value, text in axis.ticks(3):
            y = area.bottom() - axis.fraction(value) * area.height()
            painter.setPen(QPen(QColor(THEME.tokens.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(THEME.tokens.muted))
            room = QRectF(0, y - metrics.height() / 2, area.left() - 4, metrics.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight), text)
        painter.setPen(QColor(THEME.tokens.muted))
        baseline = area.bottom() + metrics.ascent() + 1
        painter.drawText(QPointF(area.left(), baseline), "1 min ago")
        width = metrics.horizontalAdvance("now")
        painter.drawText(QPointF(area.right() - width, baseline), "now")

    def _paint_names(self, painter: QPainter, left: float) -> None:
        metrics = QFontMetricsF(self.font())
        painter.setPen(QColor(THEME.tokens.muted))
        painter.drawText(QPointF(0, metrics.ascent()), self._unit)
        x = left
        for number, name in enumerate(self._curves):
            painter.setPen(run_colour(number))
            painter.drawText(QPointF(x, metrics.ascent()), name)
            x += metrics.horizontalAdvance(name) + 2 * GRID_PX

    def _paint_curve(
        self, painter: QPainter, area: QRectF, axis: Axis, values: Values, colour: QColor
    ) -> None:
        x = area.right() - self._ages_s / MINUTE_S * area.width()
        y = area.bottom() - axis.fractions(values) * area.height()
        painter.setPen(QPen(colour, LINE_PX))
        painter.setBrush(colour)
        piece: list[QPointF] = []
        for at_x, at_y in zip([*x.tolist(), 0.0], [*y.tolist(), np.nan], strict=True):
            if np.isfinite(at_y):
                piece.append(QPointF(at_x, at_y))
                continue
            if len(piece) == 1:
                painter.drawEllipse(piece[0], LINE_PX / 2, LINE_PX / 2)
            painter.drawPolyline(QPolygonF(piece))
            piece = []
