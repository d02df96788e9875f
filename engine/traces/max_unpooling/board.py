"""The sheet of max-unpooling: maps of numbers with a number in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import ArrowsMark, BoxesMark, Extent, HeatMark, Mark, Role

CELL_WIDTH_PX, CELL_HEIGHT_PX = 60, 40
_MARGIN_PX = 36
GAP_CELLS = 1.5

Place = tuple[int, int]  # row, column
Values = NDArray[np.floating[Any]] | NDArray[np.integer[Any]]


class Board:
    """A map at the left and a smaller one at the right of it.

    Args:
        side: cells along the side of the left map.
        pooled_side: cells along the side of the right map.
    """

    def __init__(self, side: int, pooled_side: int) -> None:
        self.side, self.pooled_side = side, pooled_side
        self.right = side + GAP_CELLS
        self.lower = (side - pooled_side) / 2  # the smaller map is centred beside the larger
        across = self.right + pooled_side
        self.size_px = (
            round(across * CELL_WIDTH_PX) + 2 * _MARGIN_PX,
            side * CELL_HEIGHT_PX + 2 * _MARGIN_PX,
        )

    def extent(self, top: float, left: float, rows: float = 1, columns: float = 1) -> Extent:
        """Return where cells lie, counted from 0."""
        x = _MARGIN_PX + left * CELL_WIDTH_PX
        y = _MARGIN_PX + top * CELL_HEIGHT_PX
        return (x, y, x + columns * CELL_WIDTH_PX, y + rows * CELL_HEIGHT_PX)

    def thumbnail(self, index: int, count: int) -> Extent:
        """Return the place of one of several maps side by side."""
        across = (self.right + self.pooled_side) / count
        rows = min(float(self.side), across * 0.9 * CELL_WIDTH_PX / CELL_HEIGHT_PX)
        return self.extent((self.side - rows) / 2, index * across, rows, across * 0.9)

    def left_map(self, values: Values, caption: str, lit: Sequence[Place] = ()) -> list[Mark]:
        """Draw the large map; some of its cells are highlighted."""
        return self._map(values, (0.0, 0.0), caption, lit)

    def right_map(
        self, values: Values, caption: str, lit: Sequence[Place] = (), known: int | None = None
    ) -> list[Mark]:
        """Draw the small map, or the first few cells of it."""
        shown = np.asarray(values, np.float64).copy()
        if known is not None:
            shown.flat[known:] = np.nan
        return self._map(shown, (self.lower, self.right), caption, lit)

    def windows(self, places: Sequence[Place], role: Role = "current") -> BoxesMark:
        """Draw windows of 2 x 2 of the large map by their place in the small one."""
        boxes = [
            self.extent(
                2 * row,
                2 * column,
                min(2, self.side - 2 * row),
                min(2, self.side - 2 * column),
            )
            for row, column in places
        ]
        return BoxesMark(np.array(boxes, np.float32), role)

    def arrows(
        self, large: Sequence[Place], small: Sequence[Place], is_back: bool = False
    ) -> ArrowsMark:
        """Draw arrows from cells of the large map to cells of the small one, or back."""
        here = np.array([_right_edge(self.extent(*place)) for place in large], np.float32)
        there = np.array(
            [
                _left_edge(self.extent(self.lower + row, self.right + column))
                for row, column in small
            ],
            np.float32,
        )
        return ArrowsMark(there, here) if is_back else ArrowsMark(here, there)

    def arrow(self, large: Place, small: Place, is_back: bool = False) -> ArrowsMark:
        """Draw the arrow that a step is about."""
        return replace(self.arrows([large], [small], is_back), role="current")

    def _map(
        self, values: Values, corner: tuple[float, float], caption: str, lit: Sequence[Place]
    ) -> list[Mark]:
        top, left = corner
        rows, columns = values.shape
        field = np.asarray(values, np.float32)
        places = [(row, column) for row in range(rows) for column in range(columns)]
        known = [place for place in places if np.isfinite(field[place])]
        marks: list[Mark] = [
            HeatMark(field, self.extent(top, left, rows, columns), caption),
            BoxesMark(
                np.array([self.extent(top + r, left + c) for r, c in places], np.float32), "neutral"
            ),
        ]
        if lit:
            cells = [self.extent(top + row, left + column) for row, column in lit]
            marks.append(BoxesMark(np.array(cells, np.float32), "current"))
        if known:
            # A caption stands above its box: a point near a cell's lower edge puts it inside.
            points = [_low_point(self.extent(top + row, left + column)) for row, column in known]
            texts = tuple(f"{round(float(field[place]), 2):g}" for place in known)
            marks.append(BoxesMark(np.array(points, np.float32), "neutral", texts))
        return marks


def _low_point(cell: Extent) -> Extent:
    x, y = cell[0] + 6, cell[3] - 8
    return (x, y, x, y)


def _right_edge(cell: Extent) -> tuple[float, float]:
    return (cell[2] - 8, (cell[1] + cell[3]) / 2)


def _left_edge(cell: Extent) -> tuple[float, float]:
    return (cell[0] + 4, (cell[1] + cell[3]) / 2)
