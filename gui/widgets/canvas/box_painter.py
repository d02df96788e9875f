"""Draws many boxes fast: outlines as filled strips, one call a colour."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter

from gui.widgets.canvas.box_set import BoxSet
from gui.widgets.canvas.frame import Frame, halo_of
from gui.widgets.canvas.primitive_arrays import fill_rectangles, in_low_pieces

MANY = 1_500
"""With more boxes in view, lines get thin and lose dash and halo: they would not be seen."""

_FEW = 60
_DASH_PX, _DASH_SHARE = 12.0, 7 / 12
# Which of x1 y1 x2 y2 a strip's left, top, right and bottom come from.
_STRIP_SIDES = np.array([[0, 1, 2, 1], [0, 3, 2, 3], [0, 1, 0, 3], [2, 1, 2, 3]])
_MOST_INDEXED = 256  # what one byte a pixel can tell apart


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
    def is_opaque(self) -> bool:
        """Whether each pixel gets one of few colours, whatever it was."""
        has_clear_halo = bool(self.halo) and not self.is_halo_opaque
        return self.alpha == 255 and not (has_clear_halo or self.dash or self.fill_alpha)


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
    rows = frame.visible(boxes.boxes_xyxy)
    draw_boxes(frame, boxes, rows, stroke_of(frame, style, len(rows)))


def draw_boxes(frame: Frame, boxes: BoxSet, rows: NDArray[np.intp], stroke: Stroke) -> None:
    """Draw some of the boxes, those of ascending rows."""
    painter = frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    if stroke.dash:
        painter.setBrushOrigin(QPointF(frame.dx % stroke.dash, frame.dy % stroke.dash))
    corners = _within_reach(frame, frame.whole_boxes(boxes.boxes_xyxy[rows]))
    lines = edge_strips(corners, stroke.line)
    halos = edge_strips(corners, stroke.halo) if stroke.halo else lines
    for index, run in boxes.runs(rows):
        rgb = boxes.palette[index]
        if stroke.halo:
            colour = halo_of(QColor.fromRgb(rgb), is_opaque=stroke.is_halo_opaque)
            _fill(painter, colour, halos[run])
        if stroke.fill_alpha:
            inside = corners[run] - np.array([0, 0, 1, 1], np.int32)
            _fill(painter, _translucent(rgb, stroke.fill_alpha), inside)
        if stroke.dash:
            painter.setBrush(_dashed_brush(rgb, stroke.alpha, stroke.dash))
            fill_rectangles(painter, lines[run])
        else:
            _fill(painter, _translucent(rgb, stroke.alpha), lines[run])


def draw_boxes_within(frame: Frame, boxes: BoxSet, area: QRect, stroke: Stroke) -> None:
    """Draw what of the boxes lies in a part of the view, device pixels."""
    corners = (area.left(), area.top(), area.right(), area.bottom())
    rows = frame.touching(boxes.boxes_xyxy, corners, max(stroke.line, stroke.halo))
    frame.painter.setClipRect(area)
    draw_boxes(frame, boxes, rows, stroke)
    frame.painter.setClipping(False)


def draw_crowd(frame: Frame, boxes: BoxSet, stroke: Stroke) -> None:
    """Draw all boxes in view; the same as `draw_boxes`, faster for many."""
    rows = frame.visible(boxes.boxes_xyxy)
    image = picture_of_boxes(frame, boxes, rows, stroke) if stroke.is_opaque else None
    if image is None:
        draw_boxes(frame, boxes, rows, stroke)
    else:
        frame.painter.drawImage(0, 0, image)


def _fill(painter: QPainter, colour: QColor, rectangles: NDArray[np.int32]) -> None:
    painter.setBrush(colour)
    is_opaque = colour.alpha() == 255 and painter.opacity() == 1
    fill_rectangles(painter, rectangles if is_opaque else in_low_pieces(rectangles))


def picture_of_boxes(
    frame: Frame, boxes: BoxSet, rows: NDArray[np.intp], stroke: Stroke
) -> QImage | None:
    """Return boxes on a transparent image of the view, as `draw_boxes` draws an opaque stroke.

    Drawn as one byte a pixel and coloured at the end: that stays in the processor's cache, so
    40,000 strips take a quarter of the time. None where there are too many colours.
    """
    halo_colours = [halo_of(QColor.fromRgb(c), is_opaque=True).rgba() for c in boxes.palette]
    table = list(dict.fromkeys([0, *halo_colours, *boxes.palette]))
    if len(table) > _MOST_INDEXED:
        return None
    image = QImage(frame.width, frame.height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    corners = _within_reach(frame, frame.whole_boxes(boxes.boxes_xyxy[rows]))
    lines = edge_strips(corners, stroke.line)
    halos = edge_strips(corners, stroke.halo) if stroke.halo else lines
    for index, run in boxes.runs(rows):
        if stroke.halo:
            _fill(painter, _grey(table.index(halo_colours[index])), halos[run])
        _fill(painter, _grey(table.index(boxes.palette[index])), lines[run])
    painter.end()
    image.reinterpretAsFormat(QImage.Format.Format_Indexed8)
    image.setColorTable(table)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)


def _grey(level: int) -> QColor:
    return QColor(level, level, level)


def edge_strips(boxes: NDArray[np.int32], line: int) -> NDArray[np.int32]:
    """Return four strips a box, centred on its edges, that do not overlap each other.

    Upper and lower edge run over the whole width, left and right edge between them.

    Args:
        boxes: x1 y1 x2 y2 in device pixels, (N, 4).
        line: thickness in device pixels.

    Returns:
        left, top, right, bottom with both ends included, (N, 4, 4).
    """
    near, far = -(line // 2), line - 1 - line // 2
    wide, between = [near, near, far, far], [near, far + 1, far, near - 1]
    strips: NDArray[np.int32] = np.take(boxes, _STRIP_SIDES, axis=1)
    strips += np.array([wide, wide, between, between], np.int32)
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
    return np.minimum(np.maximum(whole, -slack), limit).astype(np.int32)
