"""A walk frame by frame in one row, with the length of each code below; click or drag to scrub."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.plots.ticks import tick_texts, ticks
from gui.widgets.rgb_images import as_image

CURVE_PX = 44
FRAME_RANGE_PX = (56, 112)
LABEL_PX = 30


class Filmstrip(QWidget):
    """Shows as many frames as fit, evenly chosen; the curve has all of them."""

    scrubbed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._lengths = np.zeros(0, np.float32)
        self._keyframes: list[int] = []
        self._highest = 1.0
        self.index = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(FRAME_RANGE_PX[0] + CURVE_PX + GRID_PX)
        THEME.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for a dozen frames."""
        return QSize(12 * FRAME_RANGE_PX[1], FRAME_RANGE_PX[1] + CURVE_PX + GRID_PX)

    def set_path(
        self,
        pixels: NDArray[np.uint8] | None,
        lengths: NDArray[np.float32] | None = None,
        step: int = 1,
        highest: float = 1.0,
    ) -> None:
        """Show frames (F, H, W, 3) with the lengths of their codes.

        Args:
            step: every so many frames is a keyframe.
            highest: length at the top of the curve, so that two strips can be compared.
        """
        self._images = [] if pixels is None else [as_image(one) for one in pixels]
        self._lengths = np.zeros(0, np.float32) if lengths is None else lengths
        self._keyframes = list(range(0, len(self._images), max(1, step)))
        self._highest = max(highest, 1e-6)
        self.index = min(self.index, max(0, len(self._images) - 1))
        self.update()

    def set_index(self, index: int) -> None:
        """Mark a frame."""
        self.index = index
        self.update()

    def frame_at(self, x: float) -> int:
        """Return the frame at a place from the left."""
        share = (x - LABEL_PX) / max(1.0, self.width() - LABEL_PX)
        return int(np.clip(share * len(self._images), 0, max(0, len(self._images) - 1)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if self._images and event.button() == Qt.MouseButton.LeftButton:
            self.scrubbed.emit(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub on."""
        if self._images and event.buttons() & Qt.MouseButton.LeftButton:
            self.scrubbed.emit(self.frame_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right step through the frames."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._images:
            super().keyPressEvent(event)
            return
        self.scrubbed.emit(max(0, min(len(self._images) - 1, self.index + step)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw frames and curve."""
        if not self._images:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = FRAME_RANGE_PX
        width = self.width() - LABEL_PX
        high = max(low, min(high, self.height() - CURVE_PX))
        side = min(high, max(low, width / len(self._images)))
        shown = min(max(1, int(width // side)), len(self._images))
        for place in range(shown):
            left = LABEL_PX + place * width / shown
            frame = round(place * (len(self._images) - 1) / max(1, shown - 1))
            painter.drawImage(QRectF(left, 0, side - 1, side - 1), self._images[frame])
        self._draw_curve(painter, side)
        x = self._x(self.index)
        painter.setPen(QPen(QColor(THEME.tokens.accent), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.end()

    def _x(self, frame: int) -> float:
        return LABEL_PX + (frame + 0.5) * (self.width() - LABEL_PX) / max(1, len(self._images))

    def ticks(self, height_px: float, text_px: int) -> list[float]:
        """Return the lengths that are written beside a curve of a height: three or none."""
        return ticks(0.0, self._highest, int(height_px / (1.1 * text_px)) + 1)

    def _draw_curve(self, painter: QPainter, side: float) -> None:
        tokens = THEME.tokens
        floor, top = self.height() - 2.0, side + GRID_PX
        metrics = painter.fontMetrics()
        values = self.ticks(floor - top, metrics.ascent())
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        for value, text in zip(values, tick_texts(values), strict=True):
            y = floor - (floor - top) * value / self._highest
            painter.setPen(QColor(tokens.line))
            painter.drawLine(QPointF(LABEL_PX, y), QPointF(self.width(), y))
            # The lowest stands on the last line of pixels: half of it would be cut off.
            middle = min(y, self.height() - metrics.ascent() / 2)
            box = QRectF(0, middle - GRID_PX, LABEL_PX - GRID_PX / 2, 2 * GRID_PX)
            painter.setPen(QColor(tokens.muted))
            painter.drawText(box, flags, text)
        points = [
            QPointF(self._x(frame), floor - (floor - top) * float(length) / self._highest)
            for frame, length in enumerate(self._lengths)
        ]
        painter.setPen(QPen(QColor(tokens.link), 2))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(QColor(tokens.link))
        for frame in self._keyframes:
            painter.drawEllipse(points[frame], 3, 3)
