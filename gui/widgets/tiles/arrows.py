"""Where arrows between tiles begin and end: at the border of a tile, or of one place in it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.api.tile_shapes import shape_of
from engine.api.traces import Place, TileArrow
from gui.widgets.tiles.layout import Box, PlacedTile

_ROOM_PX = 3.0

Point = tuple[float, float]


def ends_of(arrow: TileArrow, by_name: Mapping[str, PlacedTile]) -> tuple[Point, Point]:
    """Return start and end of an arrow, in pixels of the layout.

    Raises:
        KeyError: no tile has one of the names.
    """
    start = _box(by_name[arrow.start], arrow.start_place)
    end = _box(by_name[arrow.end], arrow.end_place)
    return _border(start, _middle(end)), _border(end, _middle(start))


def _box(placed: PlacedTile, place: Place | None) -> Box:
    if place is None:
        return placed.area
    rows, columns = shape_of(placed.tile)
    across, down = placed.area.width / columns, placed.area.height / rows
    return Box(placed.area.x + place[1] * across, placed.area.y + place[0] * down, across, down)


def _middle(box: Box) -> Point:
    return box.x + box.width / 2, box.y + box.height / 2


def _border(box: Box, towards: Point) -> Point:
    """Return where the line from a box's middle to a point leaves the box, and a little beyond."""
    x, y = _middle(box)
    dx, dy = towards[0] - x, towards[1] - y
    sides = [
        (half + _ROOM_PX) / abs(way)
        for half, way in ((box.width / 2, dx), (box.height / 2, dy))
        if way
    ]
    part = min([*sides, 0.5])
    return x + part * dx, y + part * dy
