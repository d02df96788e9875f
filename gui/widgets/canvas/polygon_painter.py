"""Draws polygons: a few with smooth outlines and fills, many as plain lines in one call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from gui.widgets.canvas.box_painter import BoxStyle, edge_strips
from gui.widgets.canvas.frame import Frame, halo_of
from gui.widgets.canvas.polygon_set import PolygonSet
from gui.widgets.canvas.primitive_arrays import draw_lines, fill_rectangles, polygon_of

FEW = 200
_FEW_EDGES = 10_000
_TINY_PX = 4.0
"""On the screen smaller than this, a polygon looks like its box."""


def paint_polygons(
    frame: Frame,
    polygons: PolygonSet,
    rows: NDArray[np.intp],
    colours: NDArray[np.uint32],
    style: BoxStyle,
) -> None:
    """Draw some polygons, `colours` 0xAARRGGBB of all (N,), the style as for boxes."""
    if not len(rows):
        return
    boxes = polygons.boxes_xyxy[rows]
    seen = frame.visible(boxes)
    rows, boxes = rows[seen], frame.boxes(boxes[seen])
    wanted = np.zeros(len(polygons.boxes_xyxy), bool)
    wanted[rows] = True
    edge_rows = np.flatnonzero(wanted[polygons.owners])
    if len(rows) <= FEW and len(edge_rows) <= _FEW_EDGES:
        for row in rows.tolist():
            _paint_one(frame, polygons.vertices(row), int(colours[row]), style)
        return
    is_tiny = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) < _TINY_PX * frame.ratio
    _paint_tiny(frame, boxes[is_tiny], colours[rows[is_tiny]], style.alpha)
    wanted[rows[is_tiny]] = False
    edge_rows = edge_rows[wanted[polygons.owners[edge_rows]]]
    lines = frame.boxes(polygons.edges[edge_rows])
    _paint_plain(frame, lines, colours[polygons.owners[edge_rows]], style.alpha)


def outline_pen(colour: QColor, width: float, *, is_dashed: bool = False) -> QPen:
    """Return the pen of smooth outlines, width in device pixels."""
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if is_dashed:
        pen.setDashPattern([4.0, 3.0])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def _paint_one(frame: Frame, vertices: NDArray[np.float64], colour: int, style: BoxStyle) -> None:
    painter = frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    polygon = polygon_of(frame.boxes(vertices))
    line, fill = QColor.fromRgb(colour), QColor.fromRgb(colour)
    line.setAlpha(style.alpha)
    fill.setAlpha(style.fill_alpha)
    width = frame.line_px(style.line_px)
    painter.setBrush(fill if style.fill_alpha else Qt.BrushStyle.NoBrush)
    if style.has_halo:
        painter.setPen(outline_pen(halo_of(line), width + 2 * frame.ratio))
        painter.drawPolygon(polygon)
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(outline_pen(line, width, is_dashed=style.is_dashed))
    painter.drawPolygon(polygon)


def _paint_tiny(
    frame: Frame, boxes: NDArray[np.float64], colours: NDArray[np.uint32], alpha: int
) -> None:
    painter = frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setPen(Qt.PenStyle.NoPen)
    for colour in np.unique(colours):
        painter.setBrush(_with_alpha(int(colour), alpha))
        own = np.rint(boxes[colours == colour]).astype(np.int32)
        fill_rectangles(painter, edge_strips(own, 1))


def _paint_plain(
    frame: Frame, lines: NDArray[np.float64], colours: NDArray[np.uint32], alpha: int
) -> None:
    painter = frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    for colour in np.unique(colours):
        painter.setPen(QPen(_with_alpha(int(colour), alpha), 1))
        draw_lines(painter, lines[colours == colour])


def _with_alpha(colour: int, alpha: int) -> QColor:
    result = QColor.fromRgb(colour)
    result.setAlpha(alpha)
    return result
