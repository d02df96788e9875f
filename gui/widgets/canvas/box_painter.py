"""Draws many boxes fast: outlines as filled strips, one call a colour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

from gui.widgets.canvas.frame import Frame, halo_of
from gui.widgets.canvas.primitive_arrays import fill_rectangles

MANY = 1_500
"""With more boxes in view, lines get thin and lose dash and halo: they would not be seen."""

_FEW = 60
_DASH_PX, _DASH_SHARE = 12.0, 7 / 12
# Which of x1 y1 x2 y2 a strip's left, top, right and bottom come from: upper and lower edge over
# the whole width, left and right edge between them.
_STRIP_SIDES = np.array([[0, 1, 2, 1], [0, 3, 2, 3], [0, 1, 0, 3], [2, 1, 2, 3]])


@dataclass(frozen=True, slots=True)
class BoxStyle:
    """How boxes look.

    Attributes:
        line_px: thickness in logical pixels.
        alpha: of the line, 0-255.
        fill_alpha: of the inside in the line's colour, 0-255.
    """

    line_px: float = 2.0
    is_dashed: bool = False
    has_halo: bool = True
    alpha: int = 255
    fill_alpha: int = 0


def paint_boxes(
    frame: Frame,
    boxes_xyxy: NDArray[np.floating],
    colours: NDArray[np.uint32],
    style: BoxStyle,
) -> None:
    """Draw boxes (N, 4) in picture pixels, each in its colour 0xAARRGGBB (N,)."""
    if not len(boxes_xyxy):
        return
    device = frame.boxes(boxes_xyxy)
    rows = frame.visible(device)
    corners, colours = _whole(frame, device[rows]), colours[rows]
    is_crowded = len(rows) > MANY
    line = frame.line_px(1.0 if is_crowded else style.line_px)
    painter = frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    is_few = len(rows) <= _FEW
    period = frame.line_px(_DASH_PX)
    painter.setBrushOrigin(QPointF(frame.dx % period, frame.dy % period))
    for colour in np.unique(colours):
        own = corners[colours == colour]
        if style.has_halo and not is_crowded:
            # Blending is slow on thin strips; among many boxes nobody sees the difference.
            painter.setBrush(halo_of(QColor.fromRgb(int(colour)), is_opaque=not is_few))
            fill_rectangles(painter, edge_strips(own, line + 2 * frame.line_px(1.0)))
        if style.fill_alpha and is_few:
            painter.setBrush(_translucent(int(colour), style.fill_alpha))
            fill_rectangles(painter, own - np.array([0, 0, 1, 1], np.int32))
        if style.is_dashed and not is_crowded:
            painter.setBrush(_dashed_brush(int(colour), style.alpha, period))
        else:
            painter.setBrush(_translucent(int(colour), style.alpha))
        fill_rectangles(painter, edge_strips(own, line))


def edge_strips(boxes: NDArray[np.int32], line: int) -> NDArray[np.int32]:
    """Return four strips a box, centred on its edges, that do not overlap each other.

    Args:
        boxes: x1 y1 x2 y2 in device pixels, (N, 4).
        line: thickness in device pixels.

    Returns:
        left, top, right, bottom with both ends included, (4N, 4).
    """
    near, far = -(line // 2), line - 1 - line // 2
    shift = np.array(
        [
            [near, near, far, far],
            [near, near, far, far],
            [near, far + 1, far, near - 1],
            [near, far + 1, far, near - 1],
        ],
        np.int32,
    )
    return (boxes[:, _STRIP_SIDES] + shift).reshape(-1, 4)


def _dashed_brush(colour: int, alpha: int, period: int) -> QBrush:
    """Return diagonal stripes, which read as dashes on upright and level edges alike."""
    return QBrush(_dash_tile(colour, alpha, period))


def _translucent(colour: int, alpha: int) -> QColor:
    result = QColor.fromRgb(colour)
    result.setAlpha(alpha)
    return result


@lru_cache(maxsize=128)
def _dash_tile(colour: int, alpha: int, side: int) -> QImage:
    tile = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    tile.fill(Qt.GlobalColor.transparent)
    on = _translucent(colour, alpha)
    for y in range(side):
        for x in range(side):
            if (x + y) % side < _DASH_SHARE * side:
                tile.setPixelColor(x, y, on)
    return tile


def _whole(frame: Frame, device: NDArray[np.float64]) -> NDArray[np.int32]:
    # Far outside values would overflow Qt's coordinates; the view's surroundings look the same.
    slack = 64
    limit = np.array([frame.width, frame.height, frame.width, frame.height], np.float64) + slack
    return np.rint(np.clip(device, -slack, limit)).astype(np.int32)
