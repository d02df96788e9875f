"""An array laid over the picture, coloured when it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.picture_pyramid import AT_ONCE_PIXELS

Extent = tuple[float, float, float, float]
Colour = Callable[[NDArray[Any]], NDArray[np.uint32]]


class RasterSource:
    """Values (h, w, …) stretched over an extent in picture pixels.

    Small arrays are coloured once. Of big ones only what is seen is coloured, thinned to the
    screen's resolution, so that a mask of 48 megapixels costs no more than the view.
    """

    def __init__(self, values: NDArray[Any], extent_xyxy: Extent, colour: Colour) -> None:
        """Take values and a function from values to premultiplied 0xAARRGGBB (h, w)."""
        self._values = values
        self.extent_xyxy = extent_xyxy
        self._colour = colour
        self._key: tuple[int, ...] | None = None
        self._words: NDArray[np.uint32] | None = None  # owns the image's memory
        self._image = QImage()

    def paint(self, frame: Frame, *, smooth_up_to: float) -> None:
        """Draw the visible part; smoothed up to this many device pixels a value."""
        height, width = self._values.shape[:2]
        target = frame.rectangle(self.extent_xyxy)
        seen = target.intersected(QRectF(0, 0, frame.width, frame.height))
        if seen.isEmpty() or not height or not width:
            return
        per_x, per_y = width / target.width(), height / target.height()
        source = QRectF(
            (seen.x() - target.x()) * per_x,
            (seen.y() - target.y()) * per_y,
            seen.width() * per_x,
            seen.height() * per_y,
        )
        if width * height > AT_ONCE_PIXELS:
            source = self._thin(source, max(1, int(min(per_x, per_y))))
        else:
            self._make_image((0, 0, width, height, 1))
        is_smooth = 1 / per_x <= smooth_up_to
        frame.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=is_smooth)
        frame.painter.drawImage(seen, self._image, source)

    def _thin(self, source: QRectF, step: int) -> QRectF:
        """Colour every n-th value of a part; return the part in pixels of the image."""
        height, width = self._values.shape[:2]
        left, top = int(source.left()) // step * step, int(source.top()) // step * step
        right, bottom = min(width, int(source.right()) + 1), min(height, int(source.bottom()) + 1)
        self._make_image((left, top, right, bottom, step))
        return QRectF(
            (source.x() - left) / step,
            (source.y() - top) / step,
            source.width() / step,
            source.height() / step,
        )

    def _make_image(self, key: tuple[int, int, int, int, int]) -> None:
        if key == self._key:
            return
        left, top, right, bottom, step = key
        words = np.ascontiguousarray(self._colour(self._values[top:bottom:step, left:right:step]))
        height, width = words.shape
        self._key, self._words = key, words
        kind = QImage.Format.Format_ARGB32_Premultiplied
        self._image = QImage(words.data, width, height, 4 * width, kind)


def words_of_rgb(pixels: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Pack RGB uint8 (h, w, 3) into opaque 0xAARRGGBB (h, w)."""
    bands = pixels.astype(np.uint32)
    packed = bands[..., 0] << np.uint32(16) | bands[..., 1] << np.uint32(8) | bands[..., 2]
    return np.asarray(packed | np.uint32(0xFF000000))
