"""Draws the document's shapes, their handles, and what is being drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from engine.api.annotations import Shape
from gui.widgets.canvas.box_painter import BoxStyle, paint_boxes
from gui.widgets.canvas.captions import CaptionPainter
from gui.widgets.canvas.colour_maps import class_rgb
from gui.widgets.canvas.frame import Frame, halo_of
from gui.widgets.canvas.hit_index import handle_places
from gui.widgets.canvas.item_marks import Emphasis, add_captions, captioned_rows
from gui.widgets.canvas.polygon_painter import outline_pen, paint_polygons
from gui.widgets.canvas.polygon_set import PolygonSet
from gui.widgets.canvas.primitive_arrays import polygon_of
from gui.widgets.canvas.stage import Stage

PLAIN = BoxStyle(line_px=2.0)
HOVERED = BoxStyle(line_px=3.0, fill_alpha=28)
SELECTED_RIM = BoxStyle(line_px=5.0, has_halo=True)
SELECTED = BoxStyle(line_px=2.0, has_halo=False, fill_alpha=44)
POLYGON_FILL = 40
_WHITE = np.uint32(0xFFFFFFFF)
_HANDLE_PX, _VERTEX_PX = 9.0, 8.0


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """The shapes as they look now, in the middle of a drag too."""

    boxes_xyxy: NDArray[np.float64]
    polygons: PolygonSet


def paint_shapes(frame: Frame, stage: Stage, captions: CaptionPainter) -> None:
    """Draw all shapes: plain ones, then the hovered one, then the selected ones."""
    table = stage.table
    if not len(table):
        return
    selected = stage.selected_rows
    looks = _looks(stage, selected)
    is_selected = np.zeros(len(table), bool)
    is_selected[selected] = True
    _paint(frame, stage, looks, np.flatnonzero(~is_selected), PLAIN)
    if 0 <= stage.hovered_shape < len(table) and not is_selected[stage.hovered_shape]:
        _paint(frame, stage, looks, np.array([stage.hovered_shape]), HOVERED)
    _paint(frame, stage, looks, selected, SELECTED_RIM, is_white=True)
    _paint(frame, stage, looks, selected, SELECTED)
    index = stage.only_selected
    forced = index if index is not None else -1
    emphasis = Emphasis(hovered=stage.hovered_shape, highlighted=forced)
    rows = captioned_rows(frame, looks.boxes_xyxy, emphasis)
    texts = {row: _text(table.shapes[row]) for row in rows}
    add_captions(frame, looks.boxes_xyxy, texts, table.colours, emphasis, captions)


def paint_draft(frame: Frame, stage: Stage) -> None:
    """Draw the box or polygon in the making, or the rubber band."""
    draft = stage.draft
    colour = class_rgb(stage.class_for_new)
    if draft.box is not None and draft.is_band:
        accent = QColor(frame.tokens.accent)
        fill = QColor(accent)
        fill.setAlpha(40)
        frame.painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        frame.painter.setPen(QPen(accent, frame.line_px(1)))
        frame.painter.setBrush(fill)
        frame.painter.drawRect(frame.rectangle(draft.box))
    elif draft.box is not None:
        style = replace(SELECTED, has_halo=True)
        paint_boxes(frame, np.array([draft.box]), np.array([colour], np.uint32), style)
    elif draft.points:
        _paint_polygon_draft(frame, stage, QColor.fromRgb(colour))


def paint_crosshair(frame: Frame, stage: Stage) -> None:
    """Draw lines through the pointer, so that a box can be started level with something."""
    if stage.pointer is None:
        return
    x, y = (round(value * frame.ratio) for value in stage.pointer)
    line = frame.line_px(1)
    frame.painter.fillRect(x, 0, line, frame.height, QColor(0, 0, 0, 90))
    frame.painter.fillRect(0, y, frame.width, line, QColor(0, 0, 0, 90))
    frame.painter.fillRect(x + line, 0, line, frame.height, QColor(255, 255, 255, 130))
    frame.painter.fillRect(0, y + line, frame.width, line, QColor(255, 255, 255, 130))


def _text(shape: Shape) -> str:
    return shape.label if shape.score is None else f"{shape.label} {shape.score:.2f}"


def _looks(stage: Stage, selected: NDArray[np.intp]) -> _Looks:
    table, preview = stage.table, stage.preview
    boxes, polygons = table.boxes_xyxy, table.polygons
    if preview.shift != (0.0, 0.0):
        boxes = boxes.copy()
        boxes[selected] += np.array(preview.shift * 2)
        moved = np.flatnonzero(np.isin(table.polygon_rows, selected))
        polygons = polygons.shifted(moved, *preview.shift)
    for index, shape in preview.replaced.items():
        boxes = boxes.copy()
        boxes[index] = shape.box_xyxy
        if shape.kind == "polygon":
            points = [stage.shape(row).points for row in table.polygon_rows.tolist()]
            polygons = PolygonSet.of_points(points)
    return _Looks(boxes, polygons)


def _paint(
    frame: Frame,
    stage: Stage,
    looks: _Looks,
    rows: NDArray[np.intp],
    style: BoxStyle,
    *,
    is_white: bool = False,
) -> None:
    table = stage.table
    colours = np.full(len(table), _WHITE) if is_white else table.colours
    if not table.polygon_rows.size:
        paint_boxes(frame, looks.boxes_xyxy[rows], colours[rows], style)
        return
    box_rows = rows[~table.is_polygon[rows]]
    paint_boxes(frame, looks.boxes_xyxy[box_rows], colours[box_rows], style)
    wanted = np.flatnonzero(np.isin(table.polygon_rows, rows))
    fill = 0 if is_white else max(style.fill_alpha, POLYGON_FILL)
    polygon_style = replace(style, fill_alpha=fill)
    polygon_colours = colours[table.polygon_rows]
    paint_polygons(frame, looks.polygons, wanted, polygon_colours, polygon_style)


def paint_handles(frame: Frame, stage: Stage) -> None:
    """Draw the handles or vertices of the one selected shape, above its caption."""
    index = stage.only_selected
    if index is None or not (stage.is_editable and stage.shows_handles):
        return
    shape, painter = stage.shape(index), frame.painter
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    painter.setPen(QPen(QColor(frame.tokens.accent), frame.line_px(1.5)))
    painter.setBrush(Qt.GlobalColor.white)
    if shape.kind == "polygon":
        radius = _VERTEX_PX * frame.ratio / 2
        points = frame.boxes(np.array(shape.points))
        for x, y in points.tolist():
            painter.drawEllipse(QPointF(x, y), radius, radius)
        return
    left, top, right, bottom = frame.boxes(np.array(shape.box_xyxy)).tolist()
    logical = tuple(value / frame.ratio for value in (left, top, right, bottom))
    side = _HANDLE_PX * frame.ratio
    for x, y in handle_places(logical).values():
        centre_x, centre_y = x * frame.ratio, y * frame.ratio
        painter.drawRect(QRectF(centre_x - side / 2, centre_y - side / 2, side, side))


def _paint_polygon_draft(frame: Frame, stage: Stage, colour: QColor) -> None:
    draft, painter = stage.draft, frame.painter
    device = frame.boxes(np.array(draft.points))
    outline = polygon_of(device)
    fill = QColor(colour)
    fill.setAlpha(POLYGON_FILL)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawPolygon(outline)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    width = frame.line_px(2)
    halo = halo_of(colour)
    for pen_colour, pen_width in ((halo, width + 2 * frame.ratio), (colour, float(width))):
        painter.setPen(outline_pen(pen_colour, pen_width))
        painter.drawPolyline(outline)
    painter.setPen(QPen(QColor(frame.tokens.accent), frame.line_px(1.5)))
    painter.setBrush(Qt.GlobalColor.white)
    for number, (x, y) in enumerate(device[:-1].tolist()):
        is_target = number == 0 and draft.is_closing
        radius = frame.ratio * (_VERTEX_PX if is_target else _VERTEX_PX / 2)
        painter.drawEllipse(QPointF(x, y), radius, radius)
