"""An array laid over the picture, coloured when it is drawn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from engine.api.traces import Role
from gui.widgets.canvas.colour_maps import colour_heat, faded, heat_range, mask_table
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.image_drawing import draw_image
from gui.widgets.canvas.picture_pyramid import AT_ONCE_PIXELS
from gui.widgets.rgb_images import image_over

Extent = tuple[float, float, float, float]
_PREMULTIPLIED = QImage.Format.Format_ARGB32_Premultiplied


class RasterSource(ABC):
    """Values (h, w, …) stretched over an extent in picture pixels.

    Small arrays are coloured once. Of big ones only what is seen is coloured, thinned to the
    screen's resolution, so that a mask of 48 megapixels costs no more than the view.
    """

    def __init__(self, values: NDArray[Any], extent_xyxy: Extent) -> None:
        self._values = values
        self.extent_xyxy = extent_xyxy
        self._key: tuple[float, ...] | None = None
        self._coloured: tuple[QImage, object] = (QImage(), None)

    @abstractmethod
    def colour(self, values: NDArray[Any], opacity: float) -> tuple[QImage, object]:
        """Return a premultiplied image of some values, and what owns its memory.

        The opacity goes into the colours: Qt draws that three times as fast as a painter's.
        """

    def paint(self, frame: Frame, opacity: float, *, smooth_up_to: float) -> None:
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
            source = self._thin(source, max(1, int(min(per_x, per_y))), opacity)
        else:
            self._make_image((0, 0, width, height, 1), opacity)
        is_smooth = 1 / per_x <= smooth_up_to and (per_x, per_y) != (1.0, 1.0)
        frame.painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=is_smooth)
        draw_image(frame.painter, seen, self._coloured[0], source)

    def _thin(self, source: QRectF, step: int, opacity: float) -> QRectF:
        """Colour every n-th value of a part; return the part in pixels of the image."""
        height, width = self._values.shape[:2]
        left, top = int(source.left()) // step * step, int(source.top()) // step * step
        right, bottom = min(width, int(source.right()) + 1), min(height, int(source.bottom()) + 1)
        self._make_image((left, top, right, bottom, step), opacity)
        return QRectF(
            (source.x() - left) / step,
            (source.y() - top) / step,
            source.width() / step,
            source.height() / step,
        )

    def _make_image(self, part: tuple[int, int, int, int, int], opacity: float) -> None:
        key = (*part, opacity)
        if key != self._key:
            left, top, right, bottom, step = part
            values = np.ascontiguousarray(self._values[top:bottom:step, left:right:step])
            self._coloured, self._key = self.colour(values, opacity), key


class PictureSource(RasterSource):
    """RGB uint8 (h, w, 3)."""

    def colour(self, values: NDArray[Any], opacity: float) -> tuple[QImage, object]:
        """Return the picture as it is, or faded."""
        image = image_over(values).convertToFormat(QImage.Format.Format_RGB32)
        if opacity >= 1:
            return image, None
        words = np.frombuffer(image.constBits(), np.uint32).reshape(values.shape[:2])
        return _image_of(faded(words, opacity))


class HeatSource(RasterSource):
    """A scalar field (h, w), coloured between limits, or from its least to its greatest value."""

    def __init__(
        self,
        values: NDArray[Any],
        extent_xyxy: Extent,
        limits: tuple[float, float] | None = None,
    ) -> None:
        super().__init__(values, extent_xyxy)
        self._low, self._high = limits or heat_range(values)

    def colour(self, values: NDArray[Any], opacity: float) -> tuple[QImage, object]:
        """Return the field by the heat table; NaN is transparent."""
        return _image_of(colour_heat(values, self._low, self._high, opacity))


class MaskSource(RasterSource):
    """A class index per pixel, uint8 (h, w)."""

    def __init__(
        self,
        values: NDArray[np.uint8],
        extent_xyxy: Extent,
        categories: tuple[str, ...],
        roles: tuple[Role, ...] = (),
    ) -> None:
        super().__init__(values, extent_xyxy)
        self._categories, self._roles = categories, roles

    def colour(self, values: NDArray[Any], opacity: float) -> tuple[QImage, object]:
        """Return the colours of the classes."""
        height, width = values.shape
        # Qt's own table lookup: half the time of np.take, which widens each index to 64 bits.
        indexed = QImage(values.data, width, height, width, QImage.Format.Format_Indexed8)
        indexed.setColorTable(mask_table(self._categories, round(opacity * 255), self._roles))
        return indexed.convertToFormat(_PREMULTIPLIED), None


def _image_of(words: NDArray[np.uint32]) -> tuple[QImage, object]:
    height, width = words.shape
    return QImage(words.data, width, height, 4 * width, _PREMULTIPLIED), words
