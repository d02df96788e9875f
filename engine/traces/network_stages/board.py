"""The sheet that the topics lay their maps on: cells shaped like the picture, in rows.

Axes: h and w of what lies in a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import BoxesMark, Extent, HeatMark, ImageMark, MaskMark, PictureMark, Role

COLUMNS, ROWS = 6, 3
PICTURE_COLUMNS = 2  # where a picture stands beside the maps

_CELL_AREA_PX = 4800.0
_CELL_WIDTHS_PX = (40.0, 120.0)
_GAP_PX = 24  # room for a caption above


class Heat(NamedTuple):
    """A scalar field (h, w), and the values of the darkest and brightest colour."""

    values: NDArray[np.float32]
    caption: str = ""
    limits: tuple[float, float] | None = None


class Photo(NamedTuple):
    """RGB uint8 (h, w, 3)."""

    pixels: NDArray[np.uint8]
    caption: str = ""


class Classes(NamedTuple):
    """A class index at each place, uint8 (h, w), and the names of the classes."""

    indices: NDArray[np.uint8]
    names: tuple[str, ...]
    caption: str = ""


class Frame(NamedTuple):
    """A box on a cell at the left of the sheet, the n-th of them from 0, in parts of its sides."""

    box: tuple[float, float, float, float]
    caption: str = ""
    role: Role = "current"
    lead: int = 0


Cell = Heat | Photo | Classes


class Board:
    """Lays cells on a sheet; a picture of any shape has a cell of its own shape."""

    def __init__(self, height: int, width: int) -> None:
        least, most = _CELL_WIDTHS_PX
        self._width = min(max((_CELL_AREA_PX * width / height) ** 0.5, least), most)
        # A strip one pixel high is drawn a little thicker than it is.
        self._height = max(min(self._width * height / width, most), least / 4)

    @property
    def sheet_px(self) -> tuple[int, int]:
        """Width and height of the sheet."""
        return (
            round(COLUMNS * (self._width + _GAP_PX) + _GAP_PX),
            round(ROWS * (self._height + _GAP_PX) + _GAP_PX),
        )

    def place(self, row: int, column: int, span: int = 1) -> Extent:
        """Return where a cell lies, or a block of `span` cells each way."""
        x = _GAP_PX + column * (self._width + _GAP_PX)
        y = _GAP_PX + row * (self._height + _GAP_PX)
        beyond = (span - 1) * _GAP_PX
        return (x, y, x + span * self._width + beyond, y + span * self._height + beyond)

    def lay(self, cell: Cell, row: int, column: int, span: int = 1) -> tuple[PictureMark, ...]:
        """Return the marks of a cell."""
        extent = self.place(row, column, span)
        if isinstance(cell, Photo):
            return (ImageMark(cell.pixels, extent, cell.caption),)
        if isinstance(cell, Heat):
            values = np.asarray(cell.values, np.float32)
            return (HeatMark(values, extent, cell.caption, cell.limits),)
        mask = MaskMark(cell.indices, cell.names, extent)
        if not cell.caption:
            return (mask,)
        return (mask, BoxesMark(np.array([extent], np.float32), "neutral", (cell.caption,)))

    def rows(self, rows: Sequence[Sequence[Cell]], column: int = 0) -> tuple[PictureMark, ...]:
        """Lay rows of cells, from a column to the right."""
        return tuple(
            mark
            for row, cells in enumerate(rows)
            for at, cell in enumerate(cells)
            for mark in self.lay(cell, row, column + at)
        )

    def frame(self, frame: Frame, span: int) -> tuple[BoxesMark, ...]:
        """Return a box over one of the blocks at the left, cut off at its border."""
        x1, y1, x2, y2 = self.place(0, frame.lead * span, span)
        left, top, right, bottom = np.clip(frame.box, 0.0, 1.0).tolist()
        if left >= right or top >= bottom:
            return ()
        box = (
            x1 + left * (x2 - x1),
            y1 + top * (y2 - y1),
            x1 + right * (x2 - x1),
            y1 + bottom * (y2 - y1),
        )
        captions = (frame.caption,) if frame.caption else ()
        return (BoxesMark(np.array([box], np.float32), frame.role, captions),)
