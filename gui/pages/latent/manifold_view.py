"""A sheet of decoded pictures that can be walked over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.plots.crosshair import paint_place
from gui.widgets.rgb_images import as_image


class ManifoldView(QWidget):
    """Square; a press or a drag says where, as shares of the side from the left and the top."""

    place_dragged = Signal(float, float)
    place_released = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._current: tuple[float, float] | None = None
        self._text = ""
        self.setMinimumSize(20 * GRID_PX, 20 * GRID_PX)
        self.setCursor(Qt.CursorShape.CrossCursor)
        THEME.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(50 * GRID_PX, 50 * GRID_PX)

    def set_sheet(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a sheet (H, W, 3)."""
        self._image = QImage() if pixels is None else as_image(pixels)
        self.update()

    def set_empty_text(self, text: str) -> None:
        """Say why there is no sheet."""
        self._text = text
        self.update()

    def set_current(self, place: tuple[float, float] | None) -> None:
        """Mark a place, as shares."""
        self._current = place
        self.update()

    @property
    def image(self) -> QImage:
        """What is shown."""
        return self._image

    def sheet_rect(self) -> QRectF:
        """Return where the sheet is painted."""
        side = min(self.width(), self.height())
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the place under the pointer."""
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        self._go(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stay."""
        self.place_released.emit()

    def _go(self, event: QMouseEvent) -> None:
        if not event.buttons() & Qt.MouseButton.LeftButton:
            return
        rect, point = self.sheet_rect(), event.position()
        self.place_dragged.emit(
            min(1.0, max(0.0, (point.x() - rect.left()) / rect.width())),
            min(1.0, max(0.0, (point.y() - rect.top()) / rect.height())),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sheet and the place."""
        painter = QPainter(self)
        rect = self.sheet_rect()
        painter.fillRect(rect, QColor(THEME.tokens.canvas))
        if self._image.isNull():
            painter.setPen(QColor(THEME.tokens.muted))
            flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(rect.adjusted(24, 24, -24, -24), flags, self._text)
            return
        is_smaller = rect.width() < self._image.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smaller)
        painter.drawImage(rect, self._image)
        if self._current is not None:
            x, y = self._current
            centre = QPointF(rect.left() + x * rect.width(), rect.top() + y * rect.height())
            paint_place(painter, centre)
        painter.end()
