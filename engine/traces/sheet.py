"""An empty sheet that pictures are laid on in rows, for traces that are made of many small ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.api.traces import Extent, HeatMark, ImageMark

CELL_PX = 56
_GAP_PX = 24  # room for a caption above the picture

Values = NDArray[np.floating[Any]]


def sheet_px(columns: int, rows: int) -> tuple[int, int]:
    """Return width and height of a sheet with so many cells."""
    return columns * (CELL_PX + _GAP_PX) + _GAP_PX, rows * (CELL_PX + _GAP_PX) + _GAP_PX


def cell(row: int, column: int) -> Extent:
    """Return where a picture lies, both counted from 0."""
    x, y = (_GAP_PX + place * (CELL_PX + _GAP_PX) for place in (column, row))
    return (x, y, x + CELL_PX, y + CELL_PX)


def as_pixels(values: Values) -> NDArray[np.uint8]:
    """Return RGB uint8 (h, w, 3) of a grey picture (h, w) in [0, 1]; values beyond are cut off."""
    grey = np.round(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=-1))


def pictures(
    values: Sequence[Values] | Values, captions: Sequence[str] = (), row: int = 0, column: int = 0
) -> tuple[ImageMark, ...]:
    """Lay grey pictures (h, w) in [0, 1] side by side, from a cell to the right."""
    named = _padded(captions, len(values))
    return tuple(
        ImageMark(as_pixels(one), cell(row, column + index), named[index])
        for index, one in enumerate(values)
    )


def fields(
    values: Sequence[Values] | Values, captions: Sequence[str] = (), row: int = 0, column: int = 0
) -> tuple[HeatMark, ...]:
    """Lay scalar fields (h, w) of any range side by side, from a cell to the right."""
    named = _padded(captions, len(values))
    return tuple(
        HeatMark(np.asarray(one, np.float32), cell(row, column + index), named[index])
        for index, one in enumerate(values)
    )


def _padded(captions: Sequence[str], count: int) -> list[str]:
    return [*captions, *[""] * (count - len(captions))]
