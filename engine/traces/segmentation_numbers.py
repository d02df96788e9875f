"""Strips of numbers on an empty sheet: what the traces of one-dimensional layers are drawn on.

All strips of a step share one colour scale, so that equal numbers look equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.api.traces import ArrowsMark, BoxesMark, Extent, HeatMark, Mark, Role
from engine.traces.wording import Floats, number

CELL_WIDTH_PX, CELL_HEIGHT_PX = 56, 32
LABEL_COLUMNS = 2


class Strip(NamedTuple):
    """Cells side by side, each with its number above it.

    Attributes:
        row: of the sheet, from 0.
        label: stands at the left of the sheet, or beside the strip where another one comes first.
        column: of the first cell, from 0.
        current: cells that the step is about.
        removed: cells that fall away.
        plain: cells without a number.
        role: of the other cells.
        is_second: whether another strip lies in the same row before it.
        is_coloured: or only its outline and numbers are drawn.
    """

    row: int
    values: Floats
    label: str = ""
    column: int = 0
    current: Sequence[int] = ()
    removed: Sequence[int] = ()
    plain: Sequence[int] = ()
    role: Role = "neutral"
    is_second: bool = False
    is_coloured: bool = True


@dataclass(frozen=True, slots=True)
class NumberSheet:
    """A sheet of so many rows and columns of cells, with room for labels at the left."""

    rows: int
    columns: int

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        columns = LABEL_COLUMNS + self.columns
        return (
            columns * CELL_WIDTH_PX + CELL_HEIGHT_PX,
            (2 * self.rows + 1) * CELL_HEIGHT_PX,
        )

    def cell(self, row: int, column: float, columns: float = 1) -> Extent:
        """Return where cells lie, counted from 0; negative columns belong to the labels."""
        x = (LABEL_COLUMNS + column) * CELL_WIDTH_PX
        y = (2 * row + 1) * CELL_HEIGHT_PX
        return (x, y, x + columns * CELL_WIDTH_PX, y + CELL_HEIGHT_PX)

    def marks(self, *strips: Strip) -> tuple[Mark, ...]:
        """Draw strips on one colour scale."""
        field = np.full((2 * self.rows + 1, self.columns), np.nan, np.float32)
        drawn: list[Mark] = []
        for strip in strips:
            if strip.is_coloured:
                across = slice(strip.column, strip.column + len(strip.values))
                field[2 * strip.row + 1, across] = strip.values
            drawn += self._outlines(strip)
            if strip.label:
                drawn.append(self._label(strip))
        x, _, _, _ = self.cell(0, 0)
        extent = (x, 0.0, x + self.columns * CELL_WIDTH_PX, float(self.size_px[1]))
        return (HeatMark(field, extent), *drawn)

    def arrows(
        self,
        starts: Sequence[tuple[int, float]],
        ends: Sequence[tuple[int, float]],
        role: Role = "current",
    ) -> ArrowsMark:
        """Draw arrows from below cells (row, column) to above cells, or the other way round."""
        points = []
        for (row, column), (other, _) in [
            *zip(starts, ends, strict=True),
            *zip(ends, starts, strict=True),
        ]:
            x1, y1, x2, y2 = self.cell(row, column)
            # The number stands above its cell.
            points.append(((x1 + x2) / 2, y2 + 2 if other > row else y1 - 0.7 * CELL_HEIGHT_PX))
        joined = np.array(points, np.float32).reshape(2, -1, 2)
        return ArrowsMark(joined[0], joined[1], role)

    def _outlines(self, strip: Strip) -> list[Mark]:
        groups: list[tuple[Role, list[int]]] = [
            ("removed", list(strip.removed)),
            ("current", list(strip.current)),
        ]
        special = {index for _, group in groups for index in group}
        rest = [index for index in range(len(strip.values)) if index not in special]
        return [
            BoxesMark(
                np.array([self.cell(strip.row, strip.column + at) for at in group], np.float32),
                role,
                tuple("" if at in strip.plain else number(strip.values[at]) for at in group),
            )
            for role, group in [(strip.role, rest), *groups]
            if group
        ]

    def _label(self, strip: Strip) -> HeatMark:
        """Make a field without values: nothing but its caption is seen, above its upper edge."""
        column = strip.column - LABEL_COLUMNS + 0.5 if strip.is_second else -LABEL_COLUMNS
        x, _, _, y = self.cell(strip.row, column)
        extent = (x + 4, y - 4.0, x + CELL_WIDTH_PX, float(y))
        return HeatMark(np.full((1, 1), np.nan, np.float32), extent, strip.label)
