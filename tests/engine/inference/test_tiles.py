"""Tiles that are blended strip by strip, against all of them put together at once."""

from __future__ import annotations

import numpy as np
import pytest

from engine.inference.segmentation_maps import entropy_bits
from engine.inference.tiles import blended, blended_strips, tile_corners, weight_ramp


def at_once(pixels: np.ndarray, tile: int, overlap: float) -> np.ndarray:
    """Every tile into one array, which is divided by its weights in the end."""
    height, width = pixels.shape[:2]
    total, weight = np.zeros((height, width, 2), np.float32), np.zeros((height, width, 1))
    rows, columns = min(tile, height), min(tile, width)
    ramp = weight_ramp(rows, overlap)[:, None, None] * weight_ramp(columns, overlap)[None, :, None]
    for top, left in tile_corners(height, width, tile, overlap):
        part = (slice(top, top + rows), slice(left, left + columns))
        total[part] += ramp * answer(pixels[part])
        weight[part] += ramp
    return total / weight


def answer(part: np.ndarray) -> np.ndarray:
    """What depends on the whole tile, as a network's answer does."""
    return np.stack([part[..., 0] - part.mean(), part[..., 1] * part.std()], -1).astype(np.float32)


@pytest.mark.parametrize("size", [(70, 90), (33, 200), (200, 31), (64, 64), (65, 130), (20, 20)])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5])
def test_strips_are_what_all_tiles_at_once_give(size: tuple[int, int], overlap: float) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    np.testing.assert_allclose(
        blended(pixels, 2, 32, overlap, answer), at_once(pixels, 32, overlap), rtol=1e-4, atol=1e-4
    )


def test_no_strip_is_higher_than_a_tile_and_they_follow_each_other() -> None:
    pixels = np.zeros((300, 50, 3), np.uint8)
    begun = 0
    for top, strip in blended_strips(pixels, 2, 32, 0.25, answer):
        assert top == begun
        assert 0 < len(strip) <= 32
        begun += len(strip)
    assert begun == 300


def test_the_entropy_of_a_picture_of_many_rows_is_that_of_each_pixel() -> None:
    odds = np.random.default_rng(1).random((150, 7, 4))
    odds /= odds.sum(axis=2, keepdims=True)
    expected = -(odds * np.log2(odds)).sum(axis=2)
    np.testing.assert_allclose(entropy_bits(odds), expected, atol=1e-5)
