"""Checks shapes against their picture: empty, outside, duplicate."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from engine.api.annotations import Point, Shape
from engine.data.formats.report import Report

PlacedShape = tuple[str, Shape]
"""Where in the file a shape stands ("line 7", "annotation 12"), and the shape."""

ROUNDING_PX = 0.01
"""What lies outside by less comes from rounding; it is clipped without a word."""

_SMALLEST_AREA = 1e-9


def checked_shapes(
    placed: Iterable[PlacedShape], size: tuple[int, int], file: Path, report: Report
) -> tuple[Shape, ...]:
    """Return the shapes that can be kept, clipped to the picture, in order.

    Args:
        size: width and height in pixels; zeros where they are unknown: nothing is clipped then.
        file: the picture, named in the report.
    """
    kept: dict[Shape, None] = {}
    for place, shape in placed:
        inside = _inside(place, shape, size, file, report)
        if inside is None:
            continue
        if inside in kept:
            text = f"{file.name}, {place}: the same {shape.kind} of {shape.label!r} twice; left out"
            report.leave_out("duplicate", file, text)
        kept[inside] = None
    return tuple(kept)


def _inside(
    place: str, shape: Shape, size: tuple[int, int], file: Path, report: Report
) -> Shape | None:
    """Return the shape, clipped where it must be; None where nothing of it is left."""
    where = f"{file.name}, {place}"
    if not all(math.isfinite(value) for point in shape.points for value in point):
        text = f"{where}: a coordinate of {shape.label!r} is no finite number; left out"
        report.leave_out("unreadable", file, text)
        return None
    if _is_empty(shape):
        text = f"{where}: {shape.kind} {_extent(shape)} of {shape.label!r} has no area; left out"
        report.leave_out("empty shape", file, text)
        return None
    overshoot = _overshoot(shape, size)
    if overshoot <= 0:
        return shape
    clipped = replace(shape, points=_clipped_points(shape, size))
    limits = f"{size[0]} x {size[1]}"
    if _is_empty(clipped):
        text = f"{where}: {shape.kind} {_extent(shape)} lies outside {limits}; left out"
        report.leave_out("box outside", file, text)
        return None
    if overshoot > ROUNDING_PX:
        report.note(
            "box outside",
            file,
            f"{where}: {shape.kind} {_extent(shape)} reaches {overshoot:.6g} px outside {limits};"
            f" clipped to {_extent(clipped)}",
        )
    return clipped


def _is_empty(shape: Shape) -> bool:
    if len(shape.points) < 2:
        return True
    if shape.kind == "box":
        x1, y1, x2, y2 = shape.box_xyxy
        return not (x2 > x1 and y2 > y1)
    return len(shape.points) < 3 or not shape.area > _SMALLEST_AREA


def _overshoot(shape: Shape, size: tuple[int, int]) -> float:
    """How far the shape reaches beyond the picture, in pixels; 0 where the size is unknown."""
    width, height = size
    if not (width and height):
        return 0.0
    x1, y1, x2, y2 = shape.box_xyxy
    return max(0.0, -x1, -y1, x2 - width, y2 - height)


def _clipped_points(shape: Shape, size: tuple[int, int]) -> tuple[Point, ...]:
    width, height = float(size[0]), float(size[1])
    if shape.kind == "polygon":
        return _clipped_polygon(shape.points, width, height)
    x1, y1, x2, y2 = shape.box_xyxy
    left, right = (min(max(x, 0.0), width) for x in (x1, x2))
    top, bottom = (min(max(y, 0.0), height) for y in (y1, y2))
    return (left, top), (right, bottom)


def _clipped_polygon(points: tuple[Point, ...], width: float, height: float) -> tuple[Point, ...]:
    """Cut a polygon at the four borders, one after the other (Sutherland & Hodgman 1974)."""
    borders = ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1))
    for axis, border, side in borders:
        cut: list[Point] = []
        for start, end in zip(points, (*points[1:], *points[:1]), strict=True):
            starts_inside = (start[axis] - border) * side >= 0
            ends_inside = (end[axis] - border) * side >= 0
            if starts_inside:
                cut.append(start)
            if starts_inside != ends_inside:
                cut.append(_crossing(start, end, axis, border))
        points = tuple(point for i, point in enumerate(cut) if point != cut[i - 1])
    return points


def _crossing(start: Point, end: Point, axis: int, border: float) -> Point:
    share = (border - start[axis]) / (end[axis] - start[axis])
    other = start[1 - axis] + share * (end[1 - axis] - start[1 - axis])
    return (border, other) if axis == 0 else (other, border)


def _extent(shape: Shape) -> str:
    """The box around a shape as text, up to six significant digits a number."""
    if not shape.points:
        return "without points"
    return "(" + ", ".join(f"{value:.6g}" for value in shape.box_xyxy) + ")"
