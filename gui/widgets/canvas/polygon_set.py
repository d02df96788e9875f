"""Many closed polygons as one array of edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import Point
from gui.widgets.canvas.geometry import contains_point


@dataclass(frozen=True, slots=True, eq=False)
class PolygonSet:
    """Polygons in picture pixels.

    Attributes:
        edges: x1 y1 x2 y2, each polygon's in order, (E, 4).
        owners: index of the polygon each edge belongs to, ascending, (E,).
        boxes_xyxy: around each polygon, (N, 4); NaN for one without vertices.
        areas: square pixels, (N,).
    """

    edges: NDArray[np.float64]
    owners: NDArray[np.intp]
    boxes_xyxy: NDArray[np.float64]
    areas: NDArray[np.float64]

    @staticmethod
    def of(polygons: Sequence[NDArray[np.floating]]) -> PolygonSet:
        """Take polygons (V, 2) each; one without vertices is drawn nowhere and hit by nothing."""
        nothing = np.full((1, 2), np.nan)
        filled = [polygon if len(polygon) else nothing for polygon in polygons]
        vertices = np.concatenate(filled) if filled else np.empty((0, 2))
        counts = np.array([len(polygon) for polygon in filled], np.intp)
        return _set_of(vertices.astype(np.float64), counts)

    @staticmethod
    def of_points(polygons: Sequence[tuple[Point, ...]]) -> PolygonSet:
        """Take polygons as tuples of points, at least one each; 10,000 in a few milliseconds."""
        numbers = chain.from_iterable(chain.from_iterable(polygons))
        counts = np.fromiter(map(len, polygons), np.intp, len(polygons))
        return _set_of(np.fromiter(numbers, np.float64, 2 * int(counts.sum())), counts)

    def vertices(self, index: int) -> NDArray[np.float64]:
        """Return one polygon's vertices (V, 2)."""
        start, stop = np.searchsorted(self.owners, [index, index + 1])
        return self.edges[start:stop, :2]

    def contains(self, index: int, x: float, y: float) -> bool:
        """Whether a point lies inside one polygon."""
        return contains_point(self.vertices(index), x, y)

    def shifted(self, rows: NDArray[np.intp], dx: float, dy: float) -> PolygonSet:
        """Return a copy in which some polygons are moved."""
        is_moved = np.zeros(len(self.areas), bool)
        is_moved[rows] = True
        shift = np.array([dx, dy, dx, dy])
        edges, boxes = self.edges.copy(), self.boxes_xyxy.copy()
        edges[is_moved[self.owners]] += shift
        boxes[is_moved] += shift
        return replace(self, edges=edges, boxes_xyxy=boxes)


def _set_of(numbers: NDArray[np.float64], counts: NDArray[np.intp]) -> PolygonSet:
    vertices = numbers.reshape(-1, 2)
    if not len(counts):
        return PolygonSet(np.empty((0, 4)), np.empty(0, np.intp), np.empty((0, 4)), np.empty(0))
    stops = np.cumsum(counts)
    starts = stops - counts
    following = np.arange(1, len(vertices) + 1)
    following[stops - 1] = starts
    edges = np.hstack([vertices, vertices[following]])
    x1, y1, x2, y2 = edges.T
    boxes = [np.minimum.reduceat(vertices, starts), np.maximum.reduceat(vertices, starts)]
    return PolygonSet(
        edges,
        np.repeat(np.arange(len(counts)), counts),
        np.hstack(boxes),
        np.abs(np.add.reduceat(x1 * y2 - x2 * y1, starts)) / 2,
    )
