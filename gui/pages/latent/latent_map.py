"""A plane of codes: points in class colours, what lies between them, and one place to drag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.plots.crosshair import paint_place
from gui.widgets.plots.map_plot import MapPlot
from gui.widgets.rgb_images import as_image

_AROUND_PLACE = (-18, -18, 18, 18)  # pixels
KEY_SHARE = 0.02
HOVER_PX, HOVER_GAP_PX = 84, 14
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class LatentMap(MapPlot):
    """Drag with the left button: `place_dragged` says where. Wheel zooms, double click fits."""

    place_dragged = Signal(float, float)
    place_released = Signal()
    place_hovered = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current: tuple[float, float] | None = None
        self._words = ""
        self._is_dragging = False
        self._is_pointed_at = False
        self._hovered = QImage()
        self._hovered_at = QPointF()
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(20 * GRID_PX, 20 * GRID_PX)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(50 * GRID_PX, 50 * GRID_PX)

    # What is shown

    def set_points(
        self,
        positions: NDArray[np.float32],
        class_indices: NDArray[np.int64],
        classes: Sequence[str],
    ) -> None:
        """Show points (N, 2) and their classes, -1 for none; the view fits them."""
        super().set_points(positions, class_indices, classes)
        self._say()

    def set_background(self, pixels: NDArray[np.uint8] | None, rect: QRectF | None = None) -> None:
        """Show a picture (H, W, 3) below the points, over a rectangle of the plane."""
        super().set_background(pixels, rect)
        self._say()

    def set_empty_text(self, text: str) -> None:
        """Say why there are no points."""
        self._words = text
        self._say()

    def _say(self) -> None:
        is_empty = not len(self.positions) and self.background is None
        super().set_empty_text(self._words if is_empty else "")

    def set_current(self, place: tuple[float, float] | None) -> None:
        """Mark a place."""
        before, self._current = self._current, place
        # Only around the two: the points between need not be painted again.
        for one in (before, place):
            if one is not None:
                centre = self.to_screen(*one).toPoint()
                self.viewport().update(QRect(centre, centre).adjusted(*_AROUND_PLACE))

    @property
    def current(self) -> tuple[float, float] | None:
        """The marked place."""
        return self._current

    def set_hovered(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a picture (H, W, 3) beside the pointer; one that comes late is left out."""
        self._hovered = QImage()
        if pixels is not None and self._is_pointed_at:
            self._hovered = as_image(pixels)
        self.viewport().update()

    @property
    def hovered(self) -> QImage:
        """The picture beside the pointer; null without one."""
        return self._hovered

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the place under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_dragging, self._is_pointed_at = True, False
            self.set_hovered(None)
            self.set_reading(None)
            self._go_to(event.position())
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        if self._is_dragging:
            self._go_to(event.position())
            return
        super().mouseMoveEvent(event)
        self._hovered_at = event.position()
        self._is_pointed_at = True
        self.place_hovered.emit(*self.to_plane(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay."""
        if self._is_dragging:
            self._is_dragging = False
            self.place_released.emit()
        else:
            super().mouseReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self._is_pointed_at = False
        self.set_hovered(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the place, with Shift five times as far."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or self._current is None:
            super().keyPressEvent(event)
            return
        is_far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        reach = KEY_SHARE * (5 if is_far else 1)
        self.place_dragged.emit(
            self._current[0] + step[0] * reach * self.view.width(),
            self._current[1] + step[1] * reach * self.view.height(),
        )
        self.place_released.emit()

    def _go_to(self, point: QPointF) -> None:
        self.place_dragged.emit(*self.to_plane(point))

    # Painting

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the place, and what lies under the pointer."""
        super().drawForeground(painter, rect)
        if self._current is not None:
            paint_place(painter, self.to_screen(*self._current))
        if not self._hovered.isNull():
            self._paint_hovered(painter)

    def _paint_hovered(self, painter: QPainter) -> None:
        side, at = float(HOVER_PX), self._hovered_at
        left, top = at.x() + HOVER_GAP_PX, at.y() + HOVER_GAP_PX
        # On the other side of the pointer where the edge would cut it.
        if left + side > self.width():
            left -= side + 2 * HOVER_GAP_PX
        if top + side > self.height():
            top -= side + 2 * HOVER_GAP_PX
        picture = QRectF(left, top, side, side)
        painter.drawImage(picture, self._hovered)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(THEME.tokens.accent), 2))
        painter.drawRect(picture)
