"""The inner rectangle of a plot: what a drag and the wheel do there."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor

from gui.theme import THEME
from gui.widgets.plots.library import pyqtgraph as pg

LEAST_DRAG_PX = 6.0
FLAT_PX = 16.0
"""A lower drag chooses a range along x alone; how high the curves reach there is looked up."""


class PlotBox(pg.ViewBox):
    """A drag chooses what to look at; with the middle button or Shift it moves the view."""

    stretch_chosen = Signal(float, float)  # from and to, along x, in the coordinates of the view

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.disableAutoRange()
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme in use."""
        tokens = THEME.tokens
        shade = QColor(tokens.accent)
        self.rbScaleBox.setPen(pg.mkPen(shade))
        shade.setAlphaF(0.15)
        self.rbScaleBox.setBrush(pg.mkBrush(shade))

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        """Draw the rectangle that is chosen, or move the view."""
        if ev.button() == Qt.MouseButton.RightButton:
            ev.ignore()
            return
        ev.accept()
        is_move = ev.button() == Qt.MouseButton.MiddleButton or axis is not None
        if is_move or ev.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._move(ev, axis)
        elif ev.isFinish():
            self.rbScaleBox.hide()
            self._look_at(ev.buttonDownPos(), ev.pos())
        else:
            self.updateScaleBox(ev.buttonDownPos(), ev.pos())

    def _move(self, ev: Any, axis: int | None) -> None:
        start, end = self.mapToView(ev.lastPos()), self.mapToView(ev.pos())
        x, y = start.x() - end.x(), start.y() - end.y()
        has_height = self.mouseEnabled()[1] and axis != 0
        self.translateBy(x=None if axis == 1 else x, y=y if has_height else None)
        self.sigRangeChangedManually.emit([axis != 1, axis != 0])

    def _look_at(self, start: QPointF, end: QPointF) -> None:
        inside = self.rect()
        left, right = sorted(
            _within(x, inside.left(), inside.right()) for x in (start.x(), end.x())
        )
        top, low = sorted(_within(y, inside.top(), inside.bottom()) for y in (start.y(), end.y()))
        if max(right - left, low - top) < LEAST_DRAG_PX:
            return
        seen = self.mapToView(QRectF(left, top, right - left, low - top)).boundingRect()
        if low - top < FLAT_PX or not self.mouseEnabled()[1]:
            self.stretch_chosen.emit(seen.left(), seen.right())
        else:
            self.setRange(seen, padding=0)
            self.sigRangeChangedManually.emit([True, True])

    def keyPressEvent(self, ev: Any) -> None:
        """Leave every key to the plot."""
        ev.ignore()


def _within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
