"""Large pictures in overlapping tiles: looked at one by one, blended where they overlap."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def tile_starts(length: int, tile: int, overlap: float) -> tuple[int, ...]:
    """Return where tiles begin along one axis: evenly, the last one ends at the end.

    Args:
        overlap: least part of a tile that it shares with its neighbour, 0 to less than 1.
    """
    if length <= tile:
        return (0,)
    step = max(1, math.floor(tile * (1 - overlap)))
    count = math.ceil((length - tile) / step) + 1
    return tuple(np.linspace(0, length - tile, count).round().astype(int).tolist())


def weight_ramp(tile: int, overlap: float) -> Floats:
    """Return how much each pixel of a tile counts along one axis, (tile,).

    It rises from the border, where the network sees little around a pixel, over the overlap to 1.
    """
    width = max(1, round(tile * overlap))
    distance = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 1
    return np.minimum(distance / width, 1.0).astype(np.float32)


def blended(
    pixels: NDArray[np.uint8],
    classes: int,
    tile: int,
    overlap: float,
    answer: Callable[[NDArray[np.uint8]], Floats],
) -> Floats:
    """Return probabilities (H, W, K) of a picture (H, W, 3), put together from its tiles.

    Args:
        answer: from a tile (h, w, 3) to its probabilities (h, w, K).
    """
    strips = [strip.copy() for _, strip in blended_strips(pixels, classes, tile, overlap, answer)]
    return np.concatenate(strips)


def blended_strips(
    pixels: NDArray[np.uint8],
    classes: int,
    tile: int,
    overlap: float,
    answer: Callable[[NDArray[np.uint8]], Floats],
) -> Iterator[tuple[int, Floats]]:
    """Yield the same from top to bottom: the first row of a strip, and the strip (h, W, K).

    A strip holds until the next one is asked for. Rows that no further tile reaches are done, so
    that a large picture needs no more memory than one row of tiles, beside what is kept of it.
    """
    height, width = pixels.shape[:2]
    rows, columns = min(tile, height), min(tile, width)
    total = np.zeros((rows, width, classes), np.float32)  # of the rows from `top` on
    weight = np.zeros((rows, width, 1), np.float32)
    ramp = weight_ramp(rows, overlap)[:, None, None] * weight_ramp(columns, overlap)[None, :, None]
    tops = tile_starts(height, tile, overlap)
    lefts = tile_starts(width, tile, overlap)
    for top, following in itertools.pairwise((*tops, height)):
        for left in lefts:
            part = slice(left, left + columns)
            total[:, part] += ramp * answer(pixels[top : top + rows, part])
            weight[:, part] += ramp
        done = min(following - top, rows)
        total[:done] /= weight[:done]
        yield top, total[:done]
        for array in (total, weight):
            array[: rows - done] = array[done:].copy()
            array[rows - done :] = 0


def tile_corners(height: int, width: int, tile: int, overlap: float) -> list[tuple[int, int]]:
    """Return the top left corners of all tiles, row by row."""
    tops, lefts = (tile_starts(side, tile, overlap) for side in (height, width))
    return list(itertools.product(tops, lefts))
