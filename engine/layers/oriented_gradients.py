"""Histograms of oriented gradients: what directions the edges have in each small cell of a picture.

Dalal, Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005,
https://doi.org/10.1109/CVPR.2005.177. A pixel votes for the direction of its gradient, unsigned,
with the length of the gradient; votes are summed over cells; a cell is normalised once with each
block of cells that it belongs to, so that it stands in the descriptor up to four times.

Axes: H x W picture, R x S cells, P x Q blocks, K cells a side of a block, N directions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.api.parameters import Parameters, parameter

Values = NDArray[np.float32]
GradientMask = Literal["centred", "uncentred", "cubic", "diagonal", "sobel"]
BlockNormalisation = Literal["L2-Hys", "L2", "L1-sqrt", "L1"]


def _mask(rows: list[list[int]]) -> Values:
    return np.array(rows, np.float32)


MASKS: dict[GradientMask, tuple[Values, Values]] = {
    "centred": (_mask([[-1, 0, 1]]), _mask([[-1], [0], [1]])),
    "uncentred": (_mask([[0, -1, 1]]), _mask([[0], [-1], [1]])),
    "cubic": (_mask([[1, -8, 0, 8, -1]]), _mask([[1], [-8], [0], [8], [-1]])),
    # The two diagonals, turned by 45 degrees to point right and down.
    "diagonal": (_mask([[-1, 1], [-1, 1]]), _mask([[-1, -1], [1, 1]])),
    "sobel": (
        _mask([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        _mask([[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    ),
}
"""Differences along x and along y, the five of the paper's comparison."""

CLIPPED_AT = 0.2
_EPSILON = 1e-5  # as scikit-image has it


@dataclass(frozen=True, slots=True)
class HogConfig(Parameters):
    """What is counted, and how it is normalised; the defaults are the paper's best."""

    mask: GradientMask = parameter(
        "centred",
        title="Gradient mask",
        note="the simplest one did best in the paper",
        choice_titles={
            "centred": "1-D centred [-1, 0, 1]",
            "uncentred": "1-D uncentred [-1, 1]",
            "cubic": "Cubic-corrected [1, -8, 0, 8, -1]",
            "diagonal": "2 x 2 diagonal",
            "sobel": "3 x 3 Sobel",
        },
    )
    cell_px: int = parameter(8, low=2, high=32, unit="px", note="side of a cell")
    directions: int = parameter(9, low=2, high=36, note="bins over 0 to 180 degrees")
    block_cells: int = parameter(2, low=1, high=4, unit="cells", note="side of a block")
    normalisation: BlockNormalisation = parameter(
        "L2-Hys", note="L2-Hys: L2, values cut at 0.2, L2 again"
    )
    square_root: bool = parameter(False, note="of the picture first; evens out light and shadow")


class Gradients(NamedTuple):
    """Of each pixel; at the border, where the mask sticks out, there is none."""

    across: Values  # (H, W), to the right
    down: Values  # (H, W)

    @property
    def magnitude(self) -> Values:
        """Length, (H, W), in grey levels of the mask."""
        return np.sqrt(self.across * self.across + self.down * self.down)

    @property
    def direction_degrees(self) -> Values:
        """Angle in [0, 180): opposite directions are one, (H, W)."""
        return np.rad2deg(np.arctan2(self.down, self.across)) % np.float32(180)


def gradients(pixels: NDArray[np.uint8], config: HogConfig) -> Gradients:
    """Return the gradients; of a colour picture those of the channel with the longest one.

    Args:
        pixels: (H, W) or (H, W, C), 0 to 255.
    """
    across_mask, down_mask = MASKS[config.mask]
    best: tuple[Values, Values, Values] | None = None
    for plane in np.atleast_3d(pixels).transpose(2, 0, 1):
        # Where roots are taken, an angle of 60 degrees is an edge between bins: no rounding then.
        values = np.sqrt(plane.astype(float)) if config.square_root else plane.astype(np.float32)
        across, down = _filtered(values, across_mask), _filtered(values, down_mask)
        squares = across * across + down * down
        if best is None:
            best = across, down, squares
            continue
        is_longer = squares > best[2]
        for kept, new in zip(best, (across, down, squares), strict=True):
            np.copyto(kept, new, where=is_longer)
    assert best is not None
    return Gradients(best[0], best[1])


def _filtered(values: Values, mask: Values) -> Values:
    """Correlate with a mask; zero where it sticks out of the picture."""
    filtered = np.zeros_like(values)
    (rows, columns), (height, width) = mask.shape, values.shape[:2]
    top, left = rows // 2, columns // 2
    inner = filtered[top : height - rows + 1 + top, left : width - columns + 1 + left]
    for row, column in np.argwhere(mask):
        shifted = values[row : height - rows + 1 + row, column : width - columns + 1 + column]
        weight = mask[row, column]
        if weight == 1:
            inner += shifted
        elif weight == -1:
            inner -= shifted
        else:
            inner += weight * shifted
    return filtered


def cell_histograms(found: Gradients, config: HogConfig) -> Values:
    """Sum the lengths of the gradients by direction in each cell, over its area: (R, S, N).

    Pixels that fill no cell at the right and the lower edge are left out.
    """
    side, count = config.cell_px, config.directions
    rows, columns = (length // side for length in found.across.shape)
    inner = Gradients(*(part[: rows * side, : columns * side] for part in found))
    # Angles are compared in double precision: 45 degrees must not fall into the bin below.
    angle = np.arctan2(inner.down.astype(np.float64), inner.across.astype(np.float64))
    angle = np.rad2deg(angle, out=angle)
    angle[angle < 0] += 180.0
    bins = (angle / (180.0 / count)).astype(np.int32)
    bins[bins == count] = 0  # 180 degrees are 0
    cells = np.arange(rows * side)[:, None] // side * columns + np.arange(columns * side) // side
    places = bins + (cells * count)
    sums = np.bincount(places.ravel(), inner.magnitude.ravel(), rows * columns * count)
    means: Values = (sums / side**2).astype(np.float32).reshape(rows, columns, count)
    return means


def normalised_blocks(histograms: Values, config: HogConfig) -> Values:
    """Normalise each block of cells, one cell apart: (P, Q, K, K, N); P = R - K + 1."""
    side = config.block_cells
    rows, columns, count = histograms.shape
    if rows < side or columns < side:
        return np.zeros((0, 0, side, side, count), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(histograms, (side, side), axis=(0, 1))
    blocks = np.moveaxis(windows, 2, -1)  # (P, Q, K, K, N)
    return _normalised(blocks, config.normalisation)


def _normalised(blocks: Values, how: BlockNormalisation) -> Values:
    axes = (2, 3, 4)
    if how in ("L1", "L1-sqrt"):
        shares = blocks / (np.abs(blocks).sum(axis=axes, keepdims=True) + _EPSILON)
        return np.asarray(np.sqrt(shares) if how == "L1-sqrt" else shares)
    once = _unit_length(blocks)
    return once if how == "L2" else _unit_length(np.minimum(once, np.float32(CLIPPED_AT)))


def _unit_length(blocks: Values) -> Values:
    lengths = np.einsum("pqijn,pqijn->pq", blocks, blocks)[:, :, None, None, None]
    unit: Values = blocks / np.sqrt(lengths + np.float32(_EPSILON**2))
    return unit


def block_features(pixels: NDArray[np.uint8], config: HogConfig) -> Values:
    """Describe a picture: normalised blocks one cell apart, (P, Q, K * K * N).

    Of a window of 64 x 128 px with the defaults that makes 15 x 7 x 36 = 3,780 numbers, in the
    order of scikit-image: row and column of the block, row and column of the cell, direction.
    """
    blocks = normalised_blocks(cell_histograms(gradients(pixels, config), config), config)
    return blocks.reshape(*blocks.shape[:2], math.prod(blocks.shape[2:]))
