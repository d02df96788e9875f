"""Draws many boxes fast: outlines as filled strips, one call a colour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

from gui.widgets.canvas.box_set import BoxSet
from gui.widgets.canvas.frame import Frame, halo_of
from gui.widgets.canvas.primitive_arrays import fill_rectangles

MANY = 1_500
"""With more boxes in view, lines get thin and lose dash and halo: they would not be seen."""

_FEW = 60
_DASH_PX, _DASH_SHARE = 12.0, 7 / 12
_MOST_INDEXED = 255  # colours that one byte a pixel can tell apart, beside "nothing"


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


@dataclass(frozen=True, slots=True)
class Stroke:
    """What a style comes to with so many boxes in view, in device pixels."""

    line: int
    halo: int  # thickness of the halo's strips, 0 for none
    is_halo_opaque: bool
    dash: int  # period of the dashes, 0 for a solid line
    alpha: int
    fill_alpha: int

    @property
    def is_plain(self) -> bool:
        """Whether it is one solid line and nothing else."""
        return self.alpha == 255 and not (self.halo or self.dash or self.fill_alpha)


def stroke_of(frame: Frame, style: BoxStyle, count: int) -> Stroke:
    """Return how `count` boxes in view are drawn."""
    is_crowded, is_few = count > MANY, count <= _FEW
    line = frame.line_px(1.0 if is_crowded else style.line_px)
    has_halo = style.has_halo and not is_crowded
    return Stroke(
        line,
        line + 2 * frame.line_px(1.0) if has_halo else 0,
        # Blending is slow on thin strips; among many boxes nobody sees the difference.
        not is_few,
        frame.line_px(_DASH_PX) if style.is_dashed and not is_crowded else 0,
        style.alpha,
        style.fill_alpha if is_few else 0,
    )


def paint_boxes(frame: Frame, boxes: BoxSet, style: BoxStyle) -> None:
    """Draw boxes, each in its colour."""
    whole = frame.whole_boxes(boxes.boxes_xyxy)
    rows = frame.visible(whole)
    draw_boxes(frame, boxes, rows, whole[rows], stroke_of(frame, style, len(rows)))


def draw_boxes(
    frame: Frame,
    boxes: BoxSet,
    rows: NDArray[np.intp],
    whole: NDArray[np.float64],
    stroke: Stroke,
) -> None:
    """Draw some of the boxes: ascending rows (R,), which are `whole` (R, 4) in device pixels."""
    painter = frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    if stroke.dash:
        painter.setBrushOrigin(QPointF(frame.dx % stroke.dash, frame.dy % stroke.dash))
    corners = _within_reach(frame, whole)
    lines, halos = edge_strips(corners, stroke.line), edge_strips(corners, stroke.halo)
    for index, run in boxes.runs(rows):
        rgb = boxes.palette[index]
        if stroke.halo:
            painter.setBrush(halo_of(QColor.fromRgb(rgb), is_opaque=stroke.is_halo_opaque))
            fill_rectangles(painter, halos[run])
        if stroke.fill_alpha:
            painter.setBrush(_translucent(rgb, stroke.fill_alpha))
            fill_rectangles(painter, corners[run] - np.array([0, 0, 1, 1], np.int32))
        if stroke.dash:
            painter.setBrush(_dashed_brush(rgb, stroke.alpha, stroke.dash))
        else:
            painter.setBrush(_translucent(rgb, stroke.alpha))
        fill_rectangles(painter, lines[run])


def picture_of_boxes(
    frame: Frame,
    boxes: BoxSet,
    rows: NDArray[np.intp],
    whole: NDArray[np.float64],
    line: int,
) -> QImage | None:
    """Return plain outlines on a transparent image of the view, as `draw_boxes` draws them.

    Drawn as one byte a pixel and coloured at the end: that stays in the processor's cache, so
    40,000 strips take a quarter of the time. None where there are too many colours.
    """
    if len(boxes.palette) > _MOST_INDEXED:
        return None
    image = QImage(frame.width, frame.height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    lines = edge_strips(_within_reach(frame, whole), line)
    for index, run in boxes.runs(rows):
        painter.setBrush(QColor(index + 1, index + 1, index + 1))
        fill_rectangles(painter, lines[run])
    painter.end()
    image.reinterpretAsFormat(QImage.Format.Format_Indexed8)
    image.setColorTable([0, *boxes.palette])
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def edge_strips(boxes: NDArray[np.int32], line: int) -> NDArray[np.int32]:
    """Return four strips a box, centred on its edges, that do not overlap each other.

    Upper and lower edge run over the whole width, left and right edge between them.

    Args:
        boxes: x1 y1 x2 y2 in device pixels, (N, 4).
        line: thickness in device pixels.

    Returns:
        left, top, right, bottom with both ends included, (N, 4, 4).
    """
    near, far = boxes - line // 2, boxes + (line - 1 - line // 2)
    strips = np.empty((len(boxes), 4, 4), np.int32)
    strips[:, :2, 0], strips[:, :2, 2] = near[:, :1], far[:, 2:3]
    strips[:, :2, 1], strips[:, :2, 3] = near[:, 1::2], far[:, 1::2]
    strips[:, 2:, 0], strips[:, 2:, 2] = near[:, ::2], far[:, ::2]
    strips[:, 2:, 1], strips[:, 2:, 3] = far[:, 1:2] + 1, near[:, 3:] - 1
    return strips


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


def _within_reach(frame: Frame, whole: NDArray[np.float64]) -> NDArray[np.int32]:
    # Far outside values would overflow Qt's coordinates; the view's surroundings look the same.
    slack = 64
    limit = np.array([frame.width, frame.height, frame.width, frame.height], np.float64) + slack
    return np.clip(whole, -slack, limit).astype(np.int32)
