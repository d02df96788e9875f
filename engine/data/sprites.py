"""One white object on black, drawn from five independent factors that are known exactly.

The factors and their numbers of values follow dSprites (Matthey et al. 2017), drawn anew. There the
square and the ellipse look the same after part of a turn, so that their rotation cannot be told
from the picture; the outlines here have no such symmetry.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.api.errors import ConfigError

SPRITE_SHAPES = ("heart", "arrow", "flag")
SPRITE_SIDE_PX = 64

_SUPERSAMPLING = 4
_FIRST_CENTRE_PX = 16.5
_RADII_PX = np.linspace(7.0, 14.0, 6)


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that varies by itself.

    Attributes:
        values: class index, radius in pixels, angle in radians, or centre in pixels.
    """

    name: str
    values: tuple[float, ...]


SPRITE_FACTORS = (
    Factor("shape", tuple(float(index) for index in range(len(SPRITE_SHAPES)))),
    Factor("scale", tuple(_RADII_PX.tolist())),
    Factor("rotation", tuple((np.arange(40) * (2 * np.pi / 40)).tolist())),
    Factor("x", tuple((np.arange(32) + _FIRST_CENTRE_PX).tolist())),
    Factor("y", tuple((np.arange(32) + _FIRST_CENTRE_PX).tolist())),
)
FACTOR_SIZES = tuple(len(factor.values) for factor in SPRITE_FACTORS)
SPRITE_COUNT = int(np.prod(FACTOR_SIZES))
"""Number of all combinations: 737,280."""


def factor_indices(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index of each factor's value, (N, 5), for numbers (N,) of combinations."""
    return np.stack(np.unravel_index(numbers, FACTOR_SIZES), axis=-1).astype(np.int64)


def sprite_number(indices: NDArray[np.int64]) -> int:
    """Return the number of a combination of factor indices, (5,)."""
    return int(np.ravel_multi_index(tuple(indices.tolist()), FACTOR_SIZES))


def factor_values(indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values that factor indices (..., 5) stand for."""
    columns = [
        np.asarray(factor.values)[indices[..., place]]
        for place, factor in enumerate(SPRITE_FACTORS)
    ]
    return np.stack(columns, axis=-1)


def draw_sprite(indices: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Draw the picture of factor indices (5,): grey (64, 64), 0 on the background.

    Raises:
        ConfigError: an index is outside its factor's values.
    """
    for factor, index in zip(SPRITE_FACTORS, indices.tolist(), strict=True):
        if not 0 <= index < len(factor.values):
            raise ConfigError(f"{factor.name} = {index}: must lie in [0, {len(factor.values) - 1}]")
    shape, radius, angle, x, y = factor_values(indices).tolist()
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    outline = _OUTLINES[int(shape)] @ turn.T * radius + (x, y)
    # In sixteenths of a subpixel; its centre, not its corner, has whole coordinates.
    corners = np.rint((outline * _SUPERSAMPLING - 0.5) * 16).astype(np.int32)
    fine = np.zeros((SPRITE_SIDE_PX * _SUPERSAMPLING,) * 2, np.uint8)
    cv2.fillPoly(fine, [corners], 255, cv2.LINE_8, 4)
    coarse = cv2.resize(fine, (SPRITE_SIDE_PX,) * 2, interpolation=cv2.INTER_AREA)
    return np.asarray(coarse, np.uint8)


def _heart() -> NDArray[np.float64]:
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    across = 16 * np.sin(t) ** 3
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([across, down], axis=1)


def _unit(outline: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centre an outline on its box, and scale it into the unit circle."""
    centred = outline - (outline.min(axis=0) + outline.max(axis=0)) / 2
    return np.asarray(centred / np.linalg.norm(centred, axis=1).max())


_ARROW = ((0, -4), (3, -1), (1.2, -1), (1.2, 4), (-1.2, 4), (-1.2, -1), (-3, -1))
_FLAG = ((-2, -4), (3, -2), (-0.8, 0.5), (-0.8, 4), (-2, 4))
_OUTLINES = tuple(_unit(np.asarray(points, float)) for points in (_heart(), _ARROW, _FLAG))
