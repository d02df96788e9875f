"""Grids and arrows of a layer."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter

from engine.api.traces import ArrowsMark, GridMark
from gui.theme import role_colour
from gui.widgets.canvas.captions import CaptionPainter
from gui.widgets.canvas.frame import Frame, halo_of
from gui.widgets.canvas.item_marks import Emphasis, Look, PreparedMark
from gui.widgets.canvas.polygon_painter import outline_pen
from gui.widgets.canvas.primitive_arrays import draw_lines, fill_rectangles

_HEAD_PX = 9.0
_HEAD_ANGLE = 0.45  # radians on either side of the shaft
_DENSEST_PX = 3.0
"""Grid lines closer than this on the screen are left out but for the border."""


class PreparedGrid(PreparedMark):
    """Rows and columns."""

    def __init__(self, mark: GridMark) -> None:
        self._mark = mark

    def paint(self, frame: Frame, look: Look, emphasis: Emphasis, captions: CaptionPainter) -> None:
        """Draw the lines that are in view."""
        del look, emphasis, captions
        target = frame.rectangle(self._mark.extent_xyxy)
        left, top = target.left(), target.top()
        right, bottom = target.right(), target.bottom()
        xs = _line_places(left, right, self._mark.columns, frame.ratio)
        ys = _line_places(top, bottom, self._mark.rows, frame.ratio)
        xs = np.rint(xs[(xs >= -8) & (xs <= frame.width + 8)]).astype(np.int32)
        ys = np.rint(ys[(ys >= -8) & (ys <= frame.height + 8)]).astype(np.int32)
        x1, x2 = round(max(left, -8)), round(min(right, frame.width + 8))
        y1, y2 = round(max(top, -8)), round(min(bottom, frame.height + 8))
        if x1 > x2 or y1 > y2:
            return
        painter, line, edge = frame.painter, frame.line_px(1), frame.line_px(1)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = role_colour(self._mark.role)
        for brush, grown in ((halo_of(colour), edge), (colour, 0)):
            painter.setBrush(brush)
            before, after = grown, line - 1 + grown
            columns = [(x - before, y1, x + after, y2) for x in xs.tolist()]
            rows = [(x1, y - before, x2, y + after) for y in ys.tolist()]
            fill_rectangles(painter, np.array(columns + rows, np.int32).reshape(-1, 4))


class PreparedArrows(PreparedMark):
    """Arrows from starts to ends."""

    def __init__(self, mark: ArrowsMark, colour: QColor | None = None) -> None:
        """Take arrows, and their colour where it is not that of their role on pictures."""
        starts = np.asarray(mark.starts_xy, np.float64).reshape(-1, 2)
        ends = np.asarray(mark.ends_xy, np.float64).reshape(-1, 2)
        self._shafts = np.hstack([starts, ends])
        self._around = np.hstack([np.minimum(starts, ends), np.maximum(starts, ends)])
        self._colour = colour or role_colour(mark.role)

    def paint(self, frame: Frame, look: Look, emphasis: Emphasis, captions: CaptionPainter) -> None:
        """Draw the lines that are in view."""
        del emphasis, captions
        shafts = frame.boxes(self._shafts[frame.visible(self._around)])
        heads = _heads(shafts, _HEAD_PX * frame.ratio)
        painter = frame.painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=len(shafts) < 2_000)
        width = frame.line_px(1.5)
        halo = halo_of(self._colour)
        for colour, line in ((halo, width + 2 * frame.ratio), (self._colour, width)):
            painter.setPen(outline_pen(colour, line))
            draw_lines(painter, heads)
            painter.setPen(outline_pen(colour, line, is_dashed=look.is_dashed))
            draw_lines(painter, shafts)


def _line_places(start: float, stop: float, cells: int, ratio: float) -> np.ndarray:
    if cells < 1 or (stop - start) / cells < _DENSEST_PX * ratio:
        return np.array([start, stop])
    return np.linspace(start, stop, cells + 1)


def _heads(shafts: np.ndarray, length: float) -> np.ndarray:
    """Return the two lines of each arrow's head, no longer than 40 % of its shaft."""
    back = shafts[:, :2] - shafts[:, 2:]
    distance = np.maximum(np.hypot(back[:, 0], back[:, 1]), 1e-9)
    back = back / distance[:, None] * np.minimum(length, 0.4 * distance)[:, None]
    lines = []
    for angle in (_HEAD_ANGLE, -_HEAD_ANGLE):
        cosine, sine = np.cos(angle), np.sin(angle)
        turned = back @ np.array([[cosine, sine], [-sine, cosine]])
        lines.append(np.hstack([shafts[:, 2:], shafts[:, 2:] + turned]))
    return np.concatenate(lines)
