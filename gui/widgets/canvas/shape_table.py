"""The document's shapes as arrays, kept up to date with as little work as an edit needs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import Shape
from gui.widgets.canvas.colour_maps import class_rgb
from gui.widgets.canvas.geometry import Box
from gui.widgets.canvas.hit_index import boxes_at, boxes_touching
from gui.widgets.canvas.polygon_set import PolygonSet


class ShapeTable:
    """Row i belongs to shape i of the document.

    Attributes:
        boxes_xyxy: around each shape, (N, 4).
        areas: square pixels, (N,).
        colours: of the classes, 0xFFRRGGBB, (N,).
        is_polygon: (N,).
        is_hidden: whether the class is not to be seen, (N,); another array when that changes.
        polygons: of the shapes that are polygons, in order; `polygon_rows` are their rows.
    """

    def __init__(self) -> None:
        self.shapes: tuple[Shape, ...] = ()
        self.boxes_xyxy: NDArray[np.float64] = np.empty((0, 4))
        self.areas: NDArray[np.float64] = np.empty(0)
        self.colours: NDArray[np.uint32] = np.empty(0, np.uint32)
        self.is_polygon: NDArray[np.bool_] = np.empty(0, bool)
        self.is_hidden: NDArray[np.bool_] = np.empty(0, bool)
        self.hidden_labels: frozenset[str] = frozenset()
        self.polygons = PolygonSet.of([])
        self.polygon_rows: NDArray[np.intp] = np.empty(0, np.intp)

    def __len__(self) -> int:
        return len(self.shapes)

    def update(self, shapes: tuple[Shape, ...]) -> None:
        """Take the document's shapes; only the stretch that differs is computed."""
        old = self.shapes
        if shapes is old:
            return
        start, rest = _common_ends(old, shapes)
        stop_old, stop_new = len(old) - rest, len(shapes) - rest
        middle = shapes[start:stop_new]
        self.shapes = shapes
        polygons = np.array([shape.kind == "polygon" for shape in middle], bool)
        touches_polygons = polygons.any() or self.is_polygon[start:stop_old].any()
        outlines = PolygonSet.of_points([shape.points for shape in middle])
        boxes = outlines.boxes_xyxy
        of_boxes = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        areas = np.where(polygons, outlines.areas, of_boxes)
        colours = np.array([class_rgb(shape.label) for shape in middle], np.uint32)
        span = slice(start, stop_old)
        # Column by column: what lies somewhere is found by comparing columns.
        self.boxes_xyxy = np.asfortranarray(_spliced(self.boxes_xyxy, span, boxes))
        self.areas = _spliced(self.areas, span, areas)
        self.colours = _spliced(self.colours, span, colours)
        self.is_polygon = _spliced(self.is_polygon, span, polygons)
        self.is_hidden = _spliced(self.is_hidden, span, self._are_hidden(middle))
        if touches_polygons:
            self._collect_polygons()
        elif len(middle) != stop_old - start:
            self.polygon_rows = np.flatnonzero(self.is_polygon)

    def hide(self, labels: frozenset[str]) -> None:
        """Let shapes of these classes be neither seen nor picked."""
        self.hidden_labels = labels
        self.is_hidden = self._are_hidden(self.shapes)

    def recolour(self) -> None:
        """Take the colours of the classes as they are now."""
        self.colours = np.array([class_rgb(shape.label) for shape in self.shapes], np.uint32)

    def _are_hidden(self, shapes: tuple[Shape, ...]) -> NDArray[np.bool_]:
        if not self.hidden_labels:
            return np.zeros(len(shapes), bool)
        return np.array([shape.label in self.hidden_labels for shape in shapes], bool)

    def at(self, x: float, y: float, tolerance: float) -> list[tuple[float, int]]:
        """Return area and row of the shapes under a picture point, smallest first."""
        found = []
        for row in boxes_at(self.boxes_xyxy, x, y, tolerance).tolist():
            if self.is_hidden[row]:
                continue
            if not self.is_polygon[row] or self.polygons.contains(self._polygon(row), x, y):
                found.append((float(self.areas[row]), row))
        # Of equal ones the upper, which is the later, comes first.
        return sorted(found, key=lambda pair: (pair[0], -pair[1]))

    def touching(self, area: Box) -> list[int]:
        """Return the rows whose boxes overlap an area."""
        rows = boxes_touching(self.boxes_xyxy, area)
        return list(rows[~self.is_hidden[rows]].tolist())

    def vertices(self, row: int) -> NDArray[np.float64]:
        """Return the vertices of a shape that is a polygon, (V, 2)."""
        return self.polygons.vertices(self._polygon(row))

    def around(self, rows: NDArray[np.intp]) -> Box:
        """Return the box around some shapes, at least one."""
        boxes = self.boxes_xyxy[rows]
        x1, y1 = boxes[:, :2].min(axis=0).tolist()
        x2, y2 = boxes[:, 2:].max(axis=0).tolist()
        return x1, y1, x2, y2

    def _polygon(self, row: int) -> int:
        return int(np.searchsorted(self.polygon_rows, row))

    def _collect_polygons(self) -> None:
        self.polygon_rows = np.flatnonzero(self.is_polygon)
        rows = self.polygon_rows.tolist()
        self.polygons = PolygonSet.of_points([self.shapes[row].points for row in rows])


def _common_ends(old: tuple[Shape, ...], new: tuple[Shape, ...]) -> tuple[int, int]:
    """Return how many shapes at the start and then at the end are the same objects."""
    limit = min(len(old), len(new))
    start = 0
    while start < limit and old[start] is new[start]:
        start += 1
    rest = 0
    while rest < limit - start and old[-1 - rest] is new[-1 - rest]:
        rest += 1
    return start, rest


def _spliced(values: NDArray[Any], span: slice, middle: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([values[: span.start], middle, values[span.stop :]])
