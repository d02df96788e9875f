"""Draws the document's shapes, their handles, and what is being drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from engine.api.annotations import Shape
from gui.widgets.canvas.box_overlay import BoxOverlay
from gui.widgets.canvas.box_painter import BoxStyle, paint_boxes
from gui.widgets.canvas.box_set import BoxSet
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


class ShapePainter:
    """Draws the shapes of one canvas; what stays the same is kept from repaint to repaint."""

    def __init__(self) -> None:
        self._plain = _KeptBoxes(PLAIN)
        self._rim = _KeptBoxes(SELECTED_RIM, is_white=True)
        self._selected = _KeptBoxes(SELECTED)

    def plain_boxes(self, stage: Stage) -> BoxSet:
        """Return the boxes that are not selected, the same object until they change.

        A drag changes selected shapes only: the others need not be drawn anew.
        """
        return self._plain.gathered(stage, stage.table.boxes_xyxy, _plain_rows(stage))

    def paint_plain_boxes(self, frame: Frame, stage: Stage) -> None:
        """Draw the boxes that are not selected."""
        self._plain.paint(frame, stage, stage.table.boxes_xyxy, _plain_rows(stage))

    def paint_others(self, frame: Frame, stage: Stage, captions: CaptionPainter) -> None:
        """Draw what lies above: plain polygons, the hovered shape, the selected ones."""
        table = stage.table
        if not len(table):
            return
        selected = stage.selected_rows
        looks = _looks(stage, selected)
        is_selected = _is_selected(stage)
        _paint_polygons(frame, stage, looks, _plain_rows(stage), PLAIN)
        if 0 <= stage.hovered_shape < len(table) and not is_selected[stage.hovered_shape]:
            hovered = np.array([stage.hovered_shape])
            _KeptBoxes(HOVERED).paint(frame, stage, table.boxes_xyxy, hovered)
            _paint_polygons(frame, stage, looks, hovered, HOVERED)
        self._rim.paint(frame, stage, looks.boxes_xyxy, selected)
        _paint_polygons(frame, stage, looks, selected, SELECTED_RIM, is_white=True)
        self._selected.paint(frame, stage, looks.boxes_xyxy, selected)
        _paint_polygons(frame, stage, looks, selected, SELECTED)
        index = stage.only_selected
        forced = index if index is not None else -1
        emphasis = Emphasis(hovered=stage.hovered_shape, highlighted=forced)
        is_seen = is_selected | ~table.is_hidden
        rows = captioned_rows(frame, looks.boxes_xyxy, emphasis)
        texts = {row: _text(table.shapes[row]) for row in rows if is_seen[row]}
        add_captions(frame, looks.boxes_xyxy, texts, table.colours, emphasis, captions)


class _KeptBoxes:
    """The boxes among some shapes, gathered anew when shapes or selection have changed."""

    def __init__(self, style: BoxStyle, *, is_white: bool = False) -> None:
        self._style, self._is_white = style, is_white
        self._overlay = BoxOverlay()
        self._source: NDArray[np.float64] | None = None
        self._looks: tuple[NDArray[np.bool_], NDArray[np.uint32]] | None = None
        self._selection: frozenset[int] = frozenset()
        self._boxes = BoxSet(np.empty((0, 4)), np.empty(0, np.uint32))

    def gathered(
        self, stage: Stage, boxes_xyxy: NDArray[np.float64], rows: NDArray[np.intp]
    ) -> BoxSet:
        hidden, colours_now = stage.table.is_hidden, stage.table.colours
        is_same = self._looks is not None and all(
            old is new for old, new in zip(self._looks, (hidden, colours_now), strict=True)
        )
        if boxes_xyxy is not self._source or stage.selection != self._selection or not is_same:
            self._source, self._selection = boxes_xyxy, stage.selection
            self._looks = (hidden, colours_now)
            rows = rows[~stage.table.is_polygon[rows]]
            white = np.full(len(rows), _WHITE)
            colours = white if self._is_white else colours_now[rows]
            self._boxes = BoxSet(boxes_xyxy[rows], colours)
        return self._boxes

    def paint(
        self,
        frame: Frame,
        stage: Stage,
        boxes_xyxy: NDArray[np.float64],
        rows: NDArray[np.intp],
    ) -> None:
        boxes = self.gathered(stage, boxes_xyxy, rows)
        if len(boxes):
            self._overlay.paint(frame, boxes, self._style)


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
        paint_boxes(frame, BoxSet(np.array([draft.box]), np.array([colour], np.uint32)), style)
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


def _is_selected(stage: Stage) -> NDArray[np.bool_]:
    is_selected = np.zeros(len(stage.table), bool)
    is_selected[stage.selected_rows] = True
    return is_selected


def _plain_rows(stage: Stage) -> NDArray[np.intp]:
    """Return the shapes that are seen and not selected; a selected one is seen in any case."""
    return np.flatnonzero(~_is_selected(stage) & ~stage.table.is_hidden)


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


def _paint_polygons(
    frame: Frame,
    stage: Stage,
    looks: _Looks,
    rows: NDArray[np.intp],
    style: BoxStyle,
    *,
    is_white: bool = False,
) -> None:
    table = stage.table
    if not table.polygon_rows.size:
        return
    wanted = np.flatnonzero(np.isin(table.polygon_rows, rows))
    white = np.full(len(table.polygon_rows), _WHITE)
    colours = white if is_white else table.colours[table.polygon_rows]
    fill = 0 if is_white else max(style.fill_alpha, POLYGON_FILL)
    paint_polygons(frame, looks.polygons, wanted, colours, replace(style, fill_alpha=fill))


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
