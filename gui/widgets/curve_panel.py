"""One number of one or several runs over the steps, with a read-out under the pointer.

Painted here: a redraw costs about a millisecond, a fifth of what the plot library's takes, which
matters while a model trains on another thread of the same process.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.metric_series import (
    RunCurves,
    Series,
    Values,
    averaged,
    decimated,
    smoothed,
    value_at,
)
from gui.widgets.plot_axes import Axis
from gui.widgets.run_colours import run_colour

BINS = 150
"""Of the steps; two points are drawn in each, about as many as there are pixels."""
SMOOTHED_LIMIT = 2000
FAINT = 0.35
LINE_PX, DOT_PX = 1.5, 5.0
LEAST_HEIGHT_PX = 15 * GRID_PX
LEAST_DRAG_PX = 6
SPLITS = ("train", "validation")
_TITLES = {
    "miou": "Mean IoU",
    "ap": "AP",
    "ap50": "AP50",
    "ap75": "AP75",
    "psnr_db": "PSNR (dB)",
    "ssim": "SSIM",
}


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A curve as drawn: thinned out, in the units of the number."""

    run: RunCurves
    split: str
    is_faint: bool
    steps: Values
    values: Values


class CurvePanel(QWidget):
    """A plot of one number: a solid line for training, a dashed one for validation.

    A drag chooses a range of steps; a double click shows all of them again.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._runs: tuple[RunCurves, ...] = ()
        self._lines: tuple[_Line, ...] = ()
        self._smoothing = 0.0
        self._is_log = False
        self._range: tuple[float, float] | None = None
        self._pointer: float | None = None
        self._pressed: float | None = None
        self._readout = ""
        self._values: list[tuple[int, str]] = []
        self._x, self._y = Axis(0.0, 1.0), Axis(0.0, 1.0)
        self.setObjectName(f"train.curve.{name}")
        self.setAccessibleName(f"{title_of(name)} over the steps")
        self.setMinimumHeight(LEAST_HEIGHT_PX)
        self.setMouseTracking(True)
        self.setToolTip("Drag to look at a part of the run; a double click shows all of it")
        THEME.changed.connect(self.update)

    @property
    def readout(self) -> str:
        """The values under the pointer; the latest ones while it is elsewhere."""
        return self._readout

    @property
    def step_range(self) -> tuple[float, float]:
        """First and last step in view."""
        return self._x.low, self._x.high

    def points(self) -> dict[tuple[str, str], tuple[list[float], list[float]]]:
        """Return steps and values as drawn, by run and split."""
        lines = [line for line in self._lines if not line.is_faint]
        return {(x.run.name, x.split): (x.steps.tolist(), x.values.tolist()) for x in lines}

    def set_log(self, is_log: bool) -> None:
        """Draw values on a logarithmic scale, where those that are not positive have no place."""
        self._is_log = is_log
        self._recompute()

    def show_runs(self, runs: Sequence[RunCurves], smoothing: float) -> None:
        """Draw runs; `smoothing` in [0, 1) applies to what was logged while training."""
        self._runs, self._smoothing = tuple(runs), smoothing
        self._recompute()

    def _recompute(self) -> None:
        lines: list[_Line] = []
        for run in self._runs:
            for split in SPLITS:
                series = run.series.get((self.name, split))
                if series is not None and len(series.steps):
                    lines += self._lines_of(run, split, series)
        self._lines = tuple(lines)
        self._x = Axis.of([line.steps for line in lines])
        if self._range is not None:
            self._x = Axis(*self._range)
        inside = [line.values[self._x.contains(line.steps)] for line in lines]
        self._y = Axis.of(inside, self._is_log, margin=0.05)
        self._read_out()
        self.update()

    def _lines_of(self, run: RunCurves, split: str, series: Series) -> list[_Line]:
        is_smooth = split == "train" and self._smoothing > 0 and len(series.steps) > 2
        found = []
        if is_smooth:
            found.append(_Line(run, split, True, *decimated(series.steps, series.values, BINS)))
            series = averaged(series, SMOOTHED_LIMIT)
        values = smoothed(series.values, self._smoothing) if is_smooth else series.values
        return [*found, _Line(run, split, False, *decimated(series.steps, values, BINS))]

    def _plot_area(self) -> QRectF:
        metrics = QFontMetricsF(self.font())
        labels = max((metrics.horizontalAdvance(text) for _, text in self._y.ticks(4)), default=0)
        area = QRectF(self.rect())
        return area.adjusted(labels + GRID_PX, metrics.height() + GRID_PX, -GRID_PX, -2.5 * GRID_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, read-out, axes and curves."""
        painter = QPainter(self)
        area = self._plot_area()
        self._paint_head(painter)
        self._paint_axes(painter, area)
        painter.setClipRect(area.adjusted(-1, -2, 1, 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in self._lines:
            self._paint_line(painter, line, area)
        if self._pointer is not None:
            painter.setPen(QPen(QColor(THEME.tokens.muted), 1))
            painter.drawLine(
                QPointF(self._pointer, area.top()), QPointF(self._pointer, area.bottom())
            )
        if self._pressed is not None and self._pointer is not None:
            shade = QColor(THEME.tokens.accent)
            shade.setAlphaF(0.15)
            left, right = sorted((self._pressed, self._pointer))
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), shade)
        painter.end()

    def _paint_head(self, painter: QPainter) -> None:
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(THEME.tokens.text))
        title, metrics = title_of(self.name), QFontMetricsF(font)
        painter.drawText(QPointF(0, metrics.ascent()), title)
        taken = metrics.horizontalAdvance(title) + 2 * GRID_PX
        font.setBold(False)
        painter.setFont(font)
        if len(self._runs) > 1:
            self._paint_values(painter, taken)
            return
        painter.setPen(QColor(THEME.tokens.muted))
        room = QRectF(taken, 0, self.width() - taken - GRID_PX, metrics.height())
        text = QFontMetricsF(font).elidedText(
            self._readout, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignRight), text)

    def _paint_values(self, painter: QPainter, taken: float) -> None:
        """Write the values of each run in its colour, as many as there is room for."""
        metrics, left = painter.fontMetrics(), taken
        for number, text in self._values:
            width = metrics.horizontalAdvance(text)
            if left + width > self.width():
                break
            painter.setPen(run_colour(number))
            painter.drawText(QPointF(left, metrics.ascent()), text)
            left += width + GRID_PX

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        metrics, grid = QFontMetricsF(self.font()), QPen(QColor(THEME.tokens.line), 1)
        painter.fillRect(area, QColor(THEME.tokens.surface))
        rows = max(1, int(area.height() / (2 * metrics.height())))
        for value, text in self._y.ticks(min(4, rows)):
            y = area.bottom() - self._y.fraction(value) * area.height()
            painter.setPen(grid)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(THEME.tokens.muted))
            room = QRectF(0, y - metrics.height() / 2, area.left() - GRID_PX / 2, metrics.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignRight), text)
        columns = max(1, int(area.width() / (8 * metrics.averageCharWidth())))
        for value, text in self._x.ticks(min(5, columns)):
            x = area.left() + self._x.fraction(value) * area.width()
            half = metrics.horizontalAdvance(text) / 2
            x = min(x, self.width() - half)  # the last label is not cut off
            painter.drawText(QPointF(x - half, area.bottom() + metrics.ascent() + 3), text)

    def _paint_line(self, painter: QPainter, line: _Line, area: QRectF) -> None:
        colour = run_colour(line.run.number)
        if line.is_faint:
            colour.setAlphaF(FAINT)
        pen = QPen(colour, 1 if line.is_faint else LINE_PX)
        if line.split == "validation":
            pen.setStyle(Qt.PenStyle.DashLine)
        x = area.left() + self._x.fractions(line.steps) * area.width()
        y = area.bottom() - self._y.fractions(line.values) * area.height()
        is_drawn = np.isfinite(x) & np.isfinite(y)
        for part in _stretches(is_drawn):
            points = [QPointF(*at) for at in zip(x[part].tolist(), y[part].tolist(), strict=True)]
            if len(points) == 1:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawEllipse(points[0], DOT_PX / 2, DOT_PX / 2)
            else:
                painter.setPen(pen)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPolyline(QPolygonF(points))

    def _step_at(self, x_px: float) -> float:
        area = self._plot_area()
        return self._x.at((x_px - area.left()) / max(1.0, area.width()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read out the values under the pointer."""
        area = self._plot_area()
        self._pointer = min(max(event.position().x(), area.left()), area.right())
        self._read_out()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to choose a range of steps."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().x()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Look at the chosen range."""
        start, self._pressed = self._pressed, None
        end = event.position().x()
        if start is not None and abs(end - start) >= LEAST_DRAG_PX:
            low, high = sorted((self._step_at(start), self._step_at(end)))
            self._range = (max(0.0, low), high)
        self._recompute()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Look at all steps again."""
        self._range = self._pressed = None
        self._recompute()

    def leaveEvent(self, event: QEvent) -> None:
        """Read out the latest values again."""
        self._pointer = None
        self._read_out()
        self.update()

    @Slot()
    def _read_out(self) -> None:
        """Say the values at the step under the pointer, or the latest ones."""
        step = None if self._pointer is None else self._step_at(self._pointer)
        parts = []
        self._values = []
        for run in self._runs:
            texts, at = [], 0.0
            for split in SPLITS:
                series = run.series.get((self.name, split))
                found = value_at(series, math.inf if step is None else step) if series else None
                if found is not None:
                    texts.append(f"{split} {found[1]:.3g}")
                    last = found[1]
                    at = at or found[0]
            if texts:
                self._values.append((run.number, f"{last:.3g}"))
                name = f"{run.name}: " if len(self._runs) > 1 else ""
                at_step = "" if step is None else f"step {at:,.0f}: "
                parts.append(f"{name}{at_step}{', '.join(texts)}")
        self._readout = "  ·  ".join(parts)


def _stretches(is_drawn: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_drawn, [False])).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def title_of(name: str) -> str:
    """Return a number's name as people read it."""
    return _TITLES.get(name, name.replace("_", " ").capitalize())
