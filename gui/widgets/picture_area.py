"""A picture that is looked at and no more: no zoom, no marks, at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.theme import GRID_PX, THEME
from gui.widgets.rgb_images import as_image


class PictureArea(QWidget):
    """Paints a picture as large as it fits; small ones are enlarged by whole numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self._text = ""
        self.setMinimumHeight(12 * GRID_PX)
        THEME.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Room for a grid of small pictures."""
        return QSize(30 * GRID_PX, 24 * GRID_PX)

    def set_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show a picture, RGB (H, W, 3); None shows the text."""
        self._image = QImage() if pixels is None else as_image(pixels)
        self.update()

    def set_text(self, text: str) -> None:
        """Say why there is no picture."""
        self._text = text
        self.update()

    @property
    def image(self) -> QImage:
        """What is shown."""
        return self._image

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture in the middle."""
        painter = QPainter(self)
        if self._image.isNull():
            painter.setPen(QColor(THEME.tokens.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), self._text)
        else:
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            times = size.width() // self._image.width()
            if times > 1:
                size = self._image.size() * times
            is_smaller = size.width() < self._image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smaller)
            left = (self.width() - size.width()) / 2
            top = (self.height() - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self._image)
        painter.end()
