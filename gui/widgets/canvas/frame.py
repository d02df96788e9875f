"""What one repaint needs to know, handed from painter to painter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QPainter

from gui.theme import Tokens
from gui.widgets.canvas.hit_index import boxes_touching
from gui.widgets.canvas.view_transform import ViewTransform

_DARK_HALO, _LIGHT_HALO = QColor(0, 0, 0, 110), QColor(255, 255, 255, 120)
_OPAQUE_DARK, _OPAQUE_LIGHT = QColor(28, 32, 38), QColor(214, 218, 224)
_DARK_BELOW = 0.4


def halo_of(colour: QColor, *, is_opaque: bool = False) -> QColor:
    """Return what is drawn around lines, so that they show on a picture of their own colour.

    Opaque halos are drawn much faster than translucent ones.
    """
    brightness = 0.299 * colour.redF() + 0.587 * colour.greenF() + 0.114 * colour.blueF()
    if brightness < _DARK_BELOW:
        return _OPAQUE_LIGHT if is_opaque else _LIGHT_HALO
    return _OPAQUE_DARK if is_opaque else _DARK_HALO


@dataclass(frozen=True, slots=True)
class Frame:
    """One repaint, in device pixels, so that lines are sharp at any scaling of the screen.

    Attributes:
        scale: device pixels per picture pixel.
        dx: device position of the picture's left edge, whole so that 100 % is a plain copy.
        ratio: device pixels per logical pixel.
        font: of captions, sized in device pixels.
    """

    painter: QPainter
    scale: float
    dx: int
    dy: int
    width: int
    height: int
    ratio: float
    font: QFont
    tokens: Tokens

    @staticmethod
    def of(painter: QPainter, view: ViewTransform, font: QFont, tokens: Tokens) -> Frame:
        """Put a painter in logical pixels into device pixels."""
        ratio = painter.deviceTransform().m11()
        painter.scale(1 / ratio, 1 / ratio)
        caption_font = font
        if ratio != 1:
            caption_font = QFont(font)
            caption_font.setPixelSize(max(1, round(font.pixelSize() * ratio)))
        return Frame(
            painter,
            view.scale * ratio,
            round(view.x * ratio),
            round(view.y * ratio),
            round(view.width * ratio),
            round(view.height * ratio),
            ratio,
            caption_font,
            tokens,
        )

    def line_px(self, logical_px: float) -> int:
        """Return a line's thickness in whole device pixels, at least one."""
        return max(1, round(logical_px * self.ratio))

    def boxes(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map x, y, x, y, … in the last axis from picture to device pixels."""
        offset = np.array((self.dx, self.dy) * (boxes_xyxy.shape[-1] // 2), np.float64)
        return boxes_xyxy * self.scale + offset

    def whole_boxes(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map boxes (N, 4) to whole device pixels, which differ by the shift alone after a pan."""
        offset = np.array((self.dx, self.dy, self.dx, self.dy), np.float64)
        whole = np.asarray(boxes_xyxy, np.float64) * self.scale
        whole += 0.5  # halves upwards: rounded to even, lines would jump while panning
        np.floor(whole, out=whole)
        whole += offset
        return whole

    def rectangle(self, box_xyxy: tuple[float, float, float, float]) -> QRectF:
        """Map one box from picture to device pixels."""
        x1, y1, x2, y2 = box_xyxy
        return QRectF(
            x1 * self.scale + self.dx,
            y1 * self.scale + self.dy,
            (x2 - x1) * self.scale,
            (y2 - y1) * self.scale,
        )

    def visible(self, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.intp]:
        """Return the rows of boxes (N, 4) in picture pixels that touch the view."""
        return self.touching(boxes_xyxy, (0, 0, self.width, self.height), 4 * self.ratio)

    def touching(
        self, boxes_xyxy: NDArray[np.floating], area: tuple[int, int, int, int], reach_px: float
    ) -> NDArray[np.intp]:
        """Return the rows of boxes (N, 4) in picture pixels that come near a part of the view.

        Args:
            area: x1 y1 x2 y2 in device pixels.
            reach_px: how near, in device pixels.
        """
        x1, y1, x2, y2 = area
        left, right = (x1 - self.dx) / self.scale, (x2 - self.dx) / self.scale
        top, bottom = (y1 - self.dy) / self.scale, (y2 - self.dy) / self.scale
        return boxes_touching(boxes_xyxy, (left, top, right, bottom), reach_px / self.scale)
