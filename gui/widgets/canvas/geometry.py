"""What dragging does to shapes, as plain functions over numbers in picture pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.api.annotations import Point, Shape

Box = tuple[float, float, float, float]
Size = tuple[float, float]
Handle = tuple[int, int]
"""Which edge is dragged, horizontally and vertically: -1 the lesser one, 1 the greater, 0 none."""

HANDLES: tuple[Handle, ...] = (
    *((-1, -1), (0, -1), (1, -1), (1, 0)),
    *((1, 1), (0, 1), (-1, 1), (-1, 0)),
)
LEAST_SIDE = 1.0
"""Boxes do not get thinner than a pixel."""


def clamped(point: Point, size: Size) -> Point:
    """Return the nearest point inside the picture."""
    return min(max(point[0], 0.0), size[0]), min(max(point[1], 0.0), size[1])


def drawn_box(
    start: Point, end: Point, size: Size, *, is_square: bool = False, from_centre: bool = False
) -> Box:
    """Return the box drawn from one point to another, inside the picture.

    Args:
        is_square: both sides are the longer of the two, as far as the picture allows.
        from_centre: `start` is the middle, not a corner.
    """
    x0, y0 = clamped(start, size)
    x, y = clamped(end, size)
    if from_centre:
        room = min(x0, size[0] - x0), min(y0, size[1] - y0)
        half_x, half_y = min(abs(x - x0), room[0]), min(abs(y - y0), room[1])
        if is_square:
            half_x = half_y = min(max(abs(x - x0), abs(y - y0)), *room)
        return x0 - half_x, y0 - half_y, x0 + half_x, y0 + half_y
    if is_square:
        room = size[0] - x0 if x >= x0 else x0, size[1] - y0 if y >= y0 else y0
        side = min(max(abs(x - x0), abs(y - y0)), *room)
        x, y = x0 + (side if x >= x0 else -side), y0 + (side if y >= y0 else -side)
    return min(x0, x), min(y0, y), max(x0, x), max(y0, y)


def resized_box(
    box: Box,
    handle: Handle,
    point: Point,
    size: Size,
    *,
    is_square: bool = False,
    from_centre: bool = False,
) -> Box:
    """Return a box after one of its handles was dragged to a point; crossing over flips it."""
    x1, y1, x2, y2 = box
    along_x, along_y = handle
    point = clamped(point, size)
    if along_x and along_y:
        corner = (x1 if along_x > 0 else x2, y1 if along_y > 0 else y2)
        start = ((x1 + x2) / 2, (y1 + y2) / 2) if from_centre else corner
        new = drawn_box(start, point, size, is_square=is_square, from_centre=from_centre)
        return _thick_enough(new, size)
    if along_x:
        x1, x2 = _dragged_edge(x1, x2, along_x, point[0], size[0], from_centre=from_centre)
    else:
        y1, y2 = _dragged_edge(y1, y2, along_y, point[1], size[1], from_centre=from_centre)
    return _thick_enough((x1, y1, x2, y2), size)


def _dragged_edge(
    low: float, high: float, side: int, value: float, limit: float, *, from_centre: bool
) -> tuple[float, float]:
    if from_centre:
        centre = (low + high) / 2
        half = min(abs(value - centre), max(min(centre, limit - centre), 0.0))
        return centre - half, centre + half
    fixed = low if side > 0 else high
    return min(fixed, value), max(fixed, value)


def _thick_enough(box: Box, size: Size) -> Box:
    x1, y1, x2, y2 = box
    if x2 - x1 < LEAST_SIDE:
        x1 = max(0.0, min(x1, size[0] - LEAST_SIDE))
        x2 = x1 + LEAST_SIDE
    if y2 - y1 < LEAST_SIDE:
        y1 = max(0.0, min(y1, size[1] - LEAST_SIDE))
        y2 = y1 + LEAST_SIDE
    return x1, y1, x2, y2


def limited_shift(around: Box, shift: Point, size: Size) -> Point:
    """Shorten a move so that a box stays in the picture; one that sticks out may only come in."""
    x1, y1, x2, y2 = around
    dx = min(max(shift[0], min(0.0, -x1)), max(0.0, size[0] - x2))
    dy = min(max(shift[1], min(0.0, -y1)), max(0.0, size[1] - y2))
    return dx, dy


def with_points(shape: Shape, points: tuple[Point, ...]) -> Shape:
    """Return the shape with other points."""
    return replace(shape, points=points)


def with_label(shape: Shape, label: str) -> Shape:
    """Return the shape with another class."""
    return replace(shape, label=label)


def with_box(shape: Shape, box: Box) -> Shape:
    """Return a box shape with other corners."""
    return with_points(shape, ((box[0], box[1]), (box[2], box[3])))


def with_vertex_moved(shape: Shape, vertex: int, point: Point) -> Shape:
    """Return a polygon with one vertex elsewhere."""
    points = list(shape.points)
    points[vertex] = point
    return with_points(shape, tuple(points))


def with_vertex_added(shape: Shape, edge: int, point: Point) -> Shape:
    """Return a polygon with a vertex on the edge from vertex `edge` to the next one."""
    return with_points(shape, (*shape.points[: edge + 1], point, *shape.points[edge + 1 :]))


def without_vertex(shape: Shape, vertex: int) -> Shape:
    """Return a polygon without a vertex; one of three vertices stays as it is."""
    if len(shape.points) <= 3:
        return shape
    return with_points(shape, shape.points[:vertex] + shape.points[vertex + 1 :])


def clipped(shape: Shape, size: Size) -> Shape:
    """Return the shape moved into the picture, and cut where it is larger than that."""
    x1, y1, x2, y2 = shape.box_xyxy
    dx = max(0.0, -x1) - max(0.0, x2 - size[0])
    dy = max(0.0, -y1) - max(0.0, y2 - size[1])
    return with_points(shape, tuple(clamped((x + dx, y + dy), size) for x, y in shape.points))


def contains_point(vertices: NDArray[np.floating], x: float, y: float) -> bool:
    """Whether a polygon (V, 2) contains a point, by the even-odd rule."""
    xs, ys = vertices[:, 0], vertices[:, 1]
    next_xs, next_ys = np.roll(xs, -1), np.roll(ys, -1)
    crosses = (ys > y) != (next_ys > y)
    if not crosses.any():
        return False
    xs, ys, next_xs, next_ys = (values[crosses] for values in (xs, ys, next_xs, next_ys))
    at = xs + (y - ys) / (next_ys - ys) * (next_xs - xs)
    return bool(np.count_nonzero(x < at) % 2)


def nearest_edge(vertices: NDArray[np.floating], x: float, y: float) -> tuple[int, float, Point]:
    """Return the polygon edge nearest to a point, its distance, and the nearest point on it."""
    starts, ends = vertices, np.roll(vertices, -1, axis=0)
    along = ends - starts
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    fraction = np.clip((((x, y) - starts) * along).sum(axis=1) / length, 0, 1)
    on_edge = starts + fraction[:, None] * along
    distances = np.hypot(on_edge[:, 0] - x, on_edge[:, 1] - y)
    edge = int(distances.argmin())
    return edge, float(distances[edge]), (float(on_edge[edge, 0]), float(on_edge[edge, 1]))


def overlaps(box: Box, boxes_xyxy: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the IoU of a box with each of boxes (N, 4)."""
    x1, y1, x2, y2 = boxes_xyxy.astype(np.float64).T
    width = np.maximum(np.minimum(x2, box[2]) - np.maximum(x1, box[0]), 0)
    height = np.maximum(np.minimum(y2, box[3]) - np.maximum(y1, box[1]), 0)
    common = width * height
    union = (x2 - x1) * (y2 - y1) + (box[2] - box[0]) * (box[3] - box[1]) - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0))
