"""Boxes and polygons of a layer: what is drawn, and what lies under the pointer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import BoxesMark, PolygonsMark, Role
from gui.theme import role_colour
from gui.widgets.canvas.box_overlay import BoxOverlay
from gui.widgets.canvas.box_painter import BoxStyle, paint_boxes
from gui.widgets.canvas.box_set import BoxSet
from gui.widgets.canvas.captions import MOST_CAPTIONS, Caption, CaptionPainter
from gui.widgets.canvas.colour_maps import class_rgb
from gui.widgets.canvas.frame import Frame
from gui.widgets.canvas.hit_index import boxes_at
from gui.widgets.canvas.polygon_painter import paint_polygons
from gui.widgets.canvas.polygon_set import PolygonSet

ROLE_STYLES: dict[Role, BoxStyle] = {
    "candidate": BoxStyle(line_px=1.5),
    "current": BoxStyle(line_px=3.0, fill_alpha=44),
    "kept": BoxStyle(line_px=2.5),
    "removed": BoxStyle(line_px=1.0, alpha=150),
    "truth": BoxStyle(line_px=2.0),
    "prediction": BoxStyle(line_px=2.0, is_dashed=True),
    "neutral": BoxStyle(line_px=1.5),
}
_POLYGON_FILL = 56


@dataclass(frozen=True, slots=True)
class Look:
    """How a layer is drawn.

    Attributes:
        opacity: 0 to 1.
        is_dashed: outlines are dashed whatever their role.
    """

    opacity: float = 1.0
    is_visible: bool = True
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Items drawn stronger, with their captions: hovered and highlighted; -1 for none."""

    hovered: int = -1
    highlighted: int = -1


class PreparedMark(ABC):
    """A mark with what its drawing needs computed once."""

    boxes_xyxy: NDArray[np.float64] = np.empty((0, 4))

    @abstractmethod
    def paint(self, frame: Frame, look: Look, emphasis: Emphasis, captions: CaptionPainter) -> None:
        """Draw it, and hand its captions over to be drawn above everything."""

    def items_at(self, x: float, y: float, tolerance: float) -> list[tuple[float, int]]:
        """Return area and index of the items under a picture point."""
        del x, y, tolerance
        return []


class PreparedBoxes(PreparedMark):
    """Boxes that share a role."""

    def __init__(self, mark: BoxesMark) -> None:
        self.boxes_xyxy = np.asarray(mark.boxes_xyxy, np.float64).reshape(-1, 4)
        count = len(self.boxes_xyxy)
        self._captions = mark.captions if len(mark.captions) == count else ()
        self._colours = _colours(mark.labels, mark.role, count)
        self._style = ROLE_STYLES[mark.role]
        self._boxes, self._overlay = BoxSet(self.boxes_xyxy, self._colours), BoxOverlay()

    def paint(self, frame: Frame, look: Look, emphasis: Emphasis, captions: CaptionPainter) -> None:
        """Draw outlines, then the emphasised ones again, stronger."""
        style = _dashed(self._style, look)
        self._overlay.paint(frame, self._boxes, style)
        for item, strong in _emphasised(style, emphasis, len(self.boxes_xyxy)):
            row = slice(item, item + 1)
            paint_boxes(frame, BoxSet(self.boxes_xyxy[row], self._colours[row]), strong)
        if self._captions:
            rows = captioned_rows(frame, self.boxes_xyxy, emphasis)
            texts = {row: self._captions[row] for row in rows}
            add_captions(frame, self.boxes_xyxy, texts, self._colours, emphasis, captions)

    def items_at(self, x: float, y: float, tolerance: float) -> list[tuple[float, int]]:
        """Return area and index of the items whose inside or edge is at a point."""
        boxes = self.boxes_xyxy
        rows = boxes_at(boxes, x, y, tolerance)
        areas = (boxes[rows, 2] - boxes[rows, 0]) * (boxes[rows, 3] - boxes[rows, 1])
        return list(zip(areas.tolist(), rows.tolist(), strict=True))


class PreparedPolygons(PreparedMark):
    """Polygons that share a role, lightly filled."""

    def __init__(self, mark: PolygonsMark) -> None:
        self._polygons = PolygonSet.of(mark.polygons)
        self.boxes_xyxy = self._polygons.boxes_xyxy
        count = len(self.boxes_xyxy)
        self._rows = np.arange(count)
        self._labels = mark.labels if len(mark.labels) == count else ()
        self._colours = _colours(mark.labels, mark.role, count)
        self._style = replace(ROLE_STYLES[mark.role], fill_alpha=_POLYGON_FILL)

    def paint(self, frame: Frame, look: Look, emphasis: Emphasis, captions: CaptionPainter) -> None:
        """Draw outlines, then the emphasised ones again, stronger."""
        style = _dashed(self._style, look)
        paint_polygons(frame, self._polygons, self._rows, self._colours, style)
        for item, strong in _emphasised(style, emphasis, len(self._rows)):
            rows = self._rows[item : item + 1]
            paint_polygons(frame, self._polygons, rows, self._colours, strong)

    def items_at(self, x: float, y: float, tolerance: float) -> list[tuple[float, int]]:
        """Return area and index of the items whose inside or edge is at a point."""
        rows = boxes_at(self.boxes_xyxy, x, y, tolerance).tolist()
        inside = [row for row in rows if self._polygons.contains(row, x, y)]
        return [(float(self._polygons.areas[row]), row) for row in inside]


def captioned_rows(frame: Frame, boxes_xyxy: NDArray[np.float64], emphasis: Emphasis) -> list[int]:
    """Return the boxes in view, or only the emphasised ones of many."""
    rows = frame.visible(boxes_xyxy)
    if len(rows) > MOST_CAPTIONS:
        rows = rows[np.isin(rows, (emphasis.hovered, emphasis.highlighted))]
    return list(rows.tolist())


def add_captions(
    frame: Frame,
    boxes_xyxy: NDArray[np.float64],
    texts: Mapping[int, str],
    colours: NDArray[np.uint32],
    emphasis: Emphasis,
    captions: CaptionPainter,
) -> None:
    """Hand captions over, by row."""
    rows = list(texts)
    places = frame.boxes(boxes_xyxy[rows]).tolist()
    for row, box, colour in zip(rows, places, colours[rows].tolist(), strict=True):
        is_forced = row in (emphasis.hovered, emphasis.highlighted)
        captions.add(Caption(texts[row], tuple(box), colour, is_forced=is_forced))


def _colours(labels: tuple[str, ...], role: Role, count: int) -> NDArray[np.uint32]:
    if len(labels) == count:
        return np.fromiter((class_rgb(label) for label in labels), np.uint32, count)
    return np.full(count, role_colour(role).rgb(), np.uint32)


def _dashed(style: BoxStyle, look: Look) -> BoxStyle:
    return replace(style, is_dashed=True) if look.is_dashed else style


def _emphasised(style: BoxStyle, emphasis: Emphasis, count: int) -> list[tuple[int, BoxStyle]]:
    strong = []
    if 0 <= emphasis.hovered < count:
        hovered = replace(style, line_px=style.line_px + 1, alpha=255)
        strong.append((emphasis.hovered, hovered))
    if 0 <= emphasis.highlighted < count:
        highlighted = replace(style, line_px=4.0, alpha=255, fill_alpha=64)
        strong.append((emphasis.highlighted, highlighted))
    return strong
